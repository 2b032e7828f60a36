"""What people type: kept in one form, refused with a reason, never cut."""

import unicodedata

import pytest
from coachline_core.domain.text import (
    check_password,
    fold_handle,
    normalise_name,
    normalise_note,
    normalise_text,
    preview,
    valid_zone,
)
from coachline_protocol import limits
from coachline_protocol.codes import Refusal, RefusalCode
from hypothesis import given
from hypothesis import strategies as st

ANY = st.text(st.characters(), max_size=40)


def refused(outcome: str | Refusal | None) -> Refusal:
    assert isinstance(outcome, Refusal)
    return outcome


# -- message bodies


def test_a_body_is_kept_in_nfc() -> None:
    assert normalise_text("cafe\u0301") == "café"


def test_a_body_of_the_longest_length_is_taken_and_fits_the_wire() -> None:
    longest = "🏋" * limits.TEXT_CHARACTERS
    assert normalise_text(longest) == longest
    assert len(longest.encode()) <= limits.MAX_TEXT_BYTES


def test_a_longer_body_is_refused_with_the_limit_and_its_length() -> None:
    refusal = refused(normalise_text("x" * 5_001))
    assert (refusal.code, refusal.field) == (RefusalCode.TEXT_TOO_LONG, "text")
    assert (refusal.limit, refusal.actual) == (5_000, 5_001)


def test_length_is_counted_after_normalising() -> None:
    assert normalise_text("e\u0301" * 5_000) == "é" * 5_000


@pytest.mark.parametrize("text", ["", " \n\t", "\u200b\u2060", "\u3164", "\u2800 \u00a0"])
def test_a_body_in_which_nothing_can_be_seen_is_blank(text: str) -> None:
    assert refused(normalise_text(text)).code == RefusalCode.TEXT_BLANK


@pytest.mark.parametrize("text", ["a\0b", "a\ud800"])
def test_what_no_database_can_hold_is_refused(text: str) -> None:
    assert refused(normalise_text(text)).code == RefusalCode.INVALID


def test_line_breaks_and_outer_space_of_a_body_stay_as_they_were_typed() -> None:
    assert normalise_text("  3 × 10\n  squats ") == "  3 × 10\n  squats "


@given(ANY)
def test_normalising_a_body_again_changes_nothing(text: str) -> None:
    kept = normalise_text(text)
    assert isinstance(kept, Refusal) or normalise_text(kept) == kept == unicodedata.normalize("NFC", text)


def test_a_note_of_which_nothing_shows_is_none() -> None:
    assert [normalise_note(note, field="note", limit=10) for note in ("", "  \n", "\u200b")] == ["", "", ""]
    assert normalise_note(" cafe\u0301 ", field="note", limit=6) == " caf\u00e9 "


@pytest.mark.parametrize(
    ("note", "code", "limit", "actual"),
    [("x" * 11, RefusalCode.TEXT_TOO_LONG, 10, 11), ("a\udc00", RefusalCode.INVALID, None, None)],
)
def test_a_note_that_cannot_be_kept_is_refused(
    note: str, code: RefusalCode, limit: int | None, actual: int | None
) -> None:
    refusal = refused(normalise_note(note, field="note", limit=10))
    assert (refusal.code, refusal.field, refusal.limit, refusal.actual) == (code, "note", limit, actual)


# -- names and handles


def test_a_name_is_one_line() -> None:
    assert normalise_name("  Maya \n Ruiz ", field="display_name", limit=80) == "Maya Ruiz"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", RefusalCode.TEXT_BLANK),
        ("\u200b", RefusalCode.TEXT_BLANK),
        ("x" * 11, RefusalCode.TEXT_TOO_LONG),
        ("a\x07b", RefusalCode.INVALID),
        ("a\udc00", RefusalCode.INVALID),
    ],
)
def test_a_name_that_cannot_be_shown_is_refused(name: str, code: RefusalCode) -> None:
    refusal = refused(normalise_name(name, field="name", limit=10))
    assert (refusal.code, refusal.field) == (code, "name")


@pytest.mark.parametrize("handle", ["Maya@Example.ORG", " maya@example.org ", "ｍａｙａ@example.org"])
def test_handles_that_look_alike_are_one(handle: str) -> None:
    assert fold_handle(handle) == "maya@example.org"


@pytest.mark.parametrize("handle", ["", "  ", "ma ya", "ma\u200bya", "a\0", "\ud800"])
def test_a_handle_of_nothing_or_with_gaps_is_invalid(handle: str) -> None:
    assert refused(fold_handle(handle)).code == RefusalCode.INVALID


def test_a_handle_that_grows_too_long_by_folding_is_refused() -> None:
    refusal = refused(fold_handle("ß" * 128))
    assert (refusal.limit, refusal.actual) == (254, 256)


@given(ANY)
def test_folding_a_handle_again_changes_nothing(handle: str) -> None:
    kept = fold_handle(handle)
    assert isinstance(kept, Refusal) or fold_handle(kept) == kept


# -- zones and passwords


@pytest.mark.parametrize("name", ["Europe/Berlin", "America/Argentina/Ushuaia", "UTC"])
def test_zones_of_the_database_are_valid(name: str) -> None:
    assert valid_zone(name)


@pytest.mark.parametrize(
    "name", ["", "Berlin", "Europe", "../zone", "/etc/passwd", "Europe/Bérlin", "a" * 65, "Europe/\0"]
)
def test_anything_else_is_no_zone(name: str) -> None:
    assert not valid_zone(name)


@pytest.mark.parametrize("password", ["correct horse", "p4ssw0rd-x", "x1y2" * 50])
def test_a_long_unlike_password_is_good(password: str) -> None:
    assert check_password(password, handle="maya@example.org") is None


@pytest.mark.parametrize(
    ("password", "code", "limit"),
    [
        ("short", RefusalCode.WEAK_PASSWORD, 10),
        ("x1y2" * 51, RefusalCode.INVALID, 200),
        ("abcabcabcabc", RefusalCode.WEAK_PASSWORD, None),
        ("Maya@example.org", RefusalCode.WEAK_PASSWORD, None),
    ],
)
def test_a_bad_password_is_refused_with_its_reason(password: str, code: RefusalCode, limit: int | None) -> None:
    refusal = refused(check_password(password, handle="maya@example.org"))
    assert (refusal.code, refusal.limit) == (code, limit)


def test_without_a_handle_a_password_is_judged_by_itself() -> None:
    assert check_password("maya@example.org") is None


# -- previews


def test_a_short_message_is_its_own_preview_in_one_line() -> None:
    assert preview("Monday:\n  legs") == "Monday: legs"


def test_a_long_message_is_cut_with_an_ellipsis() -> None:
    assert preview("x" * 300) == "x" * 199 + "…"


@pytest.mark.parametrize("cluster", ["e\u0323\u0301", "👨\u200d👩\u200d👧"])
def test_a_preview_never_ends_inside_a_character(cluster: str) -> None:
    for before in range(190, 201):
        line = "x" * before + cluster + "y" * 20
        cut = preview(line)[:-1]
        assert cut == line[: len(cut)]
        assert cut.rstrip("xy") == "" or cut.count(cluster[-1]) == 1


@given(st.text(st.characters(), max_size=400))
def test_a_preview_is_never_too_long(text: str) -> None:
    assert len(preview(text)) <= limits.PREVIEW_CHARACTERS


def test_a_preview_of_nothing_but_marks_is_an_ellipsis() -> None:
    assert preview("\u0301" * 300) == "…"
