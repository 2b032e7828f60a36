"""Days in the window: a field with a calendar, and days as Qt has them."""

from datetime import date

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QDateEdit

from coachline_desktop.words import say as tr


class DateField(QDateEdit):
    """A field for a day, with a calendar; typed digit by digit it goes on to the month and the year by itself."""

    submitted = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setDisplayFormat(tr("d MMM yyyy"))
        self.setCalendarPopup(True)
        self.lineEdit().returnPressed.connect(self.submitted)


def to_qt(day: date) -> QDate:
    """A day as Qt has it."""
    return QDate(day.year, day.month, day.day)


def from_qt(day: QDate) -> date:
    """And back."""
    return date(day.year(), day.month(), day.day())
