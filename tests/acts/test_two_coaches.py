"""A client with two coaches, and coaches with several clients."""

from coachline_protocol.rows import Consent
from support.coaching_cast import ASSIGN, NOTHING, PROPOSE
from support.stage import Stage, play


@play(long_ago=True)
async def test_two_coaches_of_one_client_each_see_what_they_may(stage: Stage) -> None:
    """One sees goals and progress, the other goals only; each is told live, and neither of the other's consent."""
    maya, ben = await stage.coached_pair(ASSIGN)
    omar = stage.person("Omar", "trainer")
    omar.partner = ben
    await omar.signs_in_on("phone")
    await ben.phone.accepts(await omar.phone.invites(), Consent(see_goals=True, set_goals="propose"))
    await omar.phone.until("Ben's record", lambda: omar.phone.session.record(ben.id) is not None)

    goal = await maya.phone.assigns("2200", "160", "220", "70")
    for device in (omar.phone, ben.phone):
        await device.sees_goal(goal, "active", ben)
    entry = await ben.phone.enters(goal, "2100", "165")
    await maya.phone.sees_entry(goal, entry, ben)

    other = await omar.phone.proposes("2600", "120", "300", "80")
    await ben.phone.sees_goal(other, "proposed", turn=ben)
    await ben.phone.session.accept_goal(ben.id, other)
    for device in (maya.phone, omar.phone):
        await device.sees_goal(other, "active", ben)
    assert omar.phone.course(goal, ben).entries == ()
    assert [held.trainer for held in omar.phone.record(ben).relationships] == [omar.id]
    assert {step.trainer for step in maya.phone.record(ben).steps} == {maya.id}
    refusal = await omar.phone.is_refused(await omar.phone.session.set_goal_state(ben.id, goal, "done"))
    assert refusal.code == "not_yours"

    await ben.phone.consents(omar, see_progress=True)
    await omar.phone.sees_entry(goal, entry, ben)
    await ben.phone.consents(maya, see_goals=False, see_progress=False, set_goals="none")
    await maya.phone.sees_nothing_of(ben)
    assert len(omar.phone.record(ben).goals) == 2
    assert [card.goal for card in maya.phone.cards() if card.kind == "goal"] == [goal], "his coach's, not the other's"


@play(long_ago=True)
async def test_the_same_goal_for_five_clients_one_offline_one_without_permission(stage: Stage) -> None:
    """Each has an outcome of his own; who is offline finds it later; the amount was changed for one."""
    maya = stage.person("Maya", "trainer")
    await maya.signs_in_on("phone")
    clients = [stage.person(name, "client") for name in ("Ben", "Zoe", "Tom", "Ida", "Uwe")]
    ben, zoe, tom, ida, uwe = clients
    for client in clients:
        if client is ida:
            # A restart: nobody may come in from one address as often as six people do who are all new.
            await stage.days_pass(0)
        client.partner = maya
        await client.signs_in_on("phone")
        consent = {zoe: PROPOSE, uwe: NOTHING}.get(client, ASSIGN)
        await client.phone.accepts(await maya.phone.invites(), consent)
    await maya.phone.until("five records", lambda: len(maya.phone.session.records()) == 5)
    await tom.phone.loses_network()

    template = await maya.phone.keeps_template("2200", "160", "220", "70")
    made = await maya.phone.assigns_template(template, clients, amounts={ida: ("1800", "120", "180", "60")})
    for client in (ben, tom, ida):
        await maya.phone.session.outcome(made[client])
    for client in (zoe, uwe):
        refusal = await maya.phone.is_refused(made[client])
        assert (refusal.code, refusal.field) == ("consent_required", "consent.set_goals")
        assert refusal.hint == "not authorised to assign goals to this client"
    for client in (ben, ida):
        await client.phone.sees_goal(made[client], "active")
    assert tom.phone.record().goals == ()
    await tom.phone.finds_network()
    await tom.phone.sees_goal(made[tom], "active")
    assert [target.amount for target in ida.phone.course(made[ida]).versions[0].terms.targets][:2] == ["1800", "120"]
    assert [target.amount for target in ben.phone.course(made[ben]).versions[0].terms.targets][:2] == ["2200", "160"]

    assert [entry.id for entry in maya.phone.session.waiting()] == [made[zoe], made[uwe]]
    await zoe.phone.consents(maya, set_goals="assign")
    await maya.phone.session.retry(made[zoe])
    await zoe.phone.sees_goal(made[zoe], "active")
    await maya.phone.session.discard(made[uwe])
    assert maya.phone.session.waiting() == ()
    assert uwe.phone.record().goals == ()
