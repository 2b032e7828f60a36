"""The rules of records: merged by key, restored as they were, told to the client and those who coach."""

import pytest
from coachline_core.domain.record import record_stream
from coachline_core.domain.record_rules import RULES
from coachline_core.domain.streams import View
from coachline_protocol import ops
from coachline_protocol.rows import Listing
from support.coaching import FULL, NOTHING, Coaching
from support.world import MAYA, RITA, TOM, Kept, World, good, made


def lived() -> Coaching:
    """A record with every kind of row, and rows that have changed."""
    coaching = Coaching.with_maya()
    coaching.world.relate(RITA, TOM, NOTHING)
    goal = coaching.assigned()
    good(coaching.record(TOM, goal), ops.Changed)
    good(coaching.correct(TOM, coaching.world.last), ops.Changed)
    good(coaching.set_state(TOM, goal, "paused"), ops.Changed)
    good(coaching.change(MAYA, goal), ops.Changed)
    good(coaching.excuse_for(TOM), ops.Changed)
    good(coaching.withdraw(TOM, coaching.world.last), ops.Changed)
    good(coaching.consent(FULL, RITA), ops.Changed)
    return coaching


def test_a_record_is_restored_to_what_it_was() -> None:
    world = lived().world
    rows = tuple(world.rows[record_stream(TOM)].values())
    assert len({type(row) for row in rows}) == 7
    record = world.record(TOM)
    assert RULES.restore(record_stream(TOM), Kept(rev=record.rev, rows=rows)) == record
    backwards = tuple(reversed(rows))
    assert RULES.restore(record_stream(TOM), Kept(rev=record.rev, rows=backwards)) == record


def test_rows_merge_in_whatever_order_and_however_often_they_come() -> None:
    world = lived().world
    record = world.record(TOM)
    said = [row for changed in world.commits if changed.stream == record.stream for row in changed.rows]
    state = RULES.empty(record.stream)
    for row in (*reversed(said), *said):
        state = RULES.evolve(state, row)
    assert state == record


def test_the_record_is_told_to_the_client_and_the_trainers_who_still_coach() -> None:
    coaching = Coaching.with_maya()
    coaching.world.relate(RITA, TOM)
    good(coaching.pause(MAYA), ops.Changed)
    assert RULES.audience(coaching.world.record(TOM)) == tuple(sorted((MAYA, RITA, TOM)))
    good(coaching.end(TOM, leave=True), ops.Changed)
    assert RULES.audience(coaching.world.record(TOM)) == tuple(sorted((RITA, TOM)))
    assert RULES.audience(RULES.empty(record_stream(TOM))) == ()


def test_a_client_nobody_coaches_is_told_of_his_own_goals() -> None:
    world = World().join(TOM)
    Coaching(world).assigned(TOM)
    assert RULES.audience(world.record(TOM)) == (TOM,)


def test_what_is_visible_depends_on_the_consent_as_it_is_now() -> None:
    coaching = Coaching.with_maya()
    goal = coaching.goal(coaching.assigned())
    assert RULES.visible(coaching.world.record(TOM), MAYA, goal)
    assert not RULES.visible(coaching.world.record(TOM), RITA, goal)
    good(coaching.consent(NOTHING), ops.Changed)
    assert not RULES.visible(coaching.world.record(TOM), MAYA, goal)
    assert RULES.visible(coaching.world.record(TOM), TOM, goal)


def test_a_command_of_another_kind_of_stream_is_a_defect() -> None:
    world, stream = World(), record_stream(TOM)
    with pytest.raises(TypeError, match="not at home"):
        RULES.decide(View({stream: world.state(stream)}), stream, world.envelope(TOM, ops.SignOut(id=made(1))))


def test_a_row_of_another_kind_of_stream_is_a_defect() -> None:
    listing = Listing(rev=1, conversation=made(1), kind="direct")
    with pytest.raises(TypeError, match="Listing"):
        RULES.evolve(RULES.empty(record_stream(TOM)), listing)
    with pytest.raises(TypeError, match="Listing"):
        RULES.restore(record_stream(TOM), Kept(rev=1, rows=(listing,)))
