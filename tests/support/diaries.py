"""Goals as they might go, drawn by Hypothesis: versions, phases, excuses, entries and corrections, around June 2026."""

from typing import Literal, get_args

from hypothesis import strategies as st
from support.courses import REASONS, Diary, Phase, State, targets

LAST: int = 24
"""Entries and excuses lie on the days 0 … LAST: two weeks would hide what goes wrong at their edges."""

GOALS: dict[str, tuple[list[str], list[str]]] = {
    "nutrition": (
        ["energy hold 2090..2310 kcal day; protein up 160 g day", "energy down 15400 kcal week; fat down 70 g day"],
        ["2200", "1100", "2400 + 160 protein", "9204.8 kJ", "600 + 80.5 protein + 35 fat", "2600 + 75 fat"],
    ),
    "steps": (
        [
            "steps up 10000 steps day; steps up 70000 steps week",
            "steps up 200000 steps total",
            "steps down 9000 steps day",
        ],
        ["10000", "4999", "5000", "20000", "1"],
    ),
    "sessions": (
        ["sessions up 3 sessions week", "sessions up 5 sessions week", "sessions down 2 sessions week"],
        ["1", "2", "0"],
    ),
    "habit": (
        ["done up 5 days week", "done down 2 days week", "done up 1 days day", "done down 0 days day"],
        ["1", "0"],
    ),
    "distance": (
        [
            "distance up 20 km week",
            "distance hold 20..30 km week",
            "distance up 100 km total",
            "distance down 9 km week",
        ],
        ["5", "7.125", "10 mi", "400 m", "22"],
    ),
    "body": (
        ["weight down 80 kg week; weight hold 78..82 kg day", "weight down 75 kg total", "waist down 85 cm week"],
        ["80", "81.5", "77", "176 lb", "83.3 + 85 waist", "74.9 + 34 in waist"],
    ),
    "strength": (
        [
            "load up 100 kg week x5; load up 60 kg day",
            "load up 120 kg total",
            "reps up 10 reps week; load down 80 kg week",
        ],
        ["100 load + 5 reps", "100 load", "95 load + 8 reps", "62.5 load", "12 reps", "220.5 lb load + 5 reps"],
    ),
    "rating": (
        ["rating_5 up 4 points week", "rating_5 down 2 points day; rating_5 up 3.5 points total"],
        ["1", "3", "4", "5"],
    ),
    "free": ([""], ["-"]),
}

DAYS = st.integers(0, LAST)
Change = tuple[Literal["version"], str, int, int | None, State, bool] | tuple[Literal["phase"], Phase, int]


def changes(kind: str, first: st.SearchStrategy[int]) -> st.SearchStrategy[Change]:
    """What may be changed of a goal from a day on."""
    words, _ = GOALS[kind]
    version: st.SearchStrategy[Change] = st.tuples(
        st.just("version"),
        st.sampled_from(words),
        first,
        st.none() | st.integers(0, 40),
        st.sampled_from(["accepted", "accepted", "accepted", *get_args(State)]),
        st.booleans(),
    )
    phase: st.SearchStrategy[Change] = st.tuples(
        st.just("phase"), st.sampled_from(["active", "paused", "active", "paused", *get_args(Phase)]), first
    )
    return version | phase


def change(diary: Diary, what: Change) -> None:
    """Say a change; a version that is due `due` days after it begins."""
    match what:
        case ("version", words, first, due, state, mutual):
            diary.version(words, first, due=None if due is None else first + due, state=state, mutual=mutual)
        case ("phase", state, since):
            diary.phase(state, since)


@st.composite
def diaries(draw: st.DrawFn) -> tuple[str, Diary]:
    """A goal's kind, and the goal as it went."""
    kind = draw(st.sampled_from(sorted(GOALS)))
    words, said = GOALS[kind]
    diary = Diary()
    diary.version(draw(st.sampled_from(words)), draw(st.integers(-3, 12)), due=draw(st.none() | st.integers(5, 30)))
    # Entries name their units by themselves, and their metric where a kind has several.
    diary.asked = tuple(one for each in words for one in targets(each))
    for what in draw(st.lists(changes(kind, DAYS), max_size=3)):
        change(diary, what)
    for number in draw(st.lists(DAYS, max_size=14)):
        row = diary.entry(number, draw(st.sampled_from(said)))
        if draw(st.integers(0, 5)) == 0:
            diary.entry(number, draw(st.sampled_from(["-", *said])), entry=row.id)
    for first in draw(st.lists(DAYS, max_size=2)):
        diary.excuse(
            draw(st.sampled_from(REASONS)), first, first + draw(st.integers(0, 6)), withdrawn=draw(st.booleans())
        )
    return kind, diary
