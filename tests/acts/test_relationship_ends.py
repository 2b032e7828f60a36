"""How coaching rests, ends, and begins again."""

from coachline_protocol.rows import Consent, Id
from support.cast import Person
from support.coaching_cast import ASSIGN, FULL, PROPOSE
from support.stage import Stage, play


async def seen_on_two_devices(stage: Stage) -> tuple[Person, Person, Id, Id]:
    """Maya, whose two devices show a goal of Ben's and what he entered; the goal and the entry."""
    maya, ben = await stage.coached_pair(ASSIGN)
    goal = await maya.phone.assigns("2200", "160", "220", "70")
    await ben.phone.sees_goal(goal, "active")
    entry = await ben.phone.enters(goal, "2100")
    await maya.phone.sees_entry(goal, entry, ben)
    await maya.signs_in_on("laptop")
    return maya, ben, goal, entry


@play(long_ago=True)
async def test_an_end_while_a_proposal_is_under_way(stage: Stage) -> None:
    """The proposal waits for nobody any more, and what was on its way is refused."""
    maya, ben = await stage.coached_pair(PROPOSE)
    goal = await maya.phone.proposes("2200", "160", "220", "70")
    await ben.phone.sees_goal(goal, "proposed", turn=ben)
    await maya.phone.loses_network()
    late = await maya.phone.proposes("1900", "140", "200", "60")
    await maya.phone.says("And this one too")

    await ben.phone.session.outcome(await ben.phone.session.end(ben.id, maya.id))
    await ben.phone.sees_goal(goal, "cancelled")
    assert [version.state for version in ben.phone.course(goal).versions] == ["declined"]
    assert (await ben.phone.is_refused(await ben.phone.session.accept_goal(ben.id, goal))).code == "wrong_state"

    await maya.phone.finds_network()
    assert (await maya.phone.is_refused(late)).code == "no_relationship"
    assert maya.phone.session.record(ben.id) is None
    await maya.phone.sees_state("And this one too", "failed")
    for device in (maya.phone, ben.phone):
        await device.sees_conversation(closed=True)
    await maya.phone.session.discard(late)
    (failed,) = maya.phone.session.waiting()
    await maya.phone.session.discard(failed.id)
    stage.ledger.unsaid(maya.phone.talk, failed.id)


@play(long_ago=True)
async def test_ended_invited_again_and_the_message_that_had_failed_arrives(stage: Stage) -> None:
    """The same conversation goes on, and the record is seen as far as the new consent reaches."""
    maya, ben = await stage.coached_pair(ASSIGN)
    goal = await maya.phone.assigns("2200", "160", "220", "70")
    await ben.phone.sees_goal(goal, "active")
    await maya.phone.loses_network()
    await maya.phone.says("See you on Thursday")
    await ben.phone.session.outcome(await ben.phone.session.end(ben.id, maya.id))
    await maya.phone.finds_network()
    await maya.phone.sees_state("See you on Thursday", "failed")
    assert maya.phone.session.record(ben.id) is None

    await ben.phone.accepts(await maya.phone.invites(), Consent(see_goals=True))
    await maya.phone.sees_goal(goal, "active", ben)
    await maya.phone.sees_conversation(closed=False)
    (failed,) = maya.phone.session.waiting()
    await maya.phone.session.retry(failed.id)
    await ben.phone.sees("See you on Thursday", from_=maya)
    assert [step.deed for step in ben.phone.record().steps] == ["begun", "ended", "begun"]
    await maya.phone.until("its own history", lambda: len(maya.phone.record(ben).steps) == 3)


@play(long_ago=True)
async def test_what_was_seen_is_left_with_the_coach(stage: Stage) -> None:
    """Only if the client says so; and nothing that comes later."""
    maya, ben, goal, entry = await seen_on_two_devices(stage)
    await maya.laptop.loses_network()
    await ben.phone.session.outcome(await ben.phone.session.end(ben.id, maya.id, leave=True))
    await ben.phone.session.outcome(await ben.phone.enters(goal, "300"))
    await maya.laptop.finds_network()
    for device in (maya.phone, maya.laptop):
        await device.sees_relationship(ben, "ended")
        await device.sees_entry(goal, entry, ben)
        assert len(device.course(goal, ben).entries) == 1
    assert len(ben.phone.course(goal).entries) == 2


