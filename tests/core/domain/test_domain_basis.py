"""What a queued command stands on: it waits for the answer that names its base, and falls with what it is for."""

import pytest
from coachline_core.domain.basis import UNKNOWN, Based, base_of, depends, rebased
from coachline_core.domain.outbox import GIVEN_UP, Outbox
from coachline_core.domain.record import record_stream
from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import AnyRow, Consent, Date, Goal, Id, Progress, Relationship, Template, Terms
from support.world import MAYA, NOW, TOM, made

DAY = Date(2027, 1, 15)
TERMS = Terms(title="Run", start=DAY)
RECORD = record_stream(TOM)
GONE = Refusal(code=RefusalCode.WRONG_STATE)
GOAL = made(50)


def assign(n: int) -> ops.GoalAssign:
    return ops.GoalAssign(id=made(n), client=TOM, kind="free", terms=TERMS)


def change(n: int, goal: Id = GOAL, base: int = UNKNOWN) -> ops.GoalChange:
    return ops.GoalChange(id=made(n), client=TOM, goal=goal, base=base, terms=TERMS, effective=DAY)


def state(n: int, goal: Id = GOAL, base: int = UNKNOWN) -> ops.GoalSetState:
    return ops.GoalSetState(id=made(n), client=TOM, goal=goal, base=base, state="paused")


def enter(n: int, goal: Id = GOAL) -> ops.ProgressRecord:
    return ops.ProgressRecord(id=made(n), client=TOM, goal=goal, day=DAY, zone="UTC", note="done")


def correct(n: int, entry: Id, base: int = UNKNOWN) -> ops.ProgressCorrect:
    return ops.ProgressCorrect(id=made(n), client=TOM, entry=entry, base=base, note="done better")


def consent(n: int, base: int = UNKNOWN) -> ops.ConsentSet:
    return ops.ConsentSet(id=made(n), trainer=MAYA, base=base, consent=Consent())


def pause(n: int) -> ops.RelationshipPause:
    return ops.RelationshipPause(id=made(n), client=TOM, trainer=MAYA)


def queued(*bodies: ops.Command) -> Outbox:
    """These, added one after the other."""
    outbox = Outbox()
    for body in bodies:
        assert not isinstance(body, ops.InvitationAccept)
        outbox = outbox.add(body.id, RECORD, body, needs=outbox.needed(RECORD, body))
    return outbox


def numbers(outbox: Outbox) -> list[int]:
    """What may be said now."""
    return [int.from_bytes(entry.id[9:], "big") for entry in outbox.sendable(NOW)]


def answered(outbox: Outbox, body: ops.Command, rev: int) -> Outbox:
    """Said, done and answered."""
    outbox = outbox.sent([body.id])
    restated = outbox.on_answer(body.id, rev)
    outbox = outbox.acknowledged(body.id)
    for one in restated:
        outbox = outbox.restated(one)
    return outbox


@pytest.mark.parametrize(
    ("body", "earlier", "stands_or_falls"),
    [
        (change(2, made(1)), assign(1), True),
        (change(2), change(1), True),
        (state(2), change(1), True),
        (state(2, made(9)), change(1), False),
        (enter(2, made(1)), assign(1), True),
        (enter(2), change(1), False),
        (enter(2), enter(1), False),
        (correct(2, made(1)), enter(1), True),
        (correct(3, made(1)), correct(2, made(1)), True),
        (correct(2, made(9)), enter(1), False),
        (consent(2), consent(1), True),
        (consent(2), pause(1), True),
        (pause(2), consent(1), False),
        (ops.ExcuseWithdraw(id=made(2), client=TOM, excuse=made(1)), enter(1), False),
        (
            ops.ExcuseWithdraw(id=made(2), client=TOM, excuse=made(1)),
            ops.ExcuseMake(id=made(1), client=TOM, first=DAY, last=DAY, reason="ill"),
            True,
        ),
        (
            ops.TemplateRemove(id=made(2), template=made(1)),
            ops.TemplateSet(id=made(1), kind="free", title="Read"),
            True,
        ),
        (ops.MessagePost(id=made(2), conversation=TOM, text="hello"), assign(1), False),
    ],
)
def test_what_stands_or_falls_with_what(body: ops.Command, earlier: ops.Command, stands_or_falls: bool) -> None:
    assert depends(body, earlier) is stands_or_falls


