"""What a session's methods raise."""

from coachline_protocol.codes import Refusal


class Refused(Exception):
    """The server, or a rule known here already, refuses it. `refusal` says why; saying it again changes nothing."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code.value, refusal)
        self.refusal = refusal

    def __str__(self) -> str:
        """For whoever reads a terminal or a log: `text_too_long (field text, limit 5000, actual 5001)`."""
        told = ", ".join(f"{name} {value}" for name, value in self.refusal.details().items())
        return f"{self.refusal.code} ({told})" if told else self.refusal.code


class NotConnected(Exception):
    """There is no connection, or it ended before the answer; what needs one can be tried again later."""

    def __init__(self, why: str = "there is no connection to the server") -> None:
        super().__init__(why)


class SignedOut(Exception):
    """Nobody is signed in."""


class StorageFailed(Exception):
    """The cache could not be written (the cause says why): nothing was changed, nothing was acknowledged."""
