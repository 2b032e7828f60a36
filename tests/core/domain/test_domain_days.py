"""Days: which one it is where somebody lives, and which can be named."""

import datetime

import pytest
from coachline_core.domain.days import day_in, latest_day, outside
from coachline_protocol.codes import RefusalCode
from coachline_protocol.rows import Time

NEW_YEAR = 1_798_761_600_000
"""2027-01-01 00:00 UTC."""
FIRST, EVE = datetime.date(2027, 1, 1), datetime.date(2026, 12, 31)


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("UTC", NEW_YEAR, FIRST),
        ("UTC", NEW_YEAR - 1, EVE),
        ("Pacific/Auckland", NEW_YEAR - 13 * 3_600_000, FIRST),
        ("Pacific/Auckland", NEW_YEAR - 13 * 3_600_000 - 1, EVE),
        ("America/Los_Angeles", NEW_YEAR + 8 * 3_600_000 - 1, EVE),
        ("America/Los_Angeles", NEW_YEAR + 8 * 3_600_000, FIRST),
        # The clock goes forward on 2027-03-28 at 01:00 UTC: that day has 23 hours.
        ("Europe/Berlin", 1_806_188_400_000 - 1, datetime.date(2027, 3, 27)),
        ("Europe/Berlin", 1_806_188_400_000, datetime.date(2027, 3, 28)),
        ("Europe/Berlin", 1_806_188_400_000 + 23 * 3_600_000, datetime.date(2027, 3, 29)),
    ],
)
def test_what_is_today_depends_on_where(zone: str, at: Time, day: datetime.date) -> None:
    assert day_in(zone, at) == day


def test_the_latest_day_is_that_of_the_line_islands() -> None:
    assert latest_day(NEW_YEAR - 14 * 3_600_000) == FIRST == day_in("Pacific/Kiritimati", NEW_YEAR - 14 * 3_600_000)
    assert latest_day(NEW_YEAR - 14 * 3_600_000 - 1) == EVE


def test_a_day_is_from_the_first_to_the_last() -> None:
    assert outside(EVE, EVE, FIRST, "day") is None
    assert outside(FIRST, EVE, FIRST, "day") is None
    early = outside(EVE, FIRST, FIRST, "day")
    assert early is not None
    assert (early.code, early.field) == (RefusalCode.DATE_OUT_OF_RANGE, "day")
    assert early.hint == "from 2027-01-01 to 2027-01-01"
    assert outside(FIRST, EVE, EVE, "day") is not None