def test_a_change_waits_for_the_answer_to_the_one_it_is_based_on_and_then_names_it() -> None:
    first, second, third = change(1, base=7), state(2, base=7), change(3, base=7)
    outbox = queued(first, second, third)
    assert numbers(outbox) == [1]
    outbox = answered(outbox, first, 12)
    assert numbers(outbox) == [2]
    assert [entry.body for entry in outbox.entries] == [rebased(second, 12), third]
    outbox = answered(outbox, second, 15)
    assert [entry.body for entry in outbox.entries] == [rebased(third, 15)]


def test_it_holds_up_what_comes_after_it_in_the_record_and_nothing_else() -> None:
    outbox = queued(change(1), state(2), enter(3, made(60)))
    post = ops.MessagePost(id=made(4), conversation=TOM, text="meanwhile")
    elsewhere = record_stream(MAYA)
    assert numbers(outbox.add(post.id, elsewhere, post)) == [1, 4]


def test_what_is_entered_for_a_new_goal_follows_it_without_waiting() -> None:
    assert numbers(queued(assign(1), enter(2, made(1)), enter(3, made(1)))) == [1, 2, 3]


def test_what_was_meant_for_something_that_failed_fails_too_and_nothing_else() -> None:
    outbox = queued(assign(1), change(2, made(1)), enter(3, made(1)), correct(4, made(3)), enter(5))
    outbox = outbox.sent([made(1)]).refused(made(1), GONE, NOW)
    assert [(entry.state, entry.refusal) for entry in outbox.entries] == [("failed", GONE)] * 4 + [("queued", None)]
    assert [entry.id for entry in outbox.dependents(made(1))] == [made(2), made(3), made(4)]
    assert [entry.id for entry in outbox.related(made(3))] == [made(1), made(2), made(3), made(4)]


def test_what_is_said_after_a_failure_does_not_hang_on_it() -> None:
    outbox = queued(change(1)).sent([made(1)]).refused(made(1), GONE, NOW)
    again = change(2, base=9)
    assert outbox.needed(RECORD, again) is None
    assert numbers(outbox.add(again.id, RECORD, again)) == [2]


def test_what_was_meant_for_something_given_up_says_so() -> None:
    outbox = queued(assign(1), change(2, made(1))).discard(made(1))
    assert [(entry.state, entry.refusal) for entry in outbox.entries] == [("failed", GIVEN_UP)]


def test_the_base_is_the_revision_of_the_row_that_is_changed() -> None:
    goal = Goal(rev=4, id=GOAL, author=TOM, kind="free", state="active", version=made(51), created_at=NOW)
    other = Goal(rev=9, id=made(60), author=TOM, kind="free", state="active", version=made(61), created_at=NOW)
    said = [
        Progress(rev=rev, id=made(rev), entry=made(1), goal=GOAL, author=TOM, at=NOW, day=DAY, zone="UTC", note="x")
        for rev in (5, 6)
    ]
    held = Relationship(rev=2, trainer=MAYA, client=TOM, state="active", since=NOW, consent=Consent())
    rows: tuple[AnyRow, ...] = (goal, other, *said, held, Template(rev=1, id=GOAL, kind="free", title="Read"))
    asked: list[tuple[Based, int]] = [
        (change(1), 4),
        (correct(1, made(1)), 6),
        (consent(1), 2),
        (change(1, MAYA), UNKNOWN),
    ]
    assert [base_of(rows, body) for body, _ in asked] == [base for _, base in asked]
