"""How fast the demo goes: for eyes, or for a machine that only wants to know whether it works."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Pace:
    """Real seconds."""

    month: float
    """From the end of the first day to now."""
    key: float
    """Between two keys."""
    look: float
    """To look at what has just happened."""
    patience: float
    """Before somebody presses Retry although the device would try again by itself."""


FOR_EYES = Pace(month=18, key=0.018, look=0.7, patience=3)
FOR_MACHINES = Pace(month=3.5, key=0, look=0, patience=0)
FOR_LOGS = replace(FOR_EYES, key=0, look=0)
