"""Cards: what a timeline says of goals and progress. They hold nothing themselves; the record fills them. Pure.

A card whose record or goal is not here, or not shown now, says only that: consent was withdrawn, or nobody has been
able to ask for a day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from coachline_core.client import Record
from coachline_core.domain.course import Course
from coachline_core.domain.timeline import Item
from coachline_core.domain.verdicts import day_verdict
from coachline_protocol.rows import GoalVersion, Id

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


@dataclass(frozen=True, slots=True)
class Told:
    """A card in words: what was done, by whom, and lines of what about."""

    deed: str
    lines: tuple[str, ...]
    card: Card

    @property
    def text(self) -> str:
        """All of it, the deed first and strong."""
        return "\n".join([f"**{self.deed}**", *self.lines])


def tell(records: Sequence[Record], item: Item, *, me: Id | None, name: str) -> Told:
    """A `goal` or `progress` item in words; `name` is its author's."""
    if item.kind == "progress":
        deed = say("Progress") if item.day is None else say("Progress on {day}", day=_day(records, item))
    else:
        deed = say(DEEDS[item.text], name=name) if item.text in DEEDS else item.text
    record, course = _found(records, item)
    if record is None or course is None or (item.kind == "progress" and not _shows_progress(record, me)):
        # Without its entries every day would be judged as not kept.
        return Told(deed, (say("Not shown to you."),), Card())
    if item.kind == "progress":
        return _progress(record, course, item, deed)
    return _goal(record, course, item, deed, me)


def preview(item: Item, name: str) -> str:
    """A card in the list of conversations: without anything of the record."""
    if item.kind == "progress":
        return say("Progress entered")
    return say(DEEDS[item.text], name=name) if item.text in DEEDS else item.text


def _shows_progress(record: Record, me: Id | None) -> bool:
    held = None if me is None else record.relationship(me)
    return record.client == me or (held is not None and held.consent.see_progress)


def _found(records: Sequence[Record], item: Item) -> tuple[Record | None, Course | None]:
    for record in records:
        if item.goal is not None and (course := record.goal(item.goal)) is not None:
            return record, course
    return None, None


def _day(records: Sequence[Record], item: Item) -> str:
    if item.day is None:
        return ""
    record, _ = _found(records, item)
    return goal_words.day(item.day, item.day if record is None else record.today)


def _goal(record: Record, course: Course, item: Item, deed: str, me: Id | None) -> Told:
    version = _version(course, item)
    title = version.terms.title or say(goal_words.KIND_WORDS[course.goal.kind])
    lines = [title]
    if item.text in WITH_TERMS:
        lines += [f"- {line}" for line in goal_words.terms(version.terms, record.today)]
        lines.append(goal_words.dates(version.terms, record.today))
    asks = course.goal.pending == version.id and course.goal.turn == me
    if asks:
        lines.append(say("Waits for your answer"))
    return Told(deed, tuple(lines), Card(record.client, course.goal.id, asks=asks))


def _version(course: Course, item: Item) -> GoalVersion:
    """The terms a card is about: those said in the same moment, else those that stand."""
    said = [version for version in course.versions if version.at == item.at and version.author == item.author]
    standing = [version for version in course.versions if version.id == course.goal.version]
    return (*said, *standing, *course.versions)[0]


def _progress(record: Record, course: Course, item: Item, deed: str) -> Told:
    if item.day is None:
        return Told(deed, (), Card(record.client, course.goal.id))
    entries = course.by_day.get(item.day, ())
    lines = []
    for entry in entries:
        values = ", ".join(goal_words.measure(measure) for measure in entry.current.row.measures)
        lines.append(" · ".join(part for part in (values, entry.current.row.note) if part))
    version = course.terms_on(item.day)
    title = version.terms.title if version is not None else ""
    head = title or say(goal_words.KIND_WORDS[course.goal.kind])
    verdict = day_verdict(course, record.excuses, item.day, record.today)
    if verdict.mark not in ("none", "open"):
        head = say("{goal}: {mark}", goal=head, mark=say(goal_words.MARK_WORDS[verdict.mark]).lower())
    return Told(deed, (head, *(lines or [say("Taken back")])), Card(record.client, course.goal.id, verdict.mark))
