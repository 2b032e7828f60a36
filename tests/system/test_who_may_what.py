"""Every op, asked in every standing about what is the asker's own and about what is foreign to him.

What comes of it is said once, in `who_may_what.txt`.
"""

from pathlib import Path
from typing import get_args

import pytest
from coachline_protocol.codes import CloseCode, Refusal
from coachline_protocol.ops import OPS
from support.standings import ABOUT_STREAMS, Answer, Scene, Standing, scene_of
from trio.testing import MockClock

Column = dict[str, str]
"""What one standing gets, row by row."""
TABLE = Path(__file__).with_name("who_may_what.txt")
STANDINGS: tuple[Standing, ...] = get_args(Standing)
HIDDEN = ("not_found", "bad_credentials")
"""What is said of things that the asker must not know to be there."""


def read_table() -> dict[str, dict[str, Column]]:
    """Section, standing, row: the cell."""
    sections: dict[str, dict[str, Column]] = {}
    columns: dict[str, Column] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        first, *cells = (cell.strip() for cell in line.split(" | "))
        if first.startswith("== "):
            columns = sections[first.removeprefix("== ")] = {standing: {} for standing in cells}
        elif cells:
            for standing, cell in zip(columns, cells, strict=True):
                assert first not in columns[standing], f"{first} stands there twice"
                columns[standing][first] = cell
    return sections


WANTED = read_table()


def said(answers: dict[str, Answer]) -> Column:
    """As the table says it; of what is named by no op for the second time `-`."""
    column = dict.fromkeys(WANTED["own"]["stranger"], "-")
    for op, answer in answers.items():
        match answer:
            case Refusal():
                column[op] = answer.code.value
            case CloseCode():
                column[op] = str(int(answer))
            case _:
                column[op] = "ok"
    return column


def heard(scene: Scene) -> Column:
    """What of the foreign family's is among all the bytes that the asker was ever sent."""
    return {what: "seen" if secret in scene.heard else "-" for what, secret in scene.foreign.secrets().items()}


def test_every_op_and_every_standing_is_in_the_table() -> None:
    streams = [f"{op} {kind}" for op in ABOUT_STREAMS for kind in ("person", "record", "conversation")]
    rows = {op.name for op in OPS} - set(ABOUT_STREAMS) | set(streams)
    for section in ("own", "foreign"):
        assert tuple(WANTED[section]) == STANDINGS
        assert all(column.keys() == rows for column in WANTED[section].values())
    assert tuple(WANTED["heard"]) == STANDINGS


@pytest.mark.parametrize("standing", STANDINGS)
async def test_whoever_asks_gets_what_the_table_says_and_hears_of_nothing_else(
    standing: Standing, tmp_path: Path, autojump_clock: MockClock
) -> None:
    """[P2] [P5] [P6] [S1] What is hidden is refused word for word as what is not there."""
    async with scene_of(standing, tmp_path) as scene:
        await scene.overhear()
        streams = tuple(scene.foreign.streams().values())
        absent = await scene.answers(scene.nobodys())
        before = scene.house.store.revisions(streams)
        foreign = await scene.answers(scene.foreign)
        after = scene.house.store.revisions(streams)
        own = await scene.answers(scene.own)
        assert said(foreign) == WANTED["foreign"][standing]
        assert said(own) == WANTED["own"][standing]
        hidden = {op: answer for op, answer in foreign.items() if isinstance(answer, Refusal) and answer.code in HIDDEN}
        assert hidden == {op: absent[op] for op in hidden}
        assert heard(scene) == WANTED["heard"][standing]
        done = {op.name for op in OPS if op.mutation and said(foreign)[op.name] == "ok"}
        assert done or before == after
