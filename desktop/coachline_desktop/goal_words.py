"""How goals, amounts and verdicts are said: the coaching half of `words`. Pure."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from coachline_core.domain.amounts import Point, format_amount, rounded
from coachline_core.domain.course import Standing
from coachline_core.domain.marks import Mark, TargetVerdict
from coachline_core.domain.metrics import METRICS
from coachline_core.domain.roster import Where, keeps_pace
from coachline_protocol.rows import Amount, Consent, Id, Measure, Target, Terms
from PySide6.QtCore import QDate, QLocale

from coachline_desktop.words import plural, say

METRIC_WORDS: Final = {
    "energy": "Energy",
    "protein": "Protein",
    "carbohydrate": "Carbohydrate",
    "fat": "Fat",
    "fibre": "Fibre",
    "water": "Water",
    "weight": "Weight",
    "body_fat": "Body fat",
    "waist": "Waist",
    "hips": "Hips",
    "chest": "Chest",
    "upper_arm": "Upper arm",
    "thigh": "Thigh",
    "calf": "Calf",
    "load": "Load",
    "reps": "Repetitions",
    "distance": "Distance",
    "duration": "Time",
    "steps": "Steps",
    "sessions": "Sessions",
    "done": "Done",
    "rating_5": "Rating, 1 to 5",
    "rating_10": "Rating, 1 to 10",
}
KIND_WORDS: Final = {
    "nutrition": "Nutrition",
    "body": "Body",
    "strength": "Strength",
    "distance": "Distance",
    "duration": "Time",
    "steps": "Steps",
    "sessions": "Sessions",
    "habit": "Habit",
    "rating": "Rating",
    "free": "In words",
}
UNIT_WORDS: Final = {"points": "", "steps": "", "sessions": "", "reps": "×", "days": ""}
"""Units that go without saying; all others are written as they are called."""
PER_WORDS: Final = {"day": "a day", "week": "a week", "total": "in all"}
MEAN_WORDS: Final = {"day": "each day", "week": "on average each week", "total": "on average in all"}
STATE_WORDS: Final = {"day": "each day", "week": "each week", "total": ""}
"""How often what does not pile up is asked: what is averaged, and what simply is so, like a weight."""
MARK_WORDS: Final[dict[Mark, str]] = {
    "met": "Kept",
    "partly": "Partly kept",
    "missed": "Not kept",
    "open": "Not over yet",
    "excused": "Excused",
    "none": "Nothing asked",
}
STANDING_WORDS: Final[dict[Standing, str]] = {
    "before": "Not begun",
    "active": "Active",
    "paused": "Paused",
    "done": "Done",
    "missed": "Missed",
    "cancelled": "Cancelled",
    "after": "Past its due date",
}
WHERE_WORDS: Final[dict[Where, str]] = {
    "on": "On course",
    "off": "Off course",
    "no_data": "Nothing entered",
    "nothing": "No active goals",
}
Permission = Literal["presence", "goals", "propose", "assign", "progress", "record"]
PERMISSION_WORDS: Final[dict[Permission, tuple[str, str]]] = {
    "presence": ("See when I am online", "See when the client is online"),
    "goals": (
        "See my goals, also those set with other coaches",
        "See the client's goals, also those set with other coaches",
    ),
    "propose": ("Propose goals, which I accept or decline", "Propose goals, which the client accepts or declines"),
    "assign": ("Set goals for me directly", "Set goals for the client directly"),
    "progress": ("See the progress I record, and my excuses", "See the progress the client records, and excuses"),
    "record": ("Record progress for me, which then shows", "Record progress for the client, which then shows"),
}
"""What a client may let a coach see and do, as the client reads it and as the coach does."""
REASON_WORDS: Final = {"ill": "Ill", "injured": "Injured", "holiday": "On holiday", "travel": "Travelling"}


def point() -> Point:
    """The mark before the decimals where this person lives."""
    return "," if QLocale().decimalPoint() == "," else "."


def amount(text: Amount) -> str:
    """An amount as it is read."""
    shown: str = format_amount(text, point=point(), group=QLocale().groupSeparator())
    return shown


def number(value: Fraction, metric: str, unit: str, coarse: int = 0) -> str:
    """A computed value, to the decimals of its unit less `coarse`, without needless zeros."""
    text = rounded(value, max(METRICS[metric].units[unit].decimals - coarse, 0))
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return amount(text)


def unit_words(unit: str) -> str:
    """What a unit is called; empty where it goes without saying."""
    return UNIT_WORDS.get(unit, unit)


def with_unit(words: str, unit: str) -> str:
    """A number with its unit, where the unit says something."""
    shown = unit_words(unit)
    return say("{number} {unit}", number=words, unit=shown) if shown else words


def metric(name: str) -> str:
    """What is measured."""
    return say(METRIC_WORDS[name])


def bounds(target: Target) -> str:
    """What a target asks, without how often: at least 160 g, 2,090–2,310 kcal."""
    low = amount(target.amount)
    match target.direction:
        case "up":
            words = say("at least {amount}", amount=with_unit(low, target.unit))
        case "down":
            words = say("at most {amount}", amount=with_unit(low, target.unit))
        case _:
            high = with_unit(amount(target.upper or target.amount), target.unit)
            words = say("{low} to {high}", low=low, high=high)
    if target.reps is None:
        return words
    return plural("{amount}, once", "{amount}, %n times", target.reps).format(amount=words)


def asked(target: Target, due: date | None = None, today: date = date.min) -> str:
    """What a target asks and how often: at least 160 g a day; on at least 3 days a week; at most 78 kg by 7 December.

    `due` is when a target in total is looked at, if it is; the year is said where it is not that of `today`.
    """
    if target.metric == "done":
        if target.per == "day":
            return say("every day")
        return plural("on at least %n day {per}", "on at least %n days {per}", int(Decimal(target.amount))).format(
            per=say(PER_WORDS[target.per])
        )
    if target.per == "total" and METRICS[target.metric].total in ("last", "best"):
        return bounds(target) if due is None else say("{bounds} by {day}", bounds=bounds(target), day=day(due, today))
    return say("{bounds} {per}", bounds=bounds(target), per=often(target))


def often(target: Target) -> str:
    """How often: what piles up is asked a day, a week or in all; what is averaged, on average."""
    across = METRICS[target.metric].total if target.per == "total" else METRICS[target.metric].week
    words = {"sum": PER_WORDS, "mean": MEAN_WORDS}.get(across, STATE_WORDS)
    return say(words[target.per])


def terms(said: Terms, today: date) -> tuple[str, ...]:
    """Terms, a line for each target."""
    return tuple(_term(target, asked(target, said.due, today)) for target in said.targets)


def _term(target: Target, words: str) -> str:
    if target.metric == "done":
        return say("Done {often}", often=words)
    return say("{metric}: {asked}", metric=metric(target.metric), asked=words)


def dates(said: Terms, today: date) -> str:
    """From when to when terms hold."""
    begins = day(said.start, today)
    if said.due is None:
        return say("from {day} on", day=begins)
    return say("{first} to {last}", first=begins, last=day(said.due, today))


def day(on: date, today: date) -> str:
    """A day in a sentence: 3 May, and the year where it is another."""
    form = say("d MMMM") if on.year == today.year else say("d MMMM yyyy")
    return QLocale().toString(QDate(on.year, on.month, on.day), form)


def measure(said: Measure) -> str:
    """A value that was entered."""
    if said.metric == "done":
        return say("Done") if Decimal(said.amount) else say("Not done")
    return say("{metric} {amount}", metric=metric(said.metric), amount=with_unit(amount(said.amount), said.unit))


def recorded_by(author: Id, client: Id, me: Id | None, name: Callable[[Id], str]) -> str:
    """Who entered something for a client; empty where he did himself."""
    if author == client:
        return ""
    return say("recorded by you") if author == me else say("recorded by {name}", name=name(author))


def so_far(verdict: TargetVerdict) -> str:
    """What there is towards a target, beside what is asked; empty without an entry."""
    target = verdict.target
    if verdict.value is None or target.metric == "done":
        return ""
    value = with_unit(number(verdict.value, target.metric, target.unit), target.unit)
    if target.direction == "up" and verdict.lower is not None and verdict.value < verdict.lower:
        left = number(verdict.lower - verdict.value, target.metric, target.unit)
        return say("{value} so far, {left} to go", value=value, left=with_unit(left, target.unit))
    return value


def in_total(verdict: TargetVerdict) -> str:
    """How a target in total stands: Weight: 79.9 kg, 1.9 kg to go. A steady course would be at 79.4 kg now."""
    target = verdict.target

    def amount_of(value: Fraction, *, coarse: int = 0) -> str:
        return with_unit(number(value, target.metric, target.unit, coarse), target.unit)

    if target.metric == "done":
        done = plural("done on %n day", "done on %n days", int(verdict.value or 0))
        parts = [say("{done} of {asked}", done=done, asked=amount(target.amount))]
    elif verdict.value is None:
        parts = [say("nothing entered")]
    else:
        parts = [amount_of(verdict.value)]
        beyond = [bound - verdict.value for bound in (verdict.lower, verdict.upper) if bound is not None]
        left = beyond[0] if verdict.side == "below" else -beyond[-1]
        if verdict.side not in (None, "within") and (verdict.side == "below" or not METRICS[target.metric].counted):
            parts.append(say("{left} to go", left=amount_of(left)))
    words = say("{metric}: {value}", metric=metric(target.metric), value=", ".join(parts))
    if verdict.pace is None or verdict.mark != "open" or not verdict.pace:
        return words
    return say("{words}. A steady course would be at {pace} now.", words=words, pace=amount_of(verdict.pace, coarse=1))


def pace_words(verdicts: Sequence[TargetVerdict]) -> str:
    """How what is asked in total goes, in a word or two; the one that is worst says it."""
    marks = {verdict.mark for verdict in verdicts}
    if not verdicts or marks == {"none"}:
        return ""
    if "missed" in marks:
        return say("Not reached")
    if marks <= {"met", "none"}:
        return say("Reached")
    if "open" not in marks:
        return say("Nearly reached")
    if all(verdict.value is None for verdict in verdicts):
        return say("Nothing entered")
    behind = not all(keeps_pace(verdict) for verdict in verdicts if verdict.mark == "open")
    return say("Behind a steady course") if behind else say("On course")


def judged(verdict: TargetVerdict, today: date) -> str:
    """One target's verdict with the rule behind it: Protein 148 of at least 160 g a day: partly kept."""
    target = verdict.target
    value = (
        say("nothing entered")
        if verdict.value is None
        else with_unit(number(verdict.value, target.metric, target.unit), target.unit)
    )
    rule = asked(target, verdict.last, today)
    if verdict.asked < verdict.days and verdict.asked:
        rule = say("{rule}, reduced to {asked} of {days} days", rule=rule, asked=verdict.asked, days=verdict.days)
    return say(
        "{metric}: {value}; asked {rule}: {mark}",
        metric=metric(target.metric),
        value=value,
        rule=rule,
        mark=say(MARK_WORDS[verdict.mark]).lower(),
    )


def permission(name: Permission, *, mine: bool) -> str:
    """What a client is asked, and what is told of his answer ever after; `mine`: I am the client."""
    of_mine, of_his = PERMISSION_WORDS[name]
    return say(of_mine if mine else of_his)


def consents(consent: Consent, *, mine: bool) -> tuple[str, ...]:
    """What a trainer can see and do, in the order in which it is asked; words that say so if it is nothing."""
    given: dict[Permission, bool] = {
        "presence": consent.see_presence,
        "goals": consent.see_goals,
        "propose": consent.set_goals == "propose",
        "assign": consent.set_goals == "assign",
        "progress": consent.see_progress,
        "record": consent.record_progress,
    }
    found = tuple(permission(name, mine=mine) for name, on in given.items() if on)
    return found or (say("Nothing but the conversation"),)


def agreement(name: str, *, mine: bool) -> str:
    """What the page is called on which a coaching relationship stands. `mine`: I am the client, `name` the coach."""
    if mine:
        return say("What {name} can see and do", name=name)
    return say("What you can see and do for {name}", name=name)


def weekday(on: date) -> str:
    """A day with its name: Monday, 3 May."""
    return QLocale().toString(QDate(on.year, on.month, on.day), say("dddd, d MMMM"))
