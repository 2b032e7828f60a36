"""A line that strangers can cause: one a second, with how many were left out."""

import trio
from coachline_server.limited_line import MOST_CHARACTERS, LimitedLine
from trio.testing import MockClock


async def test_one_a_second_is_written_and_says_how_many_were_not(autojump_clock: MockClock) -> None:
    written: list[object] = []
    line = LimitedLine(lambda event, **fields: written.append((event, fields)), "knocked")
    for number in range(12):  # three seconds
        line.write(who=str(number))
        await trio.sleep(0.25)
    await trio.sleep(5)
    line.write(who="x" * 1_000)
    assert written == [
        ("knocked", {"who": "0"}),
        ("knocked", {"who": "4", "left_out": 3}),
        ("knocked", {"who": "8", "left_out": 3}),
        ("knocked", {"who": "x" * MOST_CHARACTERS, "left_out": 3}),
    ]
