"""What a picture is of: a state of the window, and what is done to it before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from coachline_desktop.state import AppState
from coachline_desktop.views.main_window import MainWindow

Act = Callable[[MainWindow], None]
WIDE, NARROW, HUGE = (1120, 760), (760, 520), (2560, 1440)


def nothing(_window: MainWindow) -> None:
    """As it comes."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture: its name is `screen-condition`."""

    screen: str
    condition: str
    state: AppState
    act: Act = nothing
    size: tuple[int, int] = WIDE

    @property
    def name(self) -> str:
        """What the picture's file is called."""
        return f"{self.screen}-{self.condition}"
