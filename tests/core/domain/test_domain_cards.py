"""Cards: what a conversation shows of goals and progress, in the same commit as the deed.

SPEC.md, [G12].
"""

import msgspec
import pytest
from coachline_core.domain.conversation import conversation_stream, direct_id
from coachline_core.domain.ids import beside
from coachline_core.domain.streams import Changed
from coachline_protocol import ops
from coachline_protocol.rows import Id, Message
from support.coaching import FULL, TODAY, Coaching, day, terms
from support.world import DAY, MAYA, NOW, RITA, TOM, World, good

Told = list[tuple[str, Id]]


def told(coaching: Coaching, coach: Id = MAYA) -> Told:
    """The words of the cards, `progress` for that kind, with their authors."""
    return [(card.text or card.kind, card.author) for card in coaching.cards(coach)]


def test_every_deed_is_told_by_one_card_in_order() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.proposed()
    good(coaching.counter(TOM, goal), ops.Changed)
    good(coaching.accept(MAYA, goal), ops.Changed)
    good(coaching.counter(TOM, goal), ops.Changed)
    good(coaching.decline(MAYA, goal), ops.Changed)
    good(coaching.change(MAYA, goal), ops.Changed)
    for state in ("paused", "active", "done"):
        good(coaching.set_state(TOM, goal, state), ops.Changed)
    assert told(coaching) == [
        ("proposed", MAYA),
        ("countered", TOM),
        ("accepted", MAYA),
        ("countered", TOM),
        ("declined", MAYA),
        ("changed", MAYA),
        ("paused", TOM),
        ("resumed", TOM),
        ("done", TOM),
    ]
    cards = coaching.cards()
    assert {card.goal for card in cards} == {goal}
    assert [card.seq for card in cards] == list(range(2, 11))
    assert {(card.kind, card.day, card.about) for card in cards} == {("goal", None, None)}


def test_what_is_so_already_and_what_is_refused_are_told_by_no_card() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    good(coaching.set_state(TOM, goal, "active"), ops.Changed)
    coaching.accept(TOM, goal)
    assert told(coaching) == [("assigned", MAYA)]


def test_a_card_that_founds_the_conversation_has_another_id_than_the_note_that_it_is_open() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    rows = coaching.world.rows[conversation_stream(direct_id(MAYA, TOM))].values()
    opened, card = sorted((row for row in rows if isinstance(row, Message)), key=lambda row: row.seq)
    assert (opened.text, card.text, card.id) == ("opened", "assigned", goal)
    assert opened.id == beside(goal) != goal


def test_the_first_card_founds_the_conversation_in_the_same_commit() -> None:
    coaching = Coaching.with_maya()
    world, place = coaching.world, direct_id(MAYA, TOM)
    before = len(world.commits)
    goal = coaching.assigned()
    written = {changed.stream.kind for changed in world.commits[before:]}
    assert written == {"record", "conversation", "person"}
    state = world.direct(MAYA, TOM)
    assert (state.rev, state.seq, set(state.members)) == (5, 2, {MAYA, TOM})
    for person, other in ((MAYA, TOM), (TOM, MAYA)):
        listing = world.person(person).listings[place]
        assert (listing.kind, listing.other) == ("direct", other)
    first = world.rows[conversation_stream(place)]["message", 1]
    assert isinstance(first, Message)
    assert (first.text, first.author, first.about) == ("opened", MAYA, TOM)
    assert world.say(TOM, ops.ConversationOpen(id=world.fresh(), person=MAYA)) == ops.Opened(conversation=place, rev=5)
    good(world.post(TOM, place), ops.Posted)
    assert coaching.cards()[0].goal == goal


def test_two_goals_at_once_found_one_conversation() -> None:
    coaching = Coaching.with_maya()
    world = coaching.world
    asked = [ops.GoalAssign(id=world.fresh(), client=TOM, kind="nutrition", terms=terms()) for _ in range(2)]
    assert world.commit(world.decide(*(world.envelope(MAYA, command) for command in asked)))
    assert [(card.goal, card.seq, card.rev) for card in coaching.cards()] == [(asked[0].id, 2, 5), (asked[1].id, 3, 6)]


