"""A coach and a client agree on what to eat, and a week goes by."""

from datetime import timedelta

from support.coaching_cast import PROPOSE, eaten, eating
from support.stage import Stage, play


@play(long_ago=True)
async def test_a_week_of_coaching(stage: Stage) -> None:
    """Proposed, countered, accepted; entered day by day, half of it offline; judged the same on both sides."""
    maya, ben = stage.person("Maya", "trainer"), stage.person("Ben", "client")
    maya.partner, ben.partner = ben, maya
    await maya.signs_in_on("phone")
    await ben.signs_in_on("phone")
    await ben.phone.accepts(await maya.phone.invites(), PROPOSE)
    await maya.phone.until("to see Ben's record", lambda: maya.phone.session.record(ben.id) is not None)

    goal = await maya.phone.proposes("2200", "160", "220", "70")
    await ben.phone.sees_goal(goal, "proposed", turn=ben)
    await ben.phone.counters(ben, goal, "2200", "150", "220", "70")
    await maya.phone.sees_goal(goal, "proposed", ben, turn=maya)
    await maya.phone.session.accept_goal(ben.id, goal)
    for device in (maya.phone, ben.phone):
        await device.sees_goal(goal, "active", ben)
        await device.sees_cards("goal", 3)
        assert [(card.author, card.text) for card in device.cards()] == [
            (maya.id, "proposed"),
            (ben.id, "countered"),
            (maya.id, "accepted"),
        ]

    monday = stage.today
    assert monday.weekday() == 0
    entry = await ben.phone.enters(goal, "2150", "155", "210", "65")
    assert [said.waiting for said in ben.phone.course(goal).entries] == [True]
    await maya.phone.sees_entry(goal, entry, ben)
    await ben.phone.consents(maya, set_goals="assign")

    await stage.days_pass()
    tuesday = stage.today
    await maya.phone.sees_entry(goal, await ben.phone.enters(goal, "2100", "160", "200", "60"), ben)
    assert maya.phone.day(goal, monday, ben).mark == "met"
    await ben.phone.loses_network()

    await stage.days_pass(2)
    wednesday, thursday = tuesday + timedelta(days=1), stage.today
    before = maya.phone.day(goal, monday, ben)
    await maya.phone.session.outcome(
        await maya.phone.session.change_goal(ben.id, goal, eating(monday, "2200", "180", "220", "70"), thursday)
    )
    await maya.phone.until("the new terms", lambda: len(maya.phone.course(goal, ben).accepted) == 2)
    assert maya.phone.day(goal, monday, ben) == before
    await ben.phone.enters(goal, "2200", "152", "220", "70", day=wednesday)
    await ben.phone.enters(goal, "2100", "155", "200", "60")
    slip = await ben.phone.enters(goal, "900")
    await ben.phone.session.correct_progress(ben.id, slip, eaten(["90"]), "a biscuit, not a cake")
    await ben.phone.closes()
    await ben.phone.opens()
    assert len(ben.phone.record().pending) == 4
    assert len(ben.phone.course(goal).accepted) == 1, "he has not heard of the new terms yet"
    assert [ben.phone.day(goal, day).mark for day in (wednesday, thursday)] == ["met", "open"]

    await stage.days_pass(4)
    friday, saturday, sunday = (thursday + timedelta(days=number) for number in (1, 2, 3))
    assert ben.phone.day(goal, thursday).mark == "met", "by the terms he knows"
    await ben.phone.enters(goal, "2100", "185", "200", "60", day=friday)
    await ben.phone.finds_network()
    await ben.phone.enters(goal, "2150", "180", "210", "65", day=saturday)
    last = await ben.phone.enters(goal, "2900", "90", "300", "110", day=sunday, note="a wedding")
    await maya.phone.sees_entry(goal, last, ben)
    await ben.phone.sees_entry(goal, last)

    assert ben.phone.day(goal, monday) == maya.phone.day(goal, monday, ben) == before
    assert ben.phone.week(goal, monday) == maya.phone.week(goal, monday, ben)
    marks = [day.mark for day in ben.phone.week(goal, monday).days]
    assert marks == ["met", "met", "met", "met", "met", "met", "missed"]
    assert ben.phone.day(goal, thursday).targets[1].mark == "partly", "of 180 g, as was asked from that day on"
    for device in (maya.phone, ben.phone):
        await device.sees_cards("progress", 7)
        days = [card.day for card in device.cards() if card.kind == "progress"]
        assert days == [monday + timedelta(days=number) for number in range(7)], (
            "one card a day, whatever was corrected"
        )
