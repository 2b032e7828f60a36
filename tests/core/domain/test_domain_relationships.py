"""Relationships: consent, pauses and the end, each with its history, and what they do to the pair's conversation.

SPEC.md, [G1] [G2] [G13].
"""

import msgspec
import pytest
from coachline_core.domain.conversation import conversation_stream, direct_id
from coachline_core.domain.streams import Changed
from coachline_protocol import ops
from coachline_protocol.codes import Refusal
from coachline_protocol.rows import Consent, Id, Message
from support.coaching import FULL, NOTHING, PROPOSE, SEE_GOALS, Coaching, codes, refused
from support.world import ADA, MAYA, NOW, RITA, STRANGER, TOM, ZOE, World, good, pair


def remarks(world: World, one: Id, other: Id) -> list[tuple[str, Id, Id | None]]:
    """The words the server noted in a conversation, with who did it and whom it is about."""
    rows = world.rows.get(conversation_stream(direct_id(one, other)), {}).values()
    return [(row.text, row.author, row.about) for row in rows if isinstance(row, Message) and row.kind == "system"]


def accept(world: World, client: Id, trainer: Id, consent: Consent) -> ops.Body | Refusal:
    return world.say(client, ops.InvitationAccept(id=world.fresh(), code=world.invite(trainer), consent=consent))


# -- consent


def test_a_client_says_anew_what_his_trainer_may_see_and_do() -> None:
    coaching = Coaching.with_maya(PROPOSE)
    answer = good(coaching.consent(FULL), ops.Changed)
    held = coaching.relationship
    assert (held.consent, held.rev) == (FULL, answer.rev)
    steps = list(coaching.world.record(TOM).steps.values())
    assert [(step.deed, step.consent, step.by) for step in steps] == [("begun", PROPOSE, TOM), ("consent", FULL, TOM)]


@pytest.mark.parametrize(
    ("before", "after", "reaches"),
    [
        (NOTHING, SEE_GOALS, True),
        (SEE_GOALS, NOTHING, True),
        (SEE_GOALS, Consent(see_goals=True, see_progress=True), True),
        (SEE_GOALS, Consent(see_goals=True, set_goals="assign"), False),
        (SEE_GOALS, Consent(see_goals=True, see_presence=True), False),
    ],
)
def test_reach_is_the_revision_since_when_a_trainer_sees_these_rows(
    before: Consent, after: Consent, reaches: bool
) -> None:
    coaching = Coaching.with_maya(before)
    begun = coaching.relationship
    assert begun.reach == begun.rev
    good(coaching.consent(after), ops.Changed)
    assert coaching.relationship.reach == (coaching.relationship.rev if reaches else begun.reach)


def test_the_same_consent_again_changes_nothing_and_names_the_revision_to_go_on_from() -> None:
    coaching = Coaching.with_maya(FULL)
    coaching.assigned()
    held = coaching.relationship
    before = coaching.world.record(TOM)
    assert coaching.consent(FULL) == ops.Changed(rev=held.rev)
    assert coaching.world.record(TOM) == before


def test_a_consent_on_an_old_footing_is_stale() -> None:
    coaching = Coaching.with_maya(NOTHING)
    command = ops.ConsentSet(id=coaching.world.fresh(), trainer=MAYA, base=1, consent=FULL)
    refusal = refused(coaching.world.say(TOM, command))
    assert (codes(refusal), refusal.limit, refusal.actual) == (("stale", "base"), 2, 1)


def test_a_contradicting_consent_is_refused_when_it_is_set_and_when_it_is_given_first() -> None:
    coaching = Coaching.with_maya()
    wrong = Consent(see_progress=True)
    assert codes(coaching.consent(wrong)) == ("invalid", "consent.see_progress")
    assert codes(accept(coaching.world, ZOE, MAYA, wrong)) == ("invalid", "consent.see_progress")


def test_consent_is_for_those_who_coach() -> None:
    coaching = Coaching.with_maya()
    unknown = ops.ConsentSet(id=coaching.world.fresh(), trainer=RITA, base=0, consent=FULL)
    assert codes(coaching.world.say(TOM, unknown)) == ("not_found", "trainer")
    good(coaching.end(TOM), ops.Changed)
    assert codes(coaching.consent(FULL)) == ("no_relationship", "trainer")


def test_consent_is_changed_in_a_pause_too() -> None:
    coaching = Coaching.with_maya()
    good(coaching.pause(MAYA), ops.Changed)
    good(coaching.consent(NOTHING), ops.Changed)
    assert (coaching.relationship.state, coaching.relationship.consent) == ("paused", NOTHING)


