"""The month of the demo: what a script may say, and that the one that is played makes sense."""

import re
from collections import Counter
from datetime import UTC, date, time

import pytest
from coachline_core.domain.goals import check_measures, check_terms
from coachline_core.domain.text import normalise_text
from coachline_protocol.rows import Consent, Terms
from demo.deeds import (
    Accepts,
    Consents,
    Counters,
    Deed,
    Enters,
    Excuses,
    Finishes,
    Sets,
    is_told,
    measures,
    parse_deed,
    targets,
)
from demo.month import CLIENTS, TRAINER, Moment, NotAMonth, parse, the_month, unread_at_the_end

A_SCRIPT = """
# words for people
## Ben
day 2
07:30 Maya: Morning: how did it go?
day 1
21:05 Ben: Well
21:06 Maya reads

## Tom
day 1
21:05 Tom: Good evening
""".splitlines()

NAMES_A_DATE = re.compile(
    r"\b(mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(january|february|april|june|july|august|september|october"
    r"|november|december)\b",
    re.IGNORECASE,
)


def test_a_script_is_read_in_the_order_of_time() -> None:
    assert parse(A_SCRIPT) == (
        Moment("Ben", 1, time(21, 5), "Ben", "Well"),
        Moment("Tom", 1, time(21, 5), "Tom", "Good evening"),
        Moment("Ben", 1, time(21, 6), "Maya", ""),
        Moment("Ben", 2, time(7, 30), "Maya", "Morning: how did it go?"),
    )


@pytest.mark.parametrize(
    "wrong", ["7:30 Ben: hello", "07:30 Ben", "07:30 Ben:", "noon Ben: hello", "day one", "07:30 Ben sleeps"]
)
def test_a_line_that_means_nothing_is_named(wrong: str) -> None:
    with pytest.raises(NotAMonth, match=f"line 3: {wrong}"):
        parse(["## Ben", "day 1", wrong])


@pytest.mark.parametrize("before", [[], ["## Ben"], ["## Ben", "day 1", "## Tom"]])
def test_nothing_is_said_outside_a_conversation_and_a_day(before: list[str]) -> None:
    with pytest.raises(NotAMonth):
        parse([*before, "07:30 Maya: hello"])


def test_a_moment_knows_when_it_is_and_who_it_is_for() -> None:
    moment = Moment("Ben", 3, time(7, 30), "Maya", "hello")
    assert moment.when(date(2026, 1, 30), UTC) == 1_769_931_000_000  # 2026-02-01T07:30:00Z
    assert moment.other == "Ben"
    assert Moment("Ben", 3, time(7, 30), "Ben", "hello").other == "Maya"


def test_unread_is_what_came_after_the_last_look() -> None:
    script = parse(["## Ben", "day 1", "07:00 Ben: a", "07:01 Maya reads", "07:02 Ben: b", "07:03 Ben: c"])
    assert unread_at_the_end(script, "Maya", "Ben") == 2
    assert unread_at_the_end(script, "Ben", "Ben") == 0
    assert unread_at_the_end(script, "Maya", "Tom") == 0


def test_everybody_in_the_month_is_somebody() -> None:
    for moment in the_month():
        assert moment.client in CLIENTS
        assert moment.who in (TRAINER, moment.client)


def test_each_conversation_is_written_in_the_order_of_time() -> None:
    moments = the_month()
    for client in CLIENTS:
        times = [(moment.day, moment.at) for moment in moments if moment.client == client]
        assert times == sorted(times)


def test_the_month_is_as_long_as_a_month() -> None:
    moments = the_month()
    assert {moments[0].day, moments[-1].day} == {1, 29}
    assert 200 <= sum(1 for moment in moments if moment.text) <= 250
    said = Counter(moment.client for moment in moments if moment.text)
    assert min(said.values()) >= 25


def test_everything_in_the_month_may_be_said() -> None:
    for moment in the_month():
        if moment.text:
            assert normalise_text(moment.text) == moment.text


def test_nothing_is_said_twice() -> None:
    said = Counter(moment.text for moment in the_month() if moment.text)
    assert [text for text, times in said.items() if times > 1] == []


def test_the_month_fits_whenever_it_is_played() -> None:
    assert [moment.text for moment in the_month() if NAMES_A_DATE.search(moment.text)] == []


