"""Catching up: what is held is dropped, what follows is applied, what has a gap before it is asked for."""

import pytest
from coachline_core.domain.sync import Action, Step, Verdict, judge, plan
from coachline_protocol import limits
from coachline_protocol.ops import Change, Head
from coachline_protocol.rows import StreamId
from hypothesis import given
from hypothesis import strategies as st
from support.world import MAYA, TOM, made

EPOCH, OTHER = made(1), made(2)
PERSON, RECORD, PLACE = StreamId("person", TOM), StreamId("record", TOM), StreamId("conversation", MAYA)


def change(after: int, rev: int) -> Change:
    return Change(stream=PLACE, epoch=EPOCH, after=after, rev=rev, rows=())


@pytest.mark.parametrize(
    ("after", "rev", "verdict"),
    [
        (3, 5, Verdict.DROP),
        (4, 5, Verdict.DROP),
        (5, 6, Verdict.APPLY),
        (3, 6, Verdict.APPLY),
        (6, 7, Verdict.ASK),
        (5, 5, Verdict.DROP),
        (9, 9, Verdict.ASK),
    ],
)
def test_at_revision_5_a_change_is_judged_by_where_it_begins_and_ends(after: int, rev: int, verdict: Verdict) -> None:
    assert judge(5, change(after, rev)) == verdict


@given(
    st.integers(1, 12).flatmap(
        lambda head: st.tuples(
            st.just(head), st.lists(st.tuples(st.integers(0, head), st.integers(0, head)), max_size=20)
        )
    )
)
def test_whatever_arrives_in_whatever_order_nothing_is_skipped_and_nothing_goes_back(
    told: tuple[int, list[tuple[int, int]]],
) -> None:
    """D: nothing is fetched after a cut."""
    head, ends = told
    mine, held = 0, set[int]()
    for one, other in ends:
        after, rev = sorted((one, other))
        before = mine
        match judge(mine, change(after, rev)):
            case Verdict.APPLY:
                held |= set(range(after + 1, rev + 1))
                mine = rev
            case Verdict.ASK:
                held |= set(range(mine + 1, head + 1))
                mine = head
            case Verdict.DROP:
                assert rev <= mine
        assert mine >= before
        assert held == set(range(1, mine + 1))


def heads(**revs: int) -> list[Head]:
    streams = {"person": PERSON, "record": RECORD, "place": PLACE}
    return [Head(stream=streams[name], rev=rev) for name, rev in revs.items()]


def test_a_new_device_takes_snapshots_the_person_first() -> None:
    steps = plan({}, None, heads(place=9, record=1, person=3), EPOCH)
    assert steps == (Step(PERSON, Action.SNAPSHOT), Step(RECORD, Action.SNAPSHOT), Step(PLACE, Action.SNAPSHOT))


def test_a_device_asks_for_what_it_missed_and_for_nothing_else() -> None:
    steps = plan({PERSON: 3, PLACE: 5}, EPOCH, heads(person=3, place=9), EPOCH)
    assert steps == (Step(PERSON, Action.NOTHING), Step(PLACE, Action.CHANGES))


@pytest.mark.parametrize(
    ("behind", "action"),
    [(limits.CHANGES_MAX, Action.CHANGES), (limits.CHANGES_MAX + 1, Action.SNAPSHOT)],
)
def test_a_device_that_is_far_behind_takes_a_snapshot(behind: int, action: Action) -> None:
    (step,) = plan({PLACE: 7}, EPOCH, heads(place=7 + behind), EPOCH)
    assert step.action == action


def test_what_was_withdrawn_is_wiped_before_anything_else() -> None:
    steps = plan({PLACE: 5, RECORD: 2, PERSON: 1}, EPOCH, heads(person=2), EPOCH)
    assert steps == (Step(PLACE, Action.WIPE), Step(RECORD, Action.WIPE), Step(PERSON, Action.CHANGES))


def test_in_another_epoch_everything_is_wiped_and_fetched_anew() -> None:
    steps = plan({PERSON: 3, PLACE: 5}, OTHER, heads(person=3, place=9), EPOCH)
    assert steps == (
        Step(PLACE, Action.WIPE),
        Step(PERSON, Action.WIPE),
        Step(PERSON, Action.SNAPSHOT),
        Step(PLACE, Action.SNAPSHOT),
    )


def test_a_stream_ahead_of_its_head_cannot_be_trusted() -> None:
    assert plan({PLACE: 9}, EPOCH, heads(place=8), EPOCH) == (
        Step(PLACE, Action.WIPE),
        Step(PLACE, Action.SNAPSHOT),
    )


@pytest.mark.parametrize(("held", "wiped"), [(4, True), (5, False), (6, False)])
def test_a_device_that_is_behind_what_it_may_see_takes_the_stream_anew(held: int, wiped: bool) -> None:
    steps = plan({RECORD: held}, EPOCH, [Head(stream=RECORD, rev=9, reach=5)], EPOCH)
    anew = (Step(RECORD, Action.WIPE), Step(RECORD, Action.SNAPSHOT))
    assert steps == (anew if wiped else (Step(RECORD, Action.CHANGES),))


STREAMS = st.sampled_from([PERSON, RECORD, PLACE, StreamId("conversation", TOM)])


@given(
    st.dictionaries(STREAMS, st.integers(0, 2000)),
    st.dictionaries(STREAMS, st.integers(0, 2000)),
    st.booleans(),
)
def test_after_the_plan_is_done_the_device_holds_exactly_what_there_is(
    mine: dict[StreamId, int], there: dict[StreamId, int], same: bool
) -> None:
    held = dict(mine)
    wiping = True
    given_heads = [Head(stream=stream, rev=rev) for stream, rev in there.items()]
    for step in plan(mine, EPOCH if same else OTHER, given_heads, EPOCH):
        wiping = wiping and step.action == Action.WIPE
        match step.action:
            case Action.WIPE:
                assert wiping
                del held[step.stream]
            case Action.SNAPSHOT:
                held[step.stream] = there[step.stream]
            case Action.CHANGES:
                assert step.stream in held
                held[step.stream] = there[step.stream]
            case Action.NOTHING:
                assert held[step.stream] == there[step.stream]
    assert held == there
