"""What a client does not let his coach see any more is gone there."""

from pathlib import Path

from support.cast import Device
from support.coaching_cast import ASSIGN, PROPOSE
from support.stage import Stage, play

SECRET = "two beers, and nobody needs to know"


def on_disk(device: Device, words: str) -> bool:
    """Whether these words stand anywhere in a device's files."""
    folder: Path = device.cache.file.parent
    return any(words.encode() in file.read_bytes() for file in folder.iterdir())


@play(long_ago=True)
async def test_seeing_progress_is_withdrawn(stage: Stage) -> None:
    """On the device that is online at once, on the one that was not before it shows anything. [H7]"""
    maya, ben = await stage.coached_pair(ASSIGN)
    await maya.signs_in_on("laptop")
    goal = await maya.phone.assigns("2200", "160", "220", "70")
    await ben.phone.sees_goal(goal, "active")
    entry = await ben.phone.enters(goal, "2500", note=SECRET)
    for device in (maya.phone, maya.laptop):
        await device.sees_entry(goal, entry, ben)
        assert on_disk(device, SECRET)

    await maya.laptop.loses_network()
    await ben.phone.consents(maya, see_progress=False)
    await maya.phone.sees_nothing_of(ben, but=["goals"])
    assert not on_disk(maya.phone, SECRET)

    await ben.phone.enters(goal, "300", note="later, unseen")
    await ben.phone.until("it to be said", lambda: not ben.phone.record().pending)
    await maya.laptop.finds_network()
    await maya.laptop.sees_nothing_of(ben, but=["goals"])
    for device in (maya.phone, maya.laptop):
        await device.is_up_to_date()
        assert not on_disk(device, SECRET)
        assert not on_disk(device, "later, unseen")
        cards = [(card.kind, card.text) for card in device.cards()]
        assert cards == [("goal", "assigned"), ("progress", "")], "that something was entered, and nothing of it"
    refusal = await maya.phone.is_refused(await maya.phone.enters(goal, "100", of=ben))
    assert (refusal.code, refusal.field) == ("consent_required", "consent.record_progress")

    await ben.phone.consents(maya, see_progress=True)
    for device in (maya.phone, maya.laptop):
        await device.sees_entry(goal, entry, ben)


@play(long_ago=True)
async def test_a_coach_who_was_offline_for_a_day_is_shown_nothing_of_his_clients(stage: Stage) -> None:
    """Consent may have been withdrawn meanwhile, so his device waits until it has asked. [S11]"""
    maya, ben = await stage.coached_pair(PROPOSE)
    goal = await maya.phone.proposes("2200", "160", "220", "70")
    await ben.phone.sees_goal(goal, "proposed", turn=ben)
    await maya.phone.loses_network()
    assert maya.phone.session.record(ben.id) is not None
    await stage.days_pass(2)
    await maya.phone.until("to hide it", lambda: maya.phone.session.record(ben.id) is None)
    assert maya.phone.session.hides_records
    assert ben.phone.session.record(ben.id) is not None
    await maya.phone.finds_network()
    await maya.phone.sees_goal(goal, "proposed", ben, turn=ben)
