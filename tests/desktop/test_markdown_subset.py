"""The safe subset of Markdown: what it knows, that it takes anything, and that it takes no longer for nastier text."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from coachline_desktop.markdown import Block, Span, parse, spans
from hypothesis import given
from hypothesis import strategies as st

NASTY = (
    "*a",
    "**",
    "***",
    "_a ",
    "[",
    "`",
    "``` ",
    "[a](http://",
    "https://",
    "a.a@",
    "http://)",
    "a@b.",
    "```\n",
    "- ",
)
MARKS = st.text(alphabet="ab *_`[]()\n-1.:/@h\u202e", max_size=200)
ANYTHING = st.one_of(MARKS, st.text(max_size=200))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("plain", (Span("plain"),)),
        ("**b** *i* _j_", (Span("b", bold=True), Span(" "), Span("i", italic=True), Span(" "), Span("j", italic=True))),
        ("***both***", (Span("both", bold=True, italic=True),)),
        ("a `*not*` b", (Span("a "), Span("*not*", code=True), Span(" b"))),
        ("3*8*2 and snake_case_name", (Span("3*8*2 and snake_case_name"),)),
        ("**open", (Span("**open"),)),
        ("5 * 3 * 2", (Span("5 * 3 * 2"),)),
        ("[map](https://e.org/a)", (Span("map", href="https://e.org/a"),)),
        (
            "see https://e.org/a_(b).",
            (Span("see "), Span("https://e.org/a_(b)", href="https://e.org/a_(b)"), Span(".")),
        ),
        ("me@e.org!", (Span("me@e.org", href="mailto:me@e.org"), Span("!"))),
        ("[x](javascript:alert)", (Span("[x](javascript:alert)"),)),
        ("[x](file:///etc/passwd)", (Span("[x](file:///etc/passwd)"),)),
        ("<b>no</b> ![i](u)", (Span("<b>no</b> ![i](u)"),)),
    ],
)
def test_manners_of_a_line(line: str, expected: tuple[Span, ...]) -> None:
    assert spans(line) == expected


def test_blocks() -> None:
    assert parse("- one\n  - two\n1. three\n```\n*x*\n```\nend") == (
        Block("item", (Span("one"),), "•"),
        Block("item", (Span("two"),), "•", 1),
        Block("item", (Span("three"),), "1."),
        Block("code", (Span("*x*", code=True),)),
        Block("line", (Span("end"),)),
    )


def test_a_fence_that_is_never_closed_is_text() -> None:
    assert [block.kind for block in parse("```\nstill here")] == ["line", "line"]


@given(ANYTHING)
def test_it_is_total_and_invents_nothing(text: str) -> None:
    shown = "".join(block.text for block in parse(text))
    rest = iter(text)
    assert all(character in rest for character in shown)  # what is shown stands in the text, in this order


@given(st.text(alphabet="abc XYZ,;\n", max_size=200))
def test_text_without_markers_is_shown_as_it_is(text: str) -> None:
    assert "\n".join(block.text for block in parse(text)) == text


@given(ANYTHING)
def test_links_lead_to_the_web_or_to_mail_only(text: str) -> None:
    for block in parse(text):
        for span in block.spans:
            assert span.href is None or span.href.lower().startswith(("http://", "https://", "mailto:"))


def _steps(work: Callable[[], Any]) -> int:
    """Lines of Python that run: a measure of work that no busy machine changes."""
    steps = 0

    def count(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal steps
        steps += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        work()
    finally:
        sys.settrace(before)
    return steps


@pytest.mark.parametrize("seed", NASTY)
def test_work_grows_with_the_length_and_no_faster(seed: str) -> None:
    short, long = (seed * (size // len(seed)) for size in (2_000, 8_000))
    assert _steps(lambda: parse(long)) <= 5 * _steps(lambda: parse(short)) + 200
