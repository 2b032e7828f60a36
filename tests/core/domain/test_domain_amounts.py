"""Amounts: what people type and read, exactly, and never guessed."""

import re
from fractions import Fraction

import pytest
from coachline_core.domain.amounts import DIGITS_MAX, Point, decimals_of, format_amount, parse_amount, rounded
from coachline_protocol.codes import Refusal, RefusalCode
from hypothesis import given
from hypothesis import strategies as st

AMOUNT = re.compile(r"^(0|[1-9][0-9]{0,8})(\.[0-9]{1,4})?$")
AMOUNTS = st.builds(
    lambda whole, part: rounded(Fraction(whole) + Fraction(part, 10_000), 4),
    st.integers(0, 10**9 - 1),
    st.integers(0, 9_999),
)
POINTS: st.SearchStrategy[Point] = st.sampled_from([".", ","])


@pytest.mark.parametrize(
    ("typed", "point", "amount"),
    [
        ("2200", ".", "2200"),
        ("2,200", ".", "2200"),
        ("2.200", ",", "2200"),
        ("2.200,5", ",", "2200.5"),
        ("2,200.5", ".", "2200.5"),
        ("80.5", ".", "80.5"),
        ("80,5", ",", "80.5"),
        (" 80.50 ", ".", "80.5"),
        ("80.", ".", "80"),
        (".5", ".", "0.5"),
        (",5", ",", "0.5"),
        ("0", ".", "0"),
        ("0.00", ".", "0"),
        ("007", ".", "7"),
        ("2 200,5", ",", "2200.5"),
        ("2\u00a0200", ".", "2200"),
        ("2\u202f200,5", ",", "2200.5"),
        ("2\u2009200", ".", "2200"),
        ("2'200.5", ".", "2200.5"),
        ("2’200.5", ".", "2200.5"),
        ("1,234,567", ".", "1234567"),
        ("999999999.99", ".", "999999999.99"),
        ("٨٠", ".", "80"),
        ("８０.５", ".", "80.5"),
    ],
)
def test_what_is_typed_is_read_under_the_locale(typed: str, point: Point, amount: str) -> None:
    assert parse_amount(typed, point=point, decimals=2) == amount


@pytest.mark.parametrize(
    ("typed", "point"),
    [
        ("", "."),
        (" ", "."),
        (".", "."),
        (",", ","),
        ("80,5", "."),
        ("2,20", "."),
        ("22,00", "."),
        ("2,2000", "."),
        ("2.20", ","),
        ("0,123", "."),
        ("1,234 567", "."),
        ("1,234567", "."),
        ("1234,567", "."),
        ("1,234.567.8", "."),
        ("80.5.5", "."),
        ("2,200,5", ","),
        (",200", "."),
        ("-5", "."),
        ("+5", "."),
        ("5 kg", "."),
        ("1e3", "."),
        ("5²", "."),
        ("½", "."),
        ("Ⅷ", "."),
        ("nan", "."),
        ("2__200", "."),
        ("1_000", "."),
    ],
)
def test_what_is_no_number_or_not_clearly_one_is_refused(typed: str, point: Point) -> None:
    refusal = parse_amount(typed, point=point, decimals=2, field="measures[0].amount")
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.field) == (RefusalCode.INVALID, "measures[0].amount")
    assert (refusal.limit, refusal.actual) == (None, None)


@pytest.mark.parametrize(
    ("typed", "decimals", "actual"), [("2.200", 2, 3), ("80.55", 1, 2), ("7.0", 0, 1), ("0.12345", 4, 5)]
)
def test_more_decimals_than_the_unit_has_are_refused_with_both_numbers(typed: str, decimals: int, actual: int) -> None:
    refusal = parse_amount(typed, point=".", decimals=decimals)
    assert isinstance(refusal, Refusal)
    assert (refusal.field, refusal.limit, refusal.actual) == ("amount", decimals, actual)


def test_more_digits_than_an_amount_holds_are_refused() -> None:
    assert parse_amount("0" + "9" * DIGITS_MAX, point=".", decimals=0) == "9" * DIGITS_MAX
    refusal = parse_amount("1,000,000,000", point=".", decimals=0)
    assert isinstance(refusal, Refusal)
    assert (refusal.limit, refusal.actual) == (DIGITS_MAX, DIGITS_MAX + 1)


@pytest.mark.parametrize(
    ("amount", "point", "group", "shown"),
    [
        ("2200.5", ".", ",", "2,200.5"),
        ("2200.5", ",", ".", "2.200,5"),
        ("2200.5", ",", "\u202f", "2\u202f200,5"),
        ("2200.5", ".", "", "2200.5"),
        ("1234567", ".", ",", "1,234,567"),
        ("999", ".", ",", "999"),
        ("0.5", ",", ".", "0,5"),
    ],
)
def test_an_amount_is_shown_under_the_locale(amount: str, point: Point, group: str, shown: str) -> None:
    assert format_amount(amount, point=point, group=group) == shown


@given(AMOUNTS, POINTS, st.booleans())
def test_what_is_shown_is_read_back_the_same(amount: str, point: Point, grouped: bool) -> None:
    group = {".": ",", ",": "."}[point] if grouped else ""
    assert AMOUNT.match(amount)
    assert parse_amount(format_amount(amount, point=point, group=group), point=point, decimals=4) == amount


@given(st.text(alphabet="0123456789.,' -e", max_size=12), POINTS, st.integers(0, 4))
def test_whatever_is_typed_gives_an_amount_or_a_refusal(typed: str, point: Point, decimals: int) -> None:
    parsed = parse_amount(typed, point=point, decimals=decimals)
    if isinstance(parsed, str):
        assert AMOUNT.match(parsed)
        assert decimals_of(parsed) <= decimals
        assert format_amount(parsed, point=point).replace(point, ".") == parsed
        # A mark that is not this locale's point never makes decimals.
        assert point in typed or "." not in parsed


@pytest.mark.parametrize(
    ("value", "decimals", "nearest", "down", "up"),
    [
        ("80.05", 1, "80.1", "80", "80.1"),
        ("80.04", 1, "80", "80", "80.1"),
        ("24001/300", 2, "80", "80", "80.01"),
        ("2/3", 0, "1", "0", "1"),
        ("0.004", 2, "0", "0", "0.01"),
        ("7", 2, "7", "7", "7"),
        ("0", 0, "0", "0", "0"),
    ],
)
def test_a_value_is_rounded_to_an_amount(value: str, decimals: int, nearest: str, down: str, up: str) -> None:
    exact = Fraction(value)
    assert rounded(exact, decimals) == nearest
    assert rounded(exact, decimals, "down") == down
    assert rounded(exact, decimals, "up") == up


@given(st.fractions(0, 10**6), st.integers(0, 4))
def test_rounding_stays_within_one_place_and_on_its_side(value: Fraction, decimals: int) -> None:
    place = Fraction(1, 10**decimals)
    down, up, nearest = (Fraction(rounded(value, decimals, way)) for way in ("down", "up", "nearest"))
    assert down <= value <= up
    assert up - down in (0, place)
    assert abs(nearest - value) <= place / 2


@pytest.mark.parametrize(("amount", "decimals"), [("80", 0), ("80.5", 1), ("80.50", 1), ("80.000", 0), ("0.0005", 4)])
def test_needless_zeros_are_no_decimals(amount: str, decimals: int) -> None:
    assert decimals_of(amount) == decimals
