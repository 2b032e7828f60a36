"""The daemon dies between two instructions."""

import trio
from support.cast import Device
from support.stage import Stage, play


@play()
async def test_daemon_killed_in_mid_traffic(stage: Stage) -> None:
    """Killed twice while both write: the acknowledged is there, the rest is said again, once. [H1] [H2] [H11]"""
    maya, ben = await stage.coached_pair()
    acknowledged: set[str] = set()

    async def talks(device: Device, name: str) -> None:
        for n in range(40):
            await device.says(f"{name} {n}")
            if n % 10 == 0:
                await device.sees(f"{name} {n}")
                acknowledged.add(f"{name} {n}")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(talks, maya.phone, "Maya")
        nursery.start_soon(talks, ben.phone, "Ben")
        for seen in ("Maya 5", "Ben 25"):
            await (ben if seen.startswith("Maya") else maya).phone.sees(seen)
            await stage.daemon_killed()
            await maya.phone.waits_for_daemon()
            before = set(acknowledged)
            await stage.daemon_starts()
            for device in (maya.phone, ben.phone):
                device.session.retry_now()
                await device.is_up_to_date()
                assert before <= set(device.texts())

    for device in (maya.phone, ben.phone):
        await device.sees(*(f"Maya {n}" for n in range(40)), from_=maya)
        await device.sees(*(f"Ben {n}" for n in range(40)), from_=ben)
