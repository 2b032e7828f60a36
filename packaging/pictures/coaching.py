"""A month of coaching as the window's values: goals, entries, excuses and consents of the cast, judged by the rules."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from hashlib import blake2b

from coachline_core.client import ConnectionState, Record
from coachline_core.domain.course import courses
from coachline_core.domain.goals import suggestions
from coachline_core.domain.timeline import Item
from coachline_desktop import client_page, present_day, present_goals
from coachline_desktop.goal_state import GoalsState
from coachline_desktop.present import Known
from coachline_protocol import ops
from coachline_protocol.rows import (
    AnyRow,
    Consent,
    Date,
    Excuse,
    Goal,
    GoalKind,
    GoalPhase,
    GoalVersion,
    Id,
    Measure,
    MessageKind,
    Profile,
    Progress,
    Relationship,
    RelationshipStep,
    Target,
    Terms,
)
from demo.month import CLIENTS, TRAINER

from pictures.cast import NAMES, NOW, NOW_MS, ZONE, person_id

TODAY = NOW.date()
DAY_MS = 24 * 60 * 60 * 1000
FULL = Consent(see_goals=True, set_goals="assign", see_progress=True, record_progress=True, see_presence=True)
CONSENTS = {
    "Ben": FULL,
    "Aroha": Consent(see_goals=True, set_goals="propose", see_progress=True, see_presence=True),
    "Tom": Consent(see_goals=True),
}


def _id(*words: object) -> Id:
    return blake2b(repr(words).encode(), digest_size=16).digest()


class Book:
    """The rows of one client's record, in the order in which they were written."""

    def __init__(self, client: str) -> None:
        self.client, self.me = client, person_id(client)
        self.rows: list[AnyRow] = []
        self._chance = random.Random(client)
        consent = CONSENTS[client]
        began = NOW_MS - 40 * DAY_MS
        self.relationship = Relationship(
            rev=self._rev(),
            trainer=person_id(TRAINER),
            client=self.me,
            state="active",
            since=began,
            consent=consent,
        )
        self.rows.append(self.relationship)
        least = Consent(see_presence=True)
        for n, (deed, said) in enumerate((("begun", least), ("consent", consent))):
            self.rows.append(
                RelationshipStep(
                    rev=self._rev(),
                    id=_id(client, "step", n),
                    trainer=person_id(TRAINER),
                    by=self.me,
                    at=began + n * DAY_MS,
                    deed="begun" if deed == "begun" else "consent",
                    consent=said,
                )
            )

    def _rev(self) -> int:
        return len(self.rows) + 1

    def goal(
        self,
        kind: GoalKind,
        title: str,
        targets: Sequence[Target],
        start: Date,
        *,
        by: str = TRAINER,
        days: int = 56,
        note: str = "",
    ) -> Id:
        """A goal that was assigned."""
        goal = _id(self.client, title)
        version = self._version(
            goal,
            by,
            Terms(title=title, targets=tuple(targets), start=start, due=start + timedelta(days), note=note),
            start,
        )
        at = version.at
        self.rows.append(
            Goal(
                rev=self._rev(),
                id=goal,
                author=person_id(by),
                kind=kind,
                state="active",
                version=version.id,
                created_at=at,
            )
        )
        self.rows.append(version)
        return goal

    def _version(self, goal: Id, by: str, terms: Terms, effective: Date) -> GoalVersion:
        at = NOW_MS - (TODAY - effective).days * DAY_MS
        return GoalVersion(
            rev=self._rev() + 1,
            id=_id(goal, effective, terms.title),
            goal=goal,
            author=person_id(by),
            at=at,
            terms=terms,
            state="accepted",
            effective=effective,
            decided_at=at,
        )

    def change(self, goal: Id, targets: Sequence[Target], effective: Date) -> None:
        """Other targets from a day on."""
        held = next(row for row in self.rows if isinstance(row, GoalVersion) and row.goal == goal)
        terms = Terms(title=held.terms.title, targets=tuple(targets), start=held.terms.start, due=held.terms.due)
        self.rows.append(self._version(goal, TRAINER, terms, effective))

    def propose(self, kind: GoalKind, title: str, targets: Sequence[Target], note: str) -> None:
        """A goal that waits for the client's answer."""
        goal, version = _id(self.client, title), _id(self.client, title, "version")
        terms = Terms(title=title, targets=tuple(targets), start=TODAY, due=TODAY + timedelta(28), note=note)
        trainer = person_id(TRAINER)
        self.rows.append(
            Goal(
                rev=self._rev(),
                id=goal,
                author=trainer,
                kind=kind,
                state="proposed",
                version=version,
                pending=version,
                turn=self.me,
                created_at=NOW_MS,
            )
        )
        self.rows.append(
            GoalVersion(
                rev=self._rev(),
                id=version,
                goal=goal,
                author=trainer,
                at=NOW_MS,
                terms=terms,
                state="proposed",
                effective=TODAY,
            )
        )

    def entry(self, goal: Id, day: date, *measures: Measure, note: str = "", by: str = "") -> None:
        """Something entered for a day."""
        id = _id(goal, day, measures)
        self.rows.append(
            Progress(
                rev=self._rev(),
                id=id,
                entry=id,
                goal=goal,
                author=person_id(by or self.client),
                at=NOW_MS - (TODAY - day).days * DAY_MS,
                day=day,
                zone=ZONE.key,
                measures=measures,
                note=note,
            )
        )

    def about(self, middle: float, spread: float, places: int = 0) -> str:
        """An amount near another, the same in every run."""
        value = round(self._chance.gauss(middle, spread), places)
        return f"{value:.{places}f}"

    def often(self, share: float) -> bool:
        """Whether something was done that is done so often."""
        return self._chance.random() < share

    def excuse(self, first: date, last: date) -> None:
        """Ill for some days."""
        self.rows.append(
            Excuse(
                rev=self._rev(),
                id=_id(self.client, first),
                author=self.me,
                at=NOW_MS,
                first=first,
                last=last,
                reason="ill",
                note="A cold",
            )
        )

    def end(self, goal: Id) -> None:
        """Done, some days ago."""
        since = TODAY - timedelta(5)
        self.rows.append(
            GoalPhase(
                rev=self._rev(),
                id=_id(goal, "done"),
                goal=goal,
                state="done",
                since=since,
                by=self.me,
                at=NOW_MS - 5 * DAY_MS,
            )
        )

    def record(self) -> Record:
        """The record as a session shows it."""
        rows = self.rows
        return Record(
            client=self.me,
            zone=ZONE.key,
            today=TODAY,
            relationships=(self.relationship,),
            steps=tuple(row for row in rows if isinstance(row, RelationshipStep)),
            goals=courses(rows),
            excuses=tuple(row for row in rows if isinstance(row, Excuse)),
        )