# -- pausing


@pytest.mark.parametrize(("who", "other"), [(MAYA, TOM), (TOM, MAYA)])
def test_whoever_paused_it_resumes_it(who: Id, other: Id) -> None:
    coaching = Coaching.with_maya()
    good(coaching.pause(who), ops.Changed)
    held = coaching.relationship
    assert (held.state, held.paused_by) == ("paused", who)
    assert codes(coaching.resume(other)) == ("not_yours", None)
    good(coaching.resume(who), ops.Changed)
    assert (coaching.relationship.state, coaching.relationship.paused_by) == ("active", None)
    steps = [(step.deed, step.by) for step in coaching.world.record(TOM).steps.values()]
    assert steps == [("begun", TOM), ("paused", who), ("resumed", who)]


def test_what_is_so_already_is_answered_and_changes_nothing() -> None:
    coaching = Coaching.with_maya()
    held = coaching.relationship
    assert coaching.resume(MAYA) == ops.Changed(rev=held.rev)
    good(coaching.pause(MAYA), ops.Changed)
    paused = coaching.relationship
    assert coaching.pause(TOM) == ops.Changed(rev=paused.rev)
    assert coaching.relationship == paused


@pytest.mark.parametrize("deed", [Coaching.pause, Coaching.resume, Coaching.end])
def test_who_is_none_of_the_two_finds_nothing(deed: object) -> None:
    coaching = Coaching.with_maya()
    assert callable(deed)
    assert codes(deed(coaching, STRANGER)) == ("not_found", "client")
    assert codes(deed(coaching, RITA)) == ("not_found", "client")
    assert codes(deed(coaching, TOM, trainer=RITA)) == ("not_found", "trainer")
    assert codes(deed(coaching, MAYA, client=ZOE)) == ("not_found", "client")
    good(coaching.end(MAYA), ops.Changed)
    assert codes(deed(coaching, MAYA)) == ("no_relationship", "client")
    assert codes(deed(coaching, TOM)) == ("no_relationship", "trainer")


# -- the end


@pytest.mark.parametrize(("who", "other"), [(MAYA, TOM), (TOM, MAYA)])
def test_an_end_closes_the_conversation_and_a_new_beginning_opens_it_again(who: Id, other: Id) -> None:
    coaching = Coaching.with_maya()
    world = coaching.world
    conversation = world.open(TOM, MAYA)
    good(coaching.end(who), ops.Changed)
    held = coaching.relationship
    assert (held.state, held.left, held.paused_by) == ("ended", False, None)
    for person in (MAYA, TOM):
        assert codes(world.post(person, conversation)) == ("conversation_closed", "conversation")
    assert remarks(world, MAYA, TOM)[1:] == [("closed", who, other)]
    good(accept(world, TOM, MAYA, PROPOSE), ops.Accepted)
    good(world.post(MAYA, conversation), ops.Posted)
    assert remarks(world, MAYA, TOM)[2:] == [("reopened", TOM, MAYA)]
    assert coaching.relationship.reach == coaching.relationship.rev > held.rev


def test_without_a_conversation_an_end_closes_none() -> None:
    coaching = Coaching.with_maya()
    good(coaching.end(TOM), ops.Changed)
    assert remarks(coaching.world, MAYA, TOM) == []
    good(accept(coaching.world, TOM, MAYA, FULL), ops.Accepted)
    assert remarks(coaching.world, MAYA, TOM) == []


def test_a_pause_is_over_with_the_relationship() -> None:
    coaching = Coaching.with_maya()
    good(coaching.pause(MAYA), ops.Changed)
    good(coaching.end(TOM), ops.Changed)
    assert (coaching.relationship.state, coaching.relationship.paused_by) == ("ended", None)


def test_a_client_may_leave_what_was_seen_and_a_trainer_may_not_help_himself_to_it() -> None:
    coaching = Coaching.with_maya()
    assert codes(coaching.end(MAYA, leave=True)) == ("invalid", "leave")
    good(coaching.end(TOM, leave=True), ops.Changed)
    held = coaching.relationship
    assert held.left
    assert held.reach == held.rev == coaching.world.record(TOM).rev


def test_what_is_not_left_needs_no_new_reach() -> None:
    coaching = Coaching.with_maya()
    begun = coaching.relationship
    good(coaching.end(TOM), ops.Changed)
    assert coaching.relationship.reach == begun.reach


