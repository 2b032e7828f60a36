"""The month of the demo: what a script may say, and that the one that is played makes sense."""

import re
from collections import Counter
from datetime import UTC, date, time

import pytest
from coachline_core.domain.text import normalise_text
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
    assert 120 <= sum(1 for moment in moments if moment.text) <= 200
    said = Counter(moment.client for moment in moments if moment.text)
    assert min(said.values()) >= 30


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
    }