def nutrition(energy: str, protein: str, carbohydrate: str, fat: str) -> list[Target]:
    """What a nutrition goal asks a day."""
    amounts = (energy, protein, carbohydrate, fat)
    return [suggestion.target(amount) for suggestion, amount in zip(suggestions("nutrition"), amounts, strict=True)]


def _days(first: date) -> Iterator[date]:
    for n in range((TODAY - first).days):
        yield first + timedelta(n)


def ben() -> Book:
    """A month of a client who is on course."""
    book, start = Book("Ben"), TODAY - timedelta(37)
    food = book.goal(
        "nutrition", "", nutrition("2200", "160", "220", "70"), start, note="Same breakfast on training days."
    )
    for day in _days(start):
        if book.often(0.86):
            protein = 168 if day < TODAY - timedelta(13) else 178
            book.entry(
                food,
                day,
                Measure("energy", "kcal", book.about(2200, 75)),
                Measure("protein", "g", book.about(protein, 9)),
                Measure("carbohydrate", "g", book.about(221, 12)),
                Measure("fat", "g", book.about(70, 4)),
            )
    book.change(food, nutrition("2200", "175", "215", "68"), TODAY - timedelta(13))
    weight = book.goal("body", "Weight by Christmas", [suggestions("body")[0].target("78")], start)
    for n, day in enumerate(_days(start)):
        if n % 3 == 0:
            book.entry(weight, day, Measure("weight", "kg", book.about(82.4 - n * 0.07, 0.25, 1)))
    runs = book.goal("sessions", "Three runs a week", [suggestions("sessions")[0].target("3")], start)
    for day in _days(start):
        if day.weekday() in (1, 3, 5) and book.often(0.9):
            book.entry(runs, day, Measure("sessions", "sessions", "1"), note="Hills" if day.weekday() == 3 else "")
    stretch = book.goal("habit", "Ten minutes of mobility", [suggestions("habit")[0].target("1")], start, by="Ben")
    for day in _days(start):
        if book.often(0.7):
            book.entry(stretch, day, Measure("done", "days", "1"))
    book.excuse(TODAY - timedelta(21), TODAY - timedelta(19))
    book.entry(food, TODAY, Measure("energy", "kcal", "1240"), Measure("protein", "g", "96"))
    book.propose(
        "rating",
        "How did you sleep?",
        [suggestions("rating")[0].target("4")],
        "A number every morning, for three weeks.",
    )
    return book