def test_an_end_leaves_nothing_of_that_trainer_waiting() -> None:
    coaching = Coaching.with_maya()
    coaching.world.relate(RITA, TOM, FULL)
    proposed, countered, plain = coaching.proposed(), coaching.assigned(), coaching.assigned()
    ritas = coaching.proposed(RITA)
    good(coaching.counter(TOM, countered), ops.Changed)
    waiting = coaching.goal(countered).pending
    assert waiting is not None
    before = coaching.goal(plain), coaching.goal(ritas)
    good(coaching.end(MAYA), ops.Changed)
    assert (coaching.goal(proposed).state, coaching.goal(proposed).pending) == ("cancelled", None)
    assert coaching.version(proposed).state == "declined"
    goal = coaching.goal(countered)
    assert (goal.state, goal.pending, goal.turn, goal.version) == ("active", None, None, countered)
    assert (coaching.version(waiting).state, coaching.version(waiting).decided_at) == ("declined", NOW)
    assert (coaching.goal(plain), coaching.goal(ritas)) == before


def coaching_each_other() -> tuple[World, Id]:
    """Maya and Rita coach each other and talk."""
    world = World().join(MAYA, RITA, roles=["trainer", "client"]).relate(MAYA, RITA).relate(RITA, MAYA)
    return world, world.open(MAYA, RITA)


def test_who_are_related_the_other_way_round_go_on_talking() -> None:
    world, conversation = coaching_each_other()
    good(Coaching(world).end(MAYA, client=RITA, trainer=MAYA), ops.Changed)
    good(world.post(MAYA, conversation), ops.Posted)
    good(Coaching(world).end(MAYA, client=MAYA, trainer=RITA), ops.Changed)
    assert codes(world.post(MAYA, conversation)) == ("conversation_closed", "conversation")


def test_of_two_ends_at_once_one_sees_the_other_and_closes_the_conversation() -> None:
    """Each would leave it open for the other relationship's sake."""
    world, conversation = coaching_each_other()
    ends = [
        world.envelope(MAYA, ops.RelationshipEnd(id=world.fresh(), client=RITA, trainer=MAYA)),
        world.envelope(RITA, ops.RelationshipEnd(id=world.fresh(), client=MAYA, trainer=RITA)),
    ]
    decided = [world.decide(end) for end in ends]
    assert [world.commit(batch) for batch in decided] == [True, False]
    assert world.commit(world.decide(ends[1]))
    assert codes(world.post(RITA, conversation)) == ("conversation_closed", "conversation")


def test_with_an_admin_one_goes_on_talking() -> None:
    world = World().join(MAYA).join(ADA, roles=["admin", "client"]).relate(MAYA, ADA)
    conversation = world.open(ADA, MAYA)
    good(Coaching(world).end(MAYA, client=ADA), ops.Changed)
    good(world.post(MAYA, conversation), ops.Posted)


def test_a_conversation_opened_while_the_relationship_ends_is_closed_all_the_same() -> None:
    world = World().join(MAYA, TOM).relate(MAYA, TOM)
    ended = world.envelope(TOM, ops.RelationshipEnd(id=world.fresh(), client=TOM, trainer=MAYA))
    batch = world.decide(ended)
    conversation = world.open(MAYA, TOM)
    assert not world.commit(batch)
    assert world.commit(world.decide(ended))
    assert codes(world.post(TOM, conversation)) == ("conversation_closed", "conversation")


def test_what_was_closed_before_the_end_is_not_closed_again() -> None:
    world, _ = pair()
    state = world.direct(MAYA, TOM)
    assert state.row is not None
    row = msgspec.structs.replace(state.row, rev=state.rev + 1, closed_at=NOW - 1)
    world.put(Changed(state.stream, state.rev, state.rev + 1, (row,)))
    good(Coaching(world).end(MAYA), ops.Changed)
    assert [word for word, *_ in remarks(world, MAYA, TOM)] == ["opened"]
    assert world.direct(MAYA, TOM).row == row


def test_a_conversation_is_closed_at_each_end() -> None:
    world, conversation = pair()
    coaching = Coaching(world)
    good(coaching.end(MAYA), ops.Changed)
    assert world.direct(MAYA, TOM).row is not None
    good(accept(world, TOM, MAYA, NOTHING), ops.Accepted)
    good(coaching.end(TOM), ops.Changed)
    assert [word for word, *_ in remarks(world, MAYA, TOM)] == ["opened", "closed", "reopened", "closed"]
    assert codes(world.post(TOM, conversation)) == ("conversation_closed", "conversation")
