"""Reads the table of verdicts worked out by hand. How it is written is said at its top."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

from support.courses import PHASES, REASONS, Diary, Phase, State

_VERSION = re.compile(
    r"version (?P<first>\d+)(?: to (?P<due>\d+))?(?: start (?P<start>\d+))?"
    r"(?: (?P<word>proposed|declined|replaced|mutual))?:(?P<targets>.*)"
)


@dataclass(frozen=True)
class Case:
    """One row of the table, in the section that says its goal."""

    line: int
    versions: tuple[str, ...]
    entries: str
    besides: str
    judged: str
    today: int
    mark: str
    value: str
    why: str

    def diary(self) -> Diary:
        """The rows that this case is about."""
        diary = Diary()
        for words in self.versions:
            found = _VERSION.fullmatch(words)
            assert found, words
            word = found["word"]
            diary.version(
                found["targets"],
                int(found["first"]),
                start=int(found["start"]) if found["start"] else None,
                due=int(found["due"]) if found["due"] else None,
                state=cast(State, word) if word in ("proposed", "declined", "replaced") else "accepted",
                mutual=word == "mutual",
            )
        _add_besides(diary, self.besides)
        _add_entries(diary, self.entries)
        return diary


def number(text: str) -> Fraction | None:
    """A number of the table; - is none."""
    return None if text == "-" else Fraction(text)


def read_cases(file: Path) -> Iterator[Case]:
    """Every case of the table, with the line it stands on."""
    versions: list[str] = []
    for line, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if text.startswith("=="):
            versions = []
        elif text.startswith("version"):
            versions.append(text)
        elif "|" in text and versions and not text.startswith("entries "):
            cells = [cell.strip() for cell in text.split("|")]
            assert len(cells) == 7, f"line {line} has {len(cells)} columns"
            entries, besides, judged, today, mark, value, why = cells
            yield Case(line, tuple(versions), entries, besides, judged, int(today), mark, value, why)


def _add_besides(diary: Diary, words: str) -> None:
    for part in filter(None, (part.strip() for part in words.split(";"))):
        *withdrawn, what, days = part.split()
        if what in PHASES:
            diary.phase(cast(Phase, what), int(days))
        else:
            assert what in REASONS, part
            first, _, last = days.partition("-")
            diary.excuse(what, int(first), int(last or first), withdrawn=bool(withdrawn))


def _add_entries(diary: Diary, words: str) -> None:
    later: list[tuple[int, str, bytes]] = []
    for part in () if words == "-" else words.split(";"):
        days, said = part.strip().split(" ", 1)
        first, *corrections = (saying.strip() for saying in said.split(">"))
        for number in _days(days):
            entry = diary.entry(number, first)
            later.extend((number, saying, entry.id) for saying in corrections)
    for number, saying, id in later:
        diary.entry(number, saying, entry=id)


def _days(words: str) -> Iterator[int]:
    for part in words.split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)
