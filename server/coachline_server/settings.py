"""What an operator may choose about the running daemon: plain values with their defaults.

Where they come from (file, environment, flags) is `config`'s business; nothing here reads anything.
"""

from dataclasses import dataclass, field

from coachline_protocol import limits


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket: `burst` at once, refilled evenly at `per_minute` a minute."""

    per_minute: float
    burst: int


@dataclass(frozen=True, slots=True)
class Rates:
    """What one person may do over all devices, by the budgets of the op table; sign-in by address and account.

    `cursor.*` and `hello` carry no budget: they are merged, never stored one by one.
    """

    message: Rate = Rate(60, 10)
    change: Rate = Rate(60, 60)
    record: Rate = Rate(60, 60)
    """Goals, progress, excuses and templates: a week that was entered offline goes through at once."""
    typing: Rate = Rate(30, 2)
    presence: Rate = Rate(60, 5)
    query: Rate = Rate(1_200, 200)
    """Reads: a device from nothing asks some hundred pages of history in its first minute."""
    sign_in_address: Rate = Rate(1, 5)
    """5 in 5 minutes from one address."""
    sign_in_account: Rate = Rate(10 / 15, 10)
    """10 in 15 minutes for one handle; a device the account knows is exempt."""


@dataclass(frozen=True, slots=True)
class PasswordHashing:
    """argon2id: 64 MiB, 3 passes, 1 lane (RFC 9106, section 4, second choice; some 0.15 s)."""

    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 1
    at_once: int = 2
    """Bounds the memory that signing in can take, and with it what a flood of sign-ins can take."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the daemon's actors are told. Durations in seconds unless named otherwise."""

    host: str = "127.0.0.1"
    port: int = 8440
    allowed_origins: tuple[str, ...] = ()
    """Origin headers let in. The desktop sends none; a browser always does."""
    development: bool = False
    """Refusals carry hints about defects of the server."""

    handshake_seconds: float = limits.HANDSHAKE_SECONDS
    keepalive_seconds: float = limits.KEEPALIVE_SECONDS
    silence_seconds: float = limits.SILENCE_SECONDS
    typing_expires_seconds: float = limits.TYPING_EXPIRES_SECONDS
    drain_seconds: float = 10
    """From "no new connections" to the end of the last one."""
    return_seconds: float = 10
    """Clients of a draining server come back spread evenly over this."""
    rest_after_seconds: float = 300
    """A stream actor nobody spoke to for this long is put to rest by the next sweep."""
    token_rotate_hours: float = 24 * 7
    """A device token older than this is replaced at hello."""

    max_connections: int = 10_000
    max_unwelcomed: int = 256
    """Connections that have not said a valid hello; one more takes the place of the oldest of the address with most."""
    max_unwelcomed_per_address: int = 64
    connections_per_client: int = limits.CONNECTIONS_PER_CLIENT
    connections_per_trainer: int = limits.CONNECTIONS_PER_TRAINER
    max_out_bytes: int = limits.MAX_OUT_BYTES
    """Waiting on the way out of one connection; also what is held between its hello and its welcome."""
    reads_waiting: int = limits.MAX_OUTSTANDING
    """Reads of one connection waiting for the database."""

    rates: Rates = field(default_factory=Rates)
    passwords: PasswordHashing = field(default_factory=PasswordHashing)
