"""How fast the demo goes: for eyes, or for a machine that only wants to know whether it works."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Pace:
    """Real seconds."""

    month: float
    """From the first day's morning to now."""
    lead: float
    """What the clock of the daemon runs before the first day: accounts are made, invitations accepted."""
    key: float
    """Between two keys."""
    look: float
    """To look at what has just happened."""
    patience: float
    """Before somebody presses Retry although the device would try again by itself."""


FOR_EYES = Pace(month=18, lead=2, key=0.018, look=0.7, patience=3)
FOR_MACHINES = Pace(month=3.5, lead=1, key=0, look=0, patience=0)
FOR_LOGS = replace(FOR_EYES, key=0, look=0)