def test_a_card_and_a_message_at_once_are_decided_again() -> None:
    coaching = Coaching.with_maya()
    world, place = coaching.world, coaching.world.open(TOM, MAYA)
    command = ops.GoalAssign(id=world.fresh(), client=TOM, kind="nutrition", terms=terms())
    batch = world.decide(world.envelope(MAYA, command))
    good(world.post(TOM, place), ops.Posted)
    assert not world.commit(batch)
    assert world.record(TOM).goals == {}
    assert world.commit(world.decide(world.envelope(MAYA, command)))
    assert [card.seq for card in coaching.cards()] == [3]


@pytest.mark.parametrize("who", [TOM, MAYA])
def test_progress_is_told_once_for_a_goal_and_day(who: Id) -> None:
    coaching = Coaching.with_maya()
    goal, other = coaching.assigned(), coaching.assigned()
    coaching.world.now += DAY
    for one, when in ((goal, TODAY), (goal, TODAY), (other, TODAY), (goal, day(1))):
        good(coaching.record(who, one, when), ops.Changed)
    good(coaching.correct(who, coaching.world.last, ()), ops.Changed)
    good(coaching.record(who, goal, day(1)), ops.Changed)
    cards = [card for card in coaching.cards() if card.kind == "progress"]
    assert [(card.goal, card.day) for card in cards] == [(goal, TODAY), (other, TODAY), (goal, day(1))]
    assert {(card.text, card.author, card.at) for card in cards} == {("", who, NOW + DAY)}


def test_what_another_trainer_recorded_stands_there_as_the_clients() -> None:
    """He is not in that conversation, and who reads it need not know that there is another trainer."""
    coaching = Coaching.with_maya()
    coaching.world.relate(RITA, TOM, FULL)
    good(coaching.record(RITA, coaching.assigned()), ops.Changed)
    assert told(coaching) == [("assigned", MAYA), ("progress", TOM)]
    assert told(coaching, RITA) == []


def test_cards_stand_in_the_conversation_of_the_goals_author() -> None:
    coaching = Coaching.with_maya()
    coaching.world.relate(RITA, TOM, FULL)
    mine, ritas = coaching.assigned(), coaching.assigned(RITA)
    good(coaching.record(TOM, ritas), ops.Changed)
    assert told(coaching) == [("assigned", MAYA)]
    assert told(coaching, RITA) == [("assigned", RITA), ("progress", TOM)]
    assert {card.goal for card in coaching.cards()} == {mine}


def test_a_goal_of_ones_own_is_told_to_nobody() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.assigned(TOM)
    good(coaching.record(TOM, goal), ops.Changed)
    good(coaching.record(MAYA, goal), ops.Changed)
    assert told(coaching) == []
    assert coaching.world.direct(MAYA, TOM).row is None


def test_after_the_end_nothing_is_told_even_where_the_conversation_goes_on() -> None:
    world = World().join(MAYA, TOM, roles=["trainer", "client"]).relate(MAYA, TOM, FULL).relate(TOM, MAYA)
    coaching = Coaching(world)
    goal = coaching.assigned()
    good(coaching.end(TOM), ops.Changed)
    good(world.post(TOM, direct_id(MAYA, TOM)), ops.Posted)
    good(coaching.record(TOM, goal), ops.Changed)
    good(coaching.set_state(TOM, goal, "done"), ops.Changed)
    assert told(coaching) == [("assigned", MAYA)]


def test_in_a_closed_conversation_nothing_is_told() -> None:
    """Closed for another reason than the end of the relationship."""
    coaching = Coaching.with_maya()
    goal = coaching.assigned()
    state = coaching.world.direct(MAYA, TOM)
    assert state.row is not None
    row = msgspec.structs.replace(state.row, rev=state.rev + 1, closed_at=NOW)
    coaching.world.put(Changed(state.stream, state.rev, state.rev + 1, (row,)))
    good(coaching.record(TOM, goal), ops.Changed)
    good(coaching.set_state(TOM, goal, "done"), ops.Changed)
    assert told(coaching) == [("assigned", MAYA)]
