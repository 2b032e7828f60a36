"""Cards: what a timeline says of goals and progress. They hold nothing themselves; the record fills them. Pure.

A card whose record or goal is not here, or not shown now, says only that and why: consent was withdrawn, or nobody
has been able to ask for a day.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from coachline_core.client import Record
from coachline_core.domain.course import Course
from coachline_core.domain.timeline import Item
from coachline_core.domain.verdicts import day_verdict
from coachline_protocol.rows import Date, GoalVersion, Id

from coachline_desktop import goal_words
from coachline_desktop.goal_state import Card
from coachline_desktop.words import say

DEEDS: Final = {
    "proposed": "{name} proposed a goal",
    "assigned": "{name} set a goal",
    "countered": "{name} proposed something else",
    "accepted": "{name} accepted",
    "declined": "{name} declined",
    "changed": "{name} changed a goal",
    "paused": "{name} paused a goal",
    "resumed": "{name} resumed a goal",
    "done": "{name} called a goal done",
    "missed": "{name} called a goal missed",
    "cancelled": "{name} cancelled a goal",
}
"""Sentences for the closed set of deeds."""
WITH_TERMS: Final = frozenset({"proposed", "assigned", "countered", "changed", "accepted"})
"""Deeds that are about what is asked, which is then said."""
KINDS: Final = ("goal", "progress")


Made = Callable[[Record, Hashable, Callable[[], "Told"]], "Told"]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a timeline, and what of coaching is before him.

    `other`: with whom he talks, None in a conversation of several. `hides_records`: others' records are not shown now.
    """

    me: Id
    name: Callable[[Id], str]
    records: Sequence[Record] = ()
    other: Id | None = None
    hides_records: bool = False
    made: Made | None = None
    """Finds what was told before; None: everything is told anew."""

    def author(self, item: Item) -> str:
        """Who did what a card tells."""
        return say("You") if item.author == self.me else self.name(item.author)

    def record(self, client: Id | None) -> Record | None:
        """Somebody's record."""
        return next((record for record in self.records if record.client == client), None)


@dataclass(frozen=True, slots=True)
class Told:
    """A card in words: what was done, by whom, and lines of what about. Plain text: people named the goals in it."""

    deed: str
    lines: tuple[str, ...]
    card: Card

    @property
    def text(self) -> str:
        """All of it, the deed in the first line."""
        return "\n".join([self.deed, *self.lines])


def tell(reader: Reader, item: Item) -> Told:
    """A `goal` or `progress` item in words."""
    record, course = _found(reader, item)
    if item.kind == "progress":
        deed = say("Progress") if item.day is None else say("Progress on {day}", day=_day(record, item))
    else:
        deed = say(DEEDS[item.text], name=reader.author(item)) if item.text in DEEDS else item.text
    if record is None or course is None or (item.kind == "progress" and not _shows_progress(record, reader.me)):
        # Without its entries every day would be judged as not kept.
        return Told(deed, (_withheld(reader, item),), Card())
    tell = partial(_progress if item.kind == "progress" else _goal, reader, record, course, item, deed)
    return tell() if reader.made is None else reader.made(record, item, tell)


def preview(item: Item, name: str) -> str:
    """A card in the list of conversations: without anything of the record."""
    if item.kind == "progress":
        return say("Progress entered")
    return say(DEEDS[item.text], name=name) if item.text in DEEDS else item.text


def _shows_progress(record: Record, me: Id) -> bool:
    held = record.relationship(me)
    return record.client == me or (held is not None and held.consent.see_progress)


def _withheld(reader: Reader, item: Item) -> str:
    """Why nothing is said of what a card is about, as far as that is known here."""
    mine, theirs = reader.record(reader.me), reader.record(reader.other)
    row = None if theirs is None else theirs.relationship(reader.me)
    if row is None:
        coached = mine is not None and reader.other is not None and mine.relationship(reader.other) is not None
        if reader.hides_records and not coached:
            return say("Not shown until there is a connection again: there has been none for a day.")
        return say("What this is about is not here.")
    name = reader.name(row.client)
    if row.state == "ended":
        return say("Not shown to you any more: the coaching of {name} has ended.", name=name)
    if not row.consent.see_goals:
        return say("Not shown to you any more: {name} does not share goals with you.", name=name)
    if item.kind == "progress" and not row.consent.see_progress:
        return say("Not shown to you any more: {name} does not share progress with you.", name=name)
    return say("What this is about is not here.")


def _found(reader: Reader, item: Item) -> tuple[Record | None, Course | None]:
    """What a card is about: in a conversation of two it is in the record of one of them."""
    near = (reader.me, reader.other)
    for record in reader.records:
        if item.goal is None or (reader.other is not None and record.client not in near):
            continue
        if (course := record.goal(item.goal)) is not None:
            return record, course
    return None, None


def _day(record: Record | None, item: Item) -> str:
    if item.day is None:
        return ""
    return goal_words.day(item.day, item.day if record is None else record.today)


def _goal(reader: Reader, record: Record, course: Course, item: Item, deed: str) -> Told:
    version = _version(course, item)
    lines = [_title(course, version)]
    if item.text in WITH_TERMS and version is not None:
        lines += [f"• {line}" for line in goal_words.terms(version.terms, record.today)]
        lines.append(goal_words.dates(version.terms, record.today))
    waits = version is not None and course.goal.pending == version.id and course.goal.turn == reader.me
    asks = waits and not record.unsent(course.goal.id)
    if asks:
        lines.append(say("Waits for your answer"))
    return Told(deed, tuple(lines), Card(record.client, course.goal.id, asks=asks))


def _title(course: Course, version: GoalVersion | None) -> str:
    named = "" if version is None else version.terms.title
    return named or say(goal_words.KIND_WORDS[course.goal.kind])


def _version(course: Course, item: Item) -> GoalVersion | None:
    """The terms a card is about: those said in the same moment, else those that stand; None: none are here."""
    said = [version for version in course.versions if version.at == item.at and version.author == item.author]
    standing = [version for version in course.versions if version.id == course.goal.version]
    return next(iter((*said, *standing, *course.versions)), None)


def _progress(reader: Reader, record: Record, course: Course, item: Item, deed: str) -> Told:
    if item.day is None:
        return Told(deed, (), Card(record.client, course.goal.id))
    lines = tuple(_entries(reader, record, course, item.day)) or (say("Taken back"),)
    head = _title(course, course.terms_on(item.day))
    verdict = day_verdict(course, record.excuses, item.day, record.today)
    if verdict.mark not in ("none", "open"):
        head = say("{goal}: {mark}", goal=head, mark=say(goal_words.MARK_WORDS[verdict.mark]).lower())
    return Told(deed, (head, *lines), Card(record.client, course.goal.id, verdict.mark))


def _entries(reader: Reader, record: Record, course: Course, day: Date) -> Iterator[str]:
    """What was entered for a day, a line each; who did, where it was not the client."""
    for entry in course.by_day.get(day, ()):
        said = entry.current.row
        values = ", ".join(goal_words.measure(measure) for measure in said.measures)
        by = goal_words.recorded_by(said.author, record.client, reader.me, reader.name)
        yield " · ".join(part for part in (values, said.note, by) if part)
