"""Who is here, who decides it, and who may know."""

from coachline_protocol import ops
from coachline_protocol.codes import Refusal
from coachline_protocol.rows import Consent
from support.cast import Person
from support.stage import Stage, play


@play()
async def test_presence_is_told_to_those_who_may_know(stage: Stage) -> None:
    """The client sees the coach; the coach sees the client who consents; a stranger hears nothing. [P1] [P2] [H6]"""
    maya, ben = await stage.acquaintances()
    zoe = stage.person("Zoe", "client")
    await zoe.signs_in_on("phone")
    await maya.phone.sees_present(ben, "online")
    await ben.phone.sees_present(maya, "online")
    async with zoe.by_hand() as wire:
        await ben.phone.closes()
        await maya.phone.sees_present(ben, "offline")
        await ben.phone.opens()
        await maya.phone.sees_present(ben, "online")
        await ben.phone.sees_present(maya, "online")
        await wire.get(ops.PeopleList(), ops.People)
        assert [told.name for told in wire.events] == []


@play()
async def test_withheld_consent_wins(stage: Stage) -> None:
    """Ben does not show his presence: Maya neither hears nor learns of it, Ben sees her. [P2]"""
    maya, ben = await stage.acquaintances(Consent())
    async with maya.by_hand() as wire:
        await ben.phone.sees_present(maya, "online")
        await ben.phone.closes()
        await ben.phone.opens()
        await ben.phone.is_up_to_date()
        asked = await wire.get(ops.PresenceQuery(people=(ben.id,)), ops.Presences)
        assert asked.presences == ()
        assert [told.body for told in wire.events if isinstance(told.body, ops.Presence)] == []
    assert maya.phone.session.presence(ben.id) is None


def code_of(answer: ops.Body | Refusal) -> str | None:
    """Why something was refused; None if it was not."""
    return answer.code if isinstance(answer, Refusal) else None


async def ask_presence(asker: Person, about: Person) -> list[str]:
    """What the daemon says of somebody."""
    async with asker.by_hand() as wire:
        answer = await wire.get(ops.PresenceQuery(people=(about.id,)), ops.Presences)
        return [presence.state for presence in answer.presences]


@play()
async def test_nobody_declares_themselves_online(stage: Stage) -> None:
    """Presence follows from connections: it cannot be said, and of two devices the last one counts. [P1] [C3]"""
    maya, ben = await stage.acquaintances()
    await ben.signs_in_on("laptop")
    async with ben.by_hand() as wire:
        number = await wire.say_anything("presence.set", {"state": "offline"})
        assert code_of(await wire.answer(number)) == "unknown_op"
        await ben.laptop.closes()
        await ben.phone.closes()
        assert await ask_presence(maya, ben) == ["online"]
    await maya.phone.sees_present(ben, "offline")
    async with ben.by_hand(greet=False) as wire:
        number = await wire.say_anything("presence.set", {"state": "online"})
        assert code_of(await wire.answer(number)) == "unknown_op"
        assert await ask_presence(maya, ben) == ["offline"]
