"""Amounts as people type and read them: exact decimal text on both ways, and nothing guessed.

Which mark is the decimal point is the reader's locale's matter and always an argument. What could be read in two ways
under it (thousands that are not threes, two kinds of marks mixed up) is refused rather than taken for either.
"""

import re
import unicodedata
from collections.abc import Mapping
from fractions import Fraction
from typing import Final, Literal

from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import Amount

Point = Literal[".", ","]
"""The mark before the decimals."""

Towards = Literal["nearest", "down", "up"]

DIGITS_MAX: Final = 9
"""Digits before the point that an `Amount` can hold."""

_SPACES = " \u00a0\u2009\u202f"
"""Space, no-break space, thin space, narrow no-break space: what locales put between thousands."""
_APOSTROPHES = "'\u2019"


def _form(point: Point) -> re.Pattern[str]:
    other = "," if point == "." else "."
    group = f"[{re.escape(other)}{_SPACES}{_APOSTROPHES}]"
    whole = rf"[0-9]+|[1-9][0-9]{{0,2}}(?P<mark>{group})[0-9]{{3}}(?:(?P=mark)[0-9]{{3}})*"
    mark = re.escape(point)
    return re.compile(rf"(?P<whole>{whole})(?:{mark}(?P<decimals>[0-9]*))?|{mark}(?P<only>[0-9]+)")


_FORMS: Final[Mapping[Point, re.Pattern[str]]] = {".": _form("."), ",": _form(",")}


def parse_amount(typed: str, *, point: Point, decimals: int, field: str = "amount") -> Amount | Refusal:
    """What was typed, in canonical form: no thousands marks, no needless zeros, a point.

    `decimals`: how many the unit has; more are refused with the limit and the actual number, even zeros, because
    `2.200` for a unit of two decimals most likely means thousands. So are more than DIGITS_MAX digits before them.
    """
    text = "".join(_plain(character) for character in typed.strip())
    found = _FORMS[point].fullmatch(text)
    if found is None:
        return Refusal(code=RefusalCode.INVALID, field=field, hint="not a number, or not clearly one")
    whole = re.sub(r"[^0-9]", "", found["whole"] or "").lstrip("0")
    part = found["decimals"] or found["only"] or ""
    if len(part) > decimals:
        return Refusal(
            code=RefusalCode.INVALID, field=field, limit=decimals, actual=len(part), hint="too many decimals"
        )
    if len(whole) > DIGITS_MAX:
        return Refusal(
            code=RefusalCode.INVALID, field=field, limit=DIGITS_MAX, actual=len(whole), hint="too many digits"
        )
    return _joined(whole, part)


def format_amount(amount: Amount, *, point: Point, group: str = "") -> str:
    """An amount as it is read: the locale's point, and `group` between thousands."""
    whole, _, part = amount.partition(".")
    grouped = f"{int(whole):,}".replace(",", group)
    return f"{grouped}{point}{part}" if part else grouped


def rounded(value: Fraction, decimals: int, towards: Towards = "nearest") -> Amount:
    """A number ≥ 0 below a thousand million as an amount, to so many decimals; halves go up."""
    scaled = value * 10**decimals
    if towards == "nearest":
        number = (scaled + Fraction(1, 2)) // 1
    else:
        number = scaled // 1 if towards == "down" else -(-scaled // 1)
    digits = str(number).rjust(decimals + 1, "0")
    split = len(digits) - decimals
    return _joined(digits[:split].lstrip("0"), digits[split:])


def decimals_of(amount: Amount) -> int:
    """How many decimals an amount really has, needless zeros aside."""
    return len(amount.partition(".")[2].rstrip("0"))


def _joined(whole: str, part: str) -> Amount:
    part = part.rstrip("0")
    return f"{whole or '0'}.{part}" if part else whole or "0"


def _plain(character: str) -> str:
    """A digit of any script as one of ours."""
    return str(unicodedata.decimal(character)) if unicodedata.category(character) == "Nd" else character
