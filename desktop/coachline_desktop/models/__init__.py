"""Thin adapters from state values to Qt's item models: no rule is decided here."""

from coachline_desktop.models.rows import ROW, RowsModel
from coachline_desktop.models.timeline import TimelineModel

__all__ = ["ROW", "RowsModel", "TimelineModel"]
