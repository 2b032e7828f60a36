"""Days of a client's calendar: which one it is now, and which may still, or already, be named."""

from datetime import datetime, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from coachline_protocol import limits
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import Date, Time

_FURTHEST_EAST: Final = timezone(timedelta(hours=14))
"""Where a day begins first: Kiritimati."""

AHEAD: Final = timedelta(days=limits.GOAL_DAYS_MAX)
"""How far ahead of today a goal may begin or change."""
BACK: Final = timedelta(days=366)
"""How far back of today progress may be entered and an excuse made: a year is what is looked at together."""


def day_in(zone: str, at: Time) -> Date:
    """The day at a time in a zone. Raises ZoneInfoNotFoundError for a name that `valid_zone` refuses."""
    return datetime.fromtimestamp(at // 1000, ZoneInfo(zone)).date()


def day_begins(zone: str, day: Date) -> Time:
    """When a day begins in a zone."""
    return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def latest_day(at: Time) -> Date:
    """The latest day that it is anywhere on earth: nobody's calendar is further on."""
    return datetime.fromtimestamp(at // 1000, _FURTHEST_EAST).date()


def outside(day: Date, first: Date, last: Date, field: str) -> Refusal | None:
    """Why a day cannot be named, or None: it is neither before the first nor after the last that can."""
    if first <= day <= last:
        return None
    return Refusal(code=RefusalCode.DATE_OUT_OF_RANGE, field=field, hint=f"from {first} to {last}")
