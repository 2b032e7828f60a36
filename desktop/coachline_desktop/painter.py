"""The state on the screen: changed as often as things happen, shown at most once a frame."""

from dataclasses import replace
from typing import Any, Final

import trio

from coachline_desktop.screen import Screen
from coachline_desktop.state import AppState, Key, Notice

FRAME_SECONDS: Final = 1 / 60
NOTICES: Final = 5
"""As many as can be read; the oldest goes first."""
NOTICE_SECONDS: Final = 5.0
"""How long what only informs stays; what went wrong stays until it is dismissed."""


class Painter:
    """Holds the state, shows the latest."""

    def __init__(self, screen: Screen, state: AppState) -> None:
        self._screen = screen
        self._state = state
        self._changed = trio.Event()
        self._changed.set()
        self._noticed = 0
        self._until: dict[Key, float] = {}

    @property
    def state(self) -> AppState:
        """What is shown, or will be with the next frame."""
        return self._state

    def change(self, **fields: Any) -> None:
        """Set fields of the state."""
        changed = replace(self._state, **fields)
        if changed != self._state:
            self._state = changed
            self._changed.set()

    def notice(self, said: Notice) -> None:
        """Say something in the window; the same again is said once, and under the same key the latest."""
        others = tuple(one for one in self._state.notices if one.words != said.words and one.key != said.key)
        if said.kind == "info":
            self._until[said.key] = trio.current_time() + NOTICE_SECONDS
        self.change(notices=(*others, said)[-NOTICES:])

    def next_key(self) -> Key:
        """A key for a notice."""
        self._noticed += 1
        return b"notice %d" % self._noticed

    def dismiss(self, key: Key) -> None:
        """A notice was read."""
        self._until.pop(key, None)
        self.change(notices=tuple(notice for notice in self._state.notices if notice.key != key))

    async def run(self) -> None:
        """Show every change, and take away what only informed when its time has come."""
        while True:
            with trio.move_on_at(min(self._until.values(), default=float("inf"))):
                await self._changed.wait()
            for key in [key for key, until in self._until.items() if until <= trio.current_time()]:
                self.dismiss(key)
            self._changed = trio.Event()
            self._screen.show_state(self._state)
            await trio.sleep(FRAME_SECONDS)
