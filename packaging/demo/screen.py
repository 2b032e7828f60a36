"""Puts frames on a terminal: drawn over while they move, left standing when they are done.

Without a terminal only what is left standing is printed, as plain lines, so a log reads like the scrollback.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from demo.view import NARROWEST, WIDEST, rule

ROWS_WITHOUT_A_TERMINAL = 16
ROWS_AROUND = 9  # of a frame: the stage direction, heads, feet, and the line the cursor rests on


class Screen(AbstractContextManager["Screen"]):
    """A terminal, or whatever standard output is instead. As a context manager it gives the cursor back."""

    def __init__(self, *, moving: bool, width: int | None = None, file: TextIO | None = None) -> None:
        """`moving` False: print every frame once, when it is done. `width`: columns; None: what there is."""
        self._console = Console(file=file or sys.stdout, width=width, highlight=False, soft_wrap=False)
        self.moving = moving and self._console.is_terminal
        """Whether anybody sees a frame before it is done."""
        wanted = self._console.width if width or self._console.is_terminal else NARROWEST
        self.width = max(NARROWEST, min(WIDEST, wanted))
        self._console.width = self.width
        self._live: Live | None = None
        self._frame: list[Text] = []

    @property
    def rows(self) -> int:
        """Lines a conversation may take."""
        if not self.moving:
            return ROWS_WITHOUT_A_TERMINAL
        return max(8, min(24, self._console.height - ROWS_AROUND))

    def draw(self, frame: Sequence[Text]) -> None:
        """Show a frame in the place of the one before it."""
        self._frame = list(frame)
        if not self.moving:
            return
        if self._live is None:
            self._live = Live(console=self._console, auto_refresh=False, transient=True)
            self._live.start()
        self._live.update(Group(*self._frame), refresh=True)

    def leave(self) -> None:
        """Let the last frame stand and go on below it."""
        self._stop()
        for line in self._frame:
            self.say(line)
        self._frame = []
        self.say("")

    def say(self, line: Text | str) -> None:
        """Print a line that stays."""
        text = line.copy() if isinstance(line, Text) else Text(line)
        text.rstrip()
        self._console.print(text, overflow="fold")

    def direction(self, title: str) -> None:
        """Print a stage direction of its own."""
        self.say(rule(title, self.width))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None
