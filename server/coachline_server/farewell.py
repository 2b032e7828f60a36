"""How a connection is ended by this side."""

from dataclasses import dataclass

from coachline_protocol.codes import CloseCode


@dataclass(frozen=True, slots=True)
class Farewell:
    """Said with the close. `flush`: what waits is sent first."""

    code: CloseCode
    reason: str
    flush: bool = True
