"""How things are said: translated sentences, times and dates as the person's own locale writes them. Pure."""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QCoreApplication, QDate, QLocale, QTime

CONTEXT: Final = "words"
"""The translation context of every sentence that is not a widget's own."""

A_MINUTE: Final = 60_000
AN_HOUR: Final = 60 * A_MINUTE
A_WEEK: Final = timedelta(days=7)


def say(text: str, n: int = -1, **values: object) -> str:
    """The sentence in the person's language; `n` chooses its plural and stands for %n, `values` fill {names}."""
    sentence = QCoreApplication.translate(CONTEXT, text, None, n)
    return sentence.format_map(values) if values else sentence


def plural(one: str, many: str, n: int) -> str:
    """Of two English forms the one for `n`, then translated; a language with more forms has them under `many`."""
    return say(one if n == 1 else many, n)


def local(at_ms: int, zone: ZoneInfo) -> datetime:
    """A time as the clock on that wall shows it."""
    return datetime.fromtimestamp(at_ms / 1000, zone)


def clock(at: datetime) -> str:
    """Hours and minutes."""
    return QLocale().toString(QTime(at.hour, at.minute), QLocale.FormatType.ShortFormat)


def day(day: date, today: date) -> str:
    """A day by itself: Today, Yesterday, Monday, 3 May, 3 May 2025."""
    if day == today:
        return say("Today")
    if day == today - timedelta(days=1):
        return say("Yesterday")
    if timedelta(0) < today - day < A_WEEK:
        return QLocale().dayName(day.isoweekday())
    form = say("d MMMM") if day.year == today.year else say("d MMMM yyyy")
    return QLocale().toString(QDate(day.year, day.month, day.day), form)


def when(at_ms: int, now_ms: int, zone: ZoneInfo) -> str:
    """A time in a narrow column: 14:05, Yesterday, Mon, 3 May, 3 May 2025."""
    at, now = local(at_ms, zone), local(now_ms, zone)
    if at.date() >= now.date():
        return clock(at)
    if at.date() == now.date() - timedelta(days=1):
        return say("Yesterday")
    if now.date() - at.date() < A_WEEK:
        return QLocale().dayName(at.isoweekday(), QLocale.FormatType.ShortFormat)
    form = say("d MMM") if at.year == now.year else say("d MMM yyyy")
    return QLocale().toString(QDate(at.year, at.month, at.day), form)


def ago(at_ms: int, now_ms: int, zone: ZoneInfo) -> str:
    """A time within a sentence: just now, 5 minutes ago, at 14:05, yesterday at 14:05, on 3 May."""
    at, now = local(at_ms, zone), local(now_ms, zone)
    passed = max(0, now_ms - at_ms)
    if passed < A_MINUTE:
        return say("just now")
    if passed < AN_HOUR:
        return plural("%n minute ago", "%n minutes ago", passed // A_MINUTE)
    if at.date() == now.date():
        return say("at {time}", time=clock(at))
    if at.date() == now.date() - timedelta(days=1):
        return say("yesterday at {time}", time=clock(at))
    return say("on {day}", day=when(at_ms, now_ms, zone))


def last_seen(at_ms: int, now_ms: int, zone: ZoneInfo) -> str:
    """When somebody was here."""
    return say("last seen {when}", when=ago(at_ms, now_ms, zone))
