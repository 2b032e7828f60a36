"""A record that is kept until it changes is at every moment the one that would be made anew."""

from datetime import date

from coachline_core.client import facts
from coachline_core.client.model import Model
from coachline_core.client.records import Records, record_of
from coachline_core.client.session import NOTHING
from coachline_core.domain.record import record_stream
from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import AnyRow, Consent, Goal, Profile, Progress, Relationship, StreamId
from hypothesis import given
from hypothesis import strategies as st
from support.coaching import terms
from support.world import MAYA, NOW, TOM, ZOE, made

CLIENTS = (TOM, ZOE)
OWNERS = (*CLIENTS, MAYA)
GOAL, ENTRY = made(101), made(102)
COMMANDS = tuple(made(number) for number in range(10, 13))
ZONES = ("UTC", "Asia/Tokyo", "America/Los_Angeles", "Nowhere/Atall")
HOUR_MS = 60 * 60 * 1000
EPOCH = b"e" * 16

revs, zones = st.integers(1, 9), st.sampled_from(ZONES)


def said(client: bytes, rev: int) -> Progress:
    return Progress(
        rev=rev, id=ENTRY, entry=ENTRY, goal=GOAL, author=client, at=NOW, day=date(2027, 1, 15), zone="UTC", note="well"
    )


def related(client: bytes, rev: int, open_: bool) -> Relationship:
    consent = Consent(see_goals=True, see_progress=open_)
    return Relationship(rev=rev, trainer=MAYA, client=client, state="active", consent=consent, since=NOW)


def goal(_client: bytes, rev: int) -> Goal:
    return Goal(rev=rev, id=GOAL, author=MAYA, kind="steps", state="active", version=made(103), created_at=NOW)


def rows_of(client: bytes) -> st.SearchStrategy[AnyRow]:
    """A row of a client's record."""
    return st.one_of(
        *(st.builds(make, st.just(client), revs) for make in (goal, said)),
        st.builds(related, st.just(client), revs, st.booleans()),
    )


@st.composite
def told(draw: st.DrawFn) -> facts.Fact:
    """Something that concerns somebody's record, or might."""
    client, rev = draw(st.sampled_from(OWNERS)), draw(revs)
    stream, id = record_stream(client), draw(st.sampled_from(COMMANDS))
    some = tuple(draw(st.lists(rows_of(client), max_size=3)))
    cards = draw(st.dictionaries(st.sampled_from(CLIENTS), zones))
    people = tuple(
        ops.Person(id=who, handle="h", display_name="N", time_zone=zone, roles=()) for who, zone in cards.items()
    )
    mine = Profile(rev=rev, handle="maya", display_name="Maya", time_zone=draw(zones), roles=("trainer",))
    correct = ops.ProgressCorrect(id=id, client=client, entry=ENTRY, base=rev, note="better")
    code = draw(st.sampled_from((RefusalCode.BUSY, RefusalCode.STALE)))
    possible: tuple[facts.Fact, ...] = (
        facts.Grown(stream, EPOCH, rev, 0, some),
        facts.Retaken(stream, EPOCH, rev, 0, 0, some),
        facts.Noted(stream, some),
        facts.Withdrawn(stream),
        facts.Confined(MAYA, related(client, rev, draw(st.booleans()))),
        facts.Grown(StreamId("person", MAYA), EPOCH, rev, 0, (mine,)),
        facts.Met(people, all=draw(st.booleans())),
        facts.Queued(id, stream, correct),
        facts.Queued(id, stream, ops.GoalAssign(id=id, client=client, kind="steps", terms=terms())),
        facts.Restated(correct),
        facts.Said((id,)),
        facts.Cut(NOW),
        facts.TurnedDown(id, Refusal(code=code), NOW),
        facts.Retried(id),
        facts.Discarded(id),
        facts.Acknowledged(id),
        facts.Welcomed(NOW, EPOCH),
        facts.SignedOff(),
        facts.SignedInAs(MAYA, "maya"),
    )
    return draw(st.sampled_from(possible))


@given(st.lists(st.tuples(told(), st.integers(0, 30)), max_size=16))
def test_what_is_kept_is_what_would_be_made_anew(story: list[tuple[facts.Fact, int]]) -> None:
    model, kept, now = Model(NOTHING), Records(), NOW
    model.evolve(facts.SignedInAs(MAYA, "maya"))
    for fact, hours in story:
        kept.changed(model.evolve(fact))
        now += hours * HOUR_MS
        for client in OWNERS:
            assert kept.of(model, client, now) == record_of(model, client, now)


def test_what_did_not_change_is_not_made_anew() -> None:
    model, kept = Model(NOTHING), Records()
    model.evolve(facts.SignedInAs(MAYA, "maya"))
    for client in CLIENTS:
        kept.changed(model.evolve(facts.Grown(record_stream(client), EPOCH, 1, 0, (said(client, 1),))))
    before = [kept.of(model, client, NOW) for client in CLIENTS]
    kept.changed(model.evolve(facts.Grown(record_stream(ZOE), EPOCH, 2, 0, (related(ZOE, 2, True),))))
    tom, zoe = (kept.of(model, client, NOW) for client in CLIENTS)
    assert tom is before[0]
    assert zoe is not before[1]


def test_nothing_is_kept_of_what_is_withdrawn() -> None:
    model, kept = Model(NOTHING), Records()
    model.evolve(facts.SignedInAs(MAYA, "maya"))
    kept.changed(model.evolve(facts.Grown(record_stream(TOM), EPOCH, 1, 0, (said(TOM, 1),))))
    assert kept.of(model, TOM, NOW) is not None
    kept.changed(model.evolve(facts.Withdrawn(record_stream(TOM))))
    assert not kept._made
