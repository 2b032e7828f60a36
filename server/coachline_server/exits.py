"""How a command of `coachlined` ends when it cannot do what was asked: one exit code a kind, one sentence."""

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes, as OPERATING.md lists them."""

    OK = 0
    INTERNAL = 1
    """A defect of this program; the log has the details."""
    USAGE = 2
    """The command line, the configuration or a file it names is wrong."""
    ADDRESS = 3
    """An address cannot be listened on: busy, not this machine's, or not permitted."""
    DATABASE = 4
    """The database or its key: absent, read-only, locked, full, damaged, or from a newer version."""
    REFUSED = 5
    """What was asked for does not exist or is not allowed."""


class Stopped(Exception):
    """Ends a command with an exit code; `str()` is what the person at the keyboard reads, a sentence a line."""

    def __init__(self, code: Exit, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.code = code
