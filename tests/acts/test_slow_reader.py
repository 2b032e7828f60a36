"""A device that stops reading while others talk."""

from support.stage import Stage, play

LONG = "🏃" * 4_900
"""Nearly the most that one message holds: 19,600 bytes."""
SLOW = 'coachline_closes_total{code="slow_reader"}'


@play()
async def test_slow_reader_dismissed_and_resumed(stage: Stage) -> None:
    """Who does not read is dismissed, disturbs nobody, and misses nothing once he reads again. [H8] [C13] [H4]"""
    maya, ben = await stage.coached_pair()
    await ben.signs_in_on("laptop")
    ben.laptop.road.stop_reading()
    before = maya.phone.road.connections, ben.phone.road.connections, ben.laptop.road.connections
    stories = 0
    while await stage.counted(SLOW) == 0:
        assert stories < 600, "never dismissed"
        batch = [f"{n}. {LONG}" for n in range(stories, stories + 20)]
        await maya.recites(batch)
        await ben.phone.sees(*batch)
        stories += 20
    assert (maya.phone.road.connections, ben.phone.road.connections) == before[:2]

    ben.laptop.road.read_on()
    await ben.laptop.until("to come back", lambda: ben.laptop.road.connections > before[2])
    await ben.laptop.sees(f"{stories - 1}. {LONG}")
