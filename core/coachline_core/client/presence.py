"""What is told and never stored: who is here, who is typing, who is looking. Pure; times are seconds of the session's
clock."""

from dataclasses import dataclass, field

from coachline_protocol import limits
from coachline_protocol.ops import Presence
from coachline_protocol.rows import Id


@dataclass(slots=True)
class Here:
    """Presence, looking and typing of others."""

    presences: dict[Id, Presence] = field(default_factory=dict)
    viewing: dict[Id, tuple[Id, ...]] = field(default_factory=dict)
    """Who looks at a conversation now, besides me, by conversation."""
    _typing: dict[tuple[Id, Id], float] = field(default_factory=dict)

    def typing(self, conversation: Id, now: float) -> tuple[Id, ...]:
        """Who is typing in a conversation, in order of id."""
        return tuple(sorted(p for (c, p), until in self._typing.items() if c == conversation and until > now))

    def hear_typing(self, conversation: Id, person: Id, on: bool, now: float) -> None:
        """Somebody types, or stopped; forgotten after TYPING_EXPIRES_SECONDS unless said again."""
        if on:
            self._typing[conversation, person] = now + limits.TYPING_EXPIRES_SECONDS
        else:
            self._typing.pop((conversation, person), None)

    def expire(self, now: float) -> set[Id]:
        """Forget who typed too long ago. Returns the conversations this concerns."""
        gone = [key for key, until in self._typing.items() if until <= now]
        for key in gone:
            del self._typing[key]
        return {conversation for conversation, _ in gone}

    def next_expiry(self) -> float:
        """When `expire` has something to do."""
        return min(self._typing.values(), default=float("inf"))

    def clear(self) -> list[tuple[str, Id]]:
        """The connection ended: nothing of it is known any more. Returns the topics that this concerns."""
        topics = [("presence", person) for person in self.presences]
        topics += [("typing", conversation) for conversation in sorted({c for c, _ in self._typing})]
        topics += [("viewing", conversation) for conversation in self.viewing]
        self.presences.clear()
        self._typing.clear()
        self.viewing.clear()
        return topics


@dataclass(slots=True)
class Keys:
    """My own typing: said at most every TYPING_EVERY_SECONDS, ended TYPING_STOPS_SECONDS after the last key."""

    _said: dict[Id, float] = field(default_factory=dict)
    _last: dict[Id, float] = field(default_factory=dict)

    def press(self, conversation: Id, now: float) -> bool:
        """A key was pressed. Returns whether to say so."""
        self._last[conversation] = now
        if now - self._said.get(conversation, float("-inf")) < limits.TYPING_EVERY_SECONDS:
            return False
        self._said[conversation] = now
        return True

    def stop(self, conversation: Id) -> bool:
        """The message was sent or the composer emptied. Returns whether to say so."""
        self._last.pop(conversation, None)
        return self._said.pop(conversation, None) is not None

    def stopped(self, now: float) -> list[Id]:
        """Where typing has ended by itself; to be said."""
        ended = [c for c, at in self._last.items() if at + limits.TYPING_STOPS_SECONDS <= now]
        return [conversation for conversation in ended if self.stop(conversation)]

    def next_stop(self) -> float:
        """When `stopped` has something to do."""
        return min(self._last.values(), default=float("inf")) + limits.TYPING_STOPS_SECONDS

    def clear(self) -> None:
        """The connection ended; the server forgets by itself."""
        self._said.clear()
        self._last.clear()