def aroha() -> Book:
    """A client who is off course."""
    book, start = Book("Aroha"), TODAY - timedelta(30)
    steps = book.goal("steps", "Steps", [suggestions("steps")[0].target("9000")], start)
    for day in _days(start):
        if day < TODAY - timedelta(9) or book.often(0.4):
            book.entry(
                steps, day, Measure("steps", "steps", book.about(8200 if day < TODAY - timedelta(9) else 5200, 1200))
            )
    return book


def tom() -> Book:
    """A client who shows goals and no progress."""
    book = Book("Tom")
    book.goal("strength", "Deadlift", [suggestions("strength")[0].target("140")], TODAY - timedelta(20))
    return book


def known(viewer: str) -> Known:
    """What the viewer's session knows of people."""
    people = {person_id(name): _card(name) for name in NAMES if name != viewer}
    roles: tuple[str, ...] = ("trainer",) if viewer == TRAINER else ("client",)
    profile = Profile(
        rev=1,
        handle=viewer.lower(),
        display_name=NAMES[viewer],
        time_zone=ZONE.key,
        roles=("trainer",) if roles == ("trainer",) else ("client",),
    )
    books = [ben(), aroha(), tom()]
    return Known(
        now_ms=NOW_MS,
        zone=ZONE,
        connection=ConnectionState("connected", synced=True),
        person=person_id(viewer),
        profile=profile,
        people=people,
        relationships=tuple(book.relationship for book in books if viewer in (TRAINER, book.client)),
    )


def _card(name: str) -> ops.Person:
    return ops.Person(
        id=person_id(name),
        handle=name.lower(),
        display_name=NAMES[name],
        time_zone=ZONE.key,
        roles=("trainer",) if name == TRAINER else ("client",),
    )


def records_of(viewer: str) -> list[Record]:
    """The records before the viewer."""
    books = {name: book() for name, book in zip(CLIENTS, (ben, aroha, tom), strict=False)}
    return [book.record() for name, book in books.items() if viewer in (TRAINER, name)]


def told(client: str) -> list[Item]:
    """Cards as they stand in a client's timeline, of his record as it is."""
    (record,) = [record for record in records_of(TRAINER) if record.client == person_id(client)]
    goal, day = record.goals[0].goal, TODAY - timedelta(1)
    asked = [course.goal for course in record.goals if course.goal.pending is not None]
    deeds = [
        _card_item(client, "goal", goal.author, goal.id, NOW_MS - 39 * DAY_MS, "assigned"),
        _card_item(client, "progress", record.client, goal.id, NOW_MS - DAY_MS, day=day),
    ]
    return deeds + [_card_item(client, "goal", goal.author, goal.id, NOW_MS, "proposed") for goal in asked]


def _card_item(
    client: str, kind: MessageKind, author: Id, goal: Id, at: int, deed: str = "", day: date | None = None
) -> Item:
    id = _id(client, kind, goal, at)
    return Item(id=id, author=author, kind=kind, text=deed, state="read", seq=1, at=at, goal=goal, day=day)


def goals(viewer: str, *, opened: str = "") -> GoalsState:
    """All of coaching before the viewer; `opened`: whose page."""
    records = records_of(viewer)
    knows = known(viewer)
    mine = next((record for record in records if record.client == knows.person), None)
    shown = next((record for record in records if record.client == person_id(opened)), None) if opened else None
    return GoalsState(
        today=() if mine is None else present_day.goals_of_day(knows, mine, mine.today),
        day=None if mine is None else present_day.day_shown(mine, mine.today),
        proposals=tuple(each for record in records for each in present_goals.proposals(knows, record)),
        roster=present_goals.roster(knows, records),
        agreements=present_goals.agreements(knows, records),
        settable=present_goals.settable(knows, records),
        open=None if shown is None else client_page.client_page(knows, shown),
    )
