"""What a session's methods raise."""

from coachline_protocol.codes import Refusal


class Refused(Exception):
    """The server, or a rule known here already, refuses it. `refusal` says why; saying it again changes nothing."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code.value, refusal)
        self.refusal = refusal


class NotConnected(Exception):
    """There is no connection, or it ended before the answer; what needs one can be tried again later."""


class SignedOut(Exception):
    """Nobody is signed in."""


class StorageFailed(Exception):
    """The cache could not be written (the cause says why): nothing was changed, nothing was acknowledged."""