def test_the_trainer_finds_something_new_when_the_month_is_over() -> None:
    moments = the_month()
    assert {client: unread_at_the_end(moments, TRAINER, client) for client in CLIENTS} == {
        "Ben": 0,
        "Aroha": 2,
        "Tom": 2,
        "Priya": 0,
        "Jonas": 1,
    }


# -- what is done of coaching ------------------------------------------------------------------------------

DEEDS: dict[str, tuple[Deed, bool]] = {
    "assigns runs sessions 3: Three a week": (Sets("assigns", "runs", "sessions", ("3",), "Three a week"), True),
    "proposes food nutrition 2200 150: Eat": (Sets("proposes", "food", "nutrition", ("2200", "150"), "Eat"), True),
    "sets bed habit 1: In bed": (Sets("sets", "bed", "habit", ("1",), "In bed"), False),
    "counters food 2200 140.5": (Counters("food", ("2200", "140.5")), True),
    "accepts food": (Accepts("food"), True),
    "finishes food": (Finishes("food"), True),
    "enters food 2180 152, bed 1": (Enters((("food", ("2180", "152")), ("bed", ("1",)))), False),
    "enters runs 1: in the rain": (Enters((("runs", ("1",)),), "in the rain"), False),
    "excuses day 11 to 17, ill: Man flu": (Excuses(11, 17, "ill", "Man flu"), False),
    "consents to goals, proposing, presence": (
        Consents(Consent(see_goals=True, set_goals="propose", see_presence=True)),
        False,
    ),
}
MEANINGLESS = [
    "assigns runs knitting 3: Three a week",
    "assigns runs sessions 3",
    "counters food",
    "enters food",
    "excuses day 11 to 17, lazy",
    "consents to everything",
]


@pytest.mark.parametrize("words", DEEDS)
def test_a_deed_is_read_and_either_told_by_a_card_that_counts_or_not(words: str) -> None:
    deed, told = DEEDS[words]
    assert parse_deed(words) == deed
    assert is_told(deed) is told


@pytest.mark.parametrize("words", MEANINGLESS)
def test_a_deed_that_means_nothing_is_none(words: str) -> None:
    assert parse_deed(words) is None
    with pytest.raises(NotAMonth, match="line 3"):
        parse(["## Ben", "day 1", f"07:30 Ben {words}"])


def test_what_was_entered_is_not_looking() -> None:
    script = parse(["## Ben", "day 1", "07:00 Maya: a", "07:01 Ben enters runs 1", "07:02 Ben accepts runs"])
    assert unread_at_the_end(script[:2], "Ben", "Ben") == 1
    assert unread_at_the_end(script, "Ben", "Ben") == 0
    assert unread_at_the_end(script, "Maya", "Ben") == 1


def test_whatever_is_asked_and_entered_in_the_month_can_be() -> None:
    kinds, today = {}, date(2026, 2, 1)
    for moment in the_month():
        match moment.deed:
            case Sets(name=name, kind=kind, amounts=amounts, title=title):
                kinds[moment.client, name] = kind
                assert check_terms(kind, Terms(title=title, targets=targets(kind, amounts), start=today)) is None
            case Counters(name=name, amounts=amounts):
                kind = kinds[moment.client, name]
                assert check_terms(kind, Terms(title="Other", targets=targets(kind, amounts), start=today)) is None
            case Enters(entries=entries):
                for name, amounts in entries:
                    kind = kinds[moment.client, name]
                    asked = targets(kind, amounts)
                    assert len(asked) == len(amounts)
                    assert check_measures(kind, asked, measures(kind, amounts)) is None


def test_the_month_has_everything_of_coaching_in_it() -> None:
    done = Counter(type(moment.deed) for moment in the_month())
    assert (done[Excuses], done[Consents], done[Counters]) == (1, 1, 1)
    assert done[Enters] >= 100
    verbs = Counter(moment.deed.verb for moment in the_month() if isinstance(moment.deed, Sets))
    assert min(verbs["sets"], verbs["assigns"], verbs["proposes"]) >= 2
    entering = {moment.client for moment in the_month() if isinstance(moment.deed, Enters)}
    assert entering == set(CLIENTS)