@play(long_ago=True)
async def test_what_was_left_by_mistake_is_taken_back_by_beginning_anew(stage: Stage) -> None:
    """The new consent says what the coach sees, on every device; and a second end leaves nothing."""
    maya, ben, goal, entry = await seen_on_two_devices(stage)
    await ben.phone.session.outcome(await ben.phone.session.end(ben.id, maya.id, leave=True))
    for device in (maya.phone, maya.laptop):
        await device.sees_relationship(ben, "ended")
        await device.sees_entry(goal, entry, ben)
    await maya.laptop.loses_network()

    await ben.phone.accepts(await maya.phone.invites(), Consent())
    await maya.laptop.finds_network()
    for device in (maya.phone, maya.laptop):
        await device.sees_relationship(ben, "active")
        assert device.record(ben).goals == ()
    await ben.phone.session.outcome(await ben.phone.session.end(ben.id, maya.id))
    await maya.phone.until("nothing is left", lambda: maya.phone.session.record(ben.id) is None)
    await maya.laptop.until("nothing is left", lambda: maya.laptop.session.record(ben.id) is None)


@play(long_ago=True)
async def test_paused_and_resumed(stage: Stage) -> None:
    """Nothing new is asked meanwhile; what was asked goes on; only who paused it goes on with it."""
    maya, ben = await stage.coached_pair(ASSIGN)
    goal = await maya.phone.assigns("2200", "160", "220", "70")
    await ben.phone.sees_goal(goal, "active")
    await ben.phone.session.outcome(await ben.phone.session.pause(ben.id, maya.id))
    await maya.phone.sees_relationship(ben, "paused")

    another = await maya.phone.assigns("1900", "160", "220", "70")
    assert (await maya.phone.is_refused(another)).code == "relationship_paused"
    assert (await maya.phone.is_refused(await maya.phone.session.resume(ben.id, maya.id))).code == "not_yours"
    entry = await ben.phone.enters(goal, "2100")
    await maya.phone.sees_entry(goal, entry, ben)
    await maya.phone.says("Get well soon")
    await ben.phone.sees("Get well soon", from_=maya)

    await ben.phone.session.outcome(await ben.phone.session.resume(ben.id, maya.id))
    await maya.phone.session.retry(another)
    await ben.phone.sees_goal(another, "active")
    await maya.phone.sees_relationship(ben, "active")
    for entry_left in maya.phone.session.waiting():
        await maya.phone.session.discard(entry_left.id)


@play(long_ago=True)
async def test_a_coach_enters_for_his_client_where_he_may(stage: Stage) -> None:
    """It shows who did; and the client may say it better."""
    maya, ben = await stage.coached_pair(FULL)
    goal = await maya.phone.assigns("2200", "160", "220", "70")
    await ben.phone.sees_goal(goal, "active")
    entry = await maya.phone.enters(goal, "2100", of=ben)
    assert [said.waiting for said in maya.phone.course(goal, ben).entries] == [True]
    await ben.phone.sees_entry(goal, entry)
    (said,) = ben.phone.course(goal).entries
    assert said.current.row.author == maya.id
    await ben.phone.session.correct_progress(ben.id, entry, (), "I ate nothing of the kind")
    await maya.phone.until("the correction", lambda: maya.phone.course(goal, ben).entries[0].corrected)
    (seen,) = maya.phone.course(goal, ben).entries
    assert [saying.row.author for saying in seen.sayings] == [maya.id, ben.id]

    await ben.phone.consents(maya, record_progress=False)
    refusal = await maya.phone.is_refused(await maya.phone.enters(goal, "100", of=ben))
    assert (refusal.code, refusal.field) == ("consent_required", "consent.record_progress")
