"""What the script of the month says of coaching, in the form that the head of `month.txt` describes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from coachline_core.domain.goals import suggestions
from coachline_protocol.rows import Consent, GoalKind, Measure, Target

Reason = Literal["ill", "injured", "holiday", "travel"]


@dataclass(frozen=True, slots=True)
class Sets:
    """A goal: the client's own (`sets`), one that holds at once (`assigns`), or one to be answered (`proposes`)."""

    verb: Literal["sets", "assigns", "proposes"]
    name: str
    """What the goal goes by in the rest of the client's month."""
    kind: GoalKind
    amounts: tuple[str, ...]
    title: str


@dataclass(frozen=True, slots=True)
class Counters:
    """Other amounts for what was proposed."""

    name: str
    amounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Accepts:
    """Yes to what was proposed."""

    name: str


@dataclass(frozen=True, slots=True)
class Finishes:
    """The goal is done."""

    name: str


@dataclass(frozen=True, slots=True)
class Enters:
    """What was done that day: goals by name, with their amounts."""

    entries: tuple[tuple[str, tuple[str, ...]], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Excuses:
    """Days of the month, both included, that are not to be held against the client."""

    first: int
    last: int
    reason: Reason
    note: str = ""


@dataclass(frozen=True, slots=True)
class Consents:
    """What the trainer may see and do from now on."""

    consent: Consent


Deed = Sets | Counters | Accepts | Finishes | Enters | Excuses | Consents

_GOAL: Final = re.compile(
    r"(?P<verb>sets|assigns|proposes) (?P<name>\w+) (?P<kind>\w+) (?P<amounts>[\d. ]+): (?P<title>.+)"
)
_COUNTERS: Final = re.compile(r"counters (?P<name>\w+) (?P<amounts>[\d. ]+)")
_ANSWERS: Final = re.compile(r"(?P<verb>accepts|finishes) (?P<name>\w+)")
_ENTERS: Final = re.compile(r"enters (?P<entries>\w+ [\d. ]+(?:, \w+ [\d. ]+)*)(?:: (?P<note>.+))?")
_EXCUSES: Final = re.compile(r"excuses day (?P<first>\d+) to (?P<last>\d+), (?P<reason>\w+)(?:: (?P<note>.+))?")
_CONSENTS: Final = re.compile(r"consents to (?P<words>\w+(?:, \w+)*)")
_CONSENT: Final = {
    "goals": "see_goals",
    "progress": "see_progress",
    "recording": "record_progress",
    "presence": "see_presence",
}


def parse_deed(words: str) -> Deed | None:
    """What somebody does, or None if the words mean nothing."""
    if (found := _GOAL.fullmatch(words)) and (kind := _kind(found["kind"])):
        for verb in ("sets", "assigns", "proposes"):
            if found["verb"] == verb:
                return Sets(verb, found["name"], kind, tuple(found["amounts"].split()), found["title"])
    if found := _COUNTERS.fullmatch(words):
        return Counters(found["name"], tuple(found["amounts"].split()))
    if found := _ANSWERS.fullmatch(words):
        return Accepts(found["name"]) if found["verb"] == "accepts" else Finishes(found["name"])
    if found := _ENTERS.fullmatch(words):
        said = [entry.split() for entry in found["entries"].split(", ")]
        return Enters(tuple((name, tuple(amounts)) for name, *amounts in said), found["note"] or "")
    if (found := _EXCUSES.fullmatch(words)) and (reason := _reason(found["reason"])):
        return Excuses(int(found["first"]), int(found["last"]), reason, found["note"] or "")
    if found := _CONSENTS.fullmatch(words):
        return _consents(found["words"].split(", "))
    return None


def is_told(deed: Deed | None) -> bool:
    """Whether a card tells the other side of it that counts as unread: a goal's deed does, unless it is one's own."""
    match deed:
        case Sets(verb=verb):
            return verb != "sets"
        case Counters() | Accepts() | Finishes():
            return True
        case _:
            return False


def targets(kind: GoalKind, amounts: Sequence[str]) -> tuple[Target, ...]:
    """What an editor would suggest for a goal of this kind, with these amounts, in its order."""
    return tuple(each.target(amount) for each, amount in zip(suggestions(kind), amounts, strict=False))


def measures(kind: GoalKind, amounts: Sequence[str]) -> tuple[Measure, ...]:
    """The same for an entry."""
    offered = zip(suggestions(kind), amounts, strict=False)
    return tuple(Measure(metric=each.metric, unit=each.unit, amount=amount) for each, amount in offered)


def _consents(words: Sequence[str]) -> Consents | None:
    setting: Literal["none", "propose", "assign"] = "none"
    if "proposing" in words:
        setting = "propose"
    if "assigning" in words:
        setting = "assign"
    plain = [word for word in words if word not in ("proposing", "assigning")]
    if any(word not in _CONSENT for word in plain):
        return None
    return Consents(Consent(set_goals=setting, **{_CONSENT[word]: True for word in plain}))


def _kind(word: str) -> GoalKind | None:
    kinds: tuple[GoalKind, ...] = get_args(GoalKind)
    return next((kind for kind in kinds if kind == word), None)


def _reason(word: str) -> Reason | None:
    reasons: tuple[Reason, ...] = get_args(Reason)
    return next((reason for reason in reasons if reason == word), None)
