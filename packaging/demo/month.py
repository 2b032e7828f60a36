"""The month as it is written in `month.txt`: who says and does what, on which day and when."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from importlib import resources

from demo.deeds import Deed, is_told, parse_deed

TRAINER = "Maya"
CLIENTS = ("Ben", "Aroha", "Tom", "Priya", "Jonas")

_CONVERSATION = re.compile(r"## (?P<client>\w+)")
_DAY = re.compile(r"day (?P<day>\d+)")
_SAYS = re.compile(r"(?P<hour>\d\d):(?P<minute>\d\d) (?P<who>\w+): (?P<text>\S.*)")
_DOES = re.compile(r"(?P<hour>\d\d):(?P<minute>\d\d) (?P<who>\w+) (?P<deed>.+)")
READS = "reads"


class NotAMonth(ValueError):
    """A line of the script that means nothing; the text names it."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something somebody does in the month."""

    client: str
    """Whose conversation with the trainer it is in."""
    day: int
    """1 is the first day."""
    at: time
    """By the clock on the wall where the demo is played."""
    who: str
    text: str
    """What is said; empty without a deed: only read."""
    deed: Deed | None = None
    """What is done of coaching."""

    @property
    def other(self) -> str:
        """Who it is said to."""
        return self.client if self.who == TRAINER else TRAINER

    @property
    def is_told(self) -> bool:
        """Whether the other one finds something new in the conversation, and whoever tells it has read first."""
        return bool(self.text) or is_told(self.deed)

    @property
    def reads(self) -> bool:
        """Whether everything so far was seen."""
        return self.is_told or self.deed is None

    def when(self, first: date, zone: tzinfo) -> int:
        """Milliseconds UTC, if the first day is `first`."""
        local = datetime.combine(first + timedelta(days=self.day - 1), self.at, zone)
        return round(local.timestamp() * 1000)


def parse(lines: Iterable[str]) -> tuple[Moment, ...]:
    """Read a script in the form that the head of `month.txt` describes; ordered by time, whatever the conversation.

    Raises NotAMonth for a line that has no such form or stands outside a conversation and a day.
    """
    moments: list[Moment] = []
    client, day = "", 0
    for number, line in enumerate(lines, start=1):
        line = line.strip()
        if found := _CONVERSATION.fullmatch(line):
            client, day = found["client"], 0
        elif line and not line.startswith("#"):
            if found := _DAY.fullmatch(line):
                day = int(found["day"])
            elif client and day and (moment := _moment(client, day, line)):
                moments.append(moment)
            else:
                raise NotAMonth(f"line {number}: {line}")
    return tuple(sorted(moments, key=lambda moment: (moment.day, moment.at)))


def _moment(client: str, day: int, line: str) -> Moment | None:
    found = _SAYS.fullmatch(line) or _DOES.fullmatch(line)
    if found is None:
        return None
    at, said = time(int(found["hour"]), int(found["minute"])), found.groupdict()
    if "text" in said:
        return Moment(client, day, at, found["who"], said["text"])
    deed = parse_deed(said["deed"])
    return Moment(client, day, at, found["who"], "", deed) if deed or said["deed"] == READS else None


def the_month() -> tuple[Moment, ...]:
    """The month that comes with the demo."""
    return parse(resources.files(__package__).joinpath("month.txt").read_text(encoding="utf-8").splitlines())


def unread_at_the_end(moments: Iterable[Moment], person: str, client: str) -> int:
    """What of a conversation `person` has not seen when the month is over: what was told after he looked last."""
    unread = 0
    for moment in moments:
        if moment.client == client:
            if moment.who != person:
                unread += moment.is_told
            elif moment.reads:
                unread = 0
    return unread
