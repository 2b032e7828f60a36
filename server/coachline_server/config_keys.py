"""Every key an operator may set, once: its place, default, meaning, and in words what is allowed.

The file that `init` writes, the table in OPERATING.md and every refusal are made from this list. Defaults of what
the actors are told are those of `Settings`.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from coachline_server.settings import Settings

ENVIRONMENT: Final = "COACHLINE_"
_DEFAULTS: Final = Settings()
_PORT: Final = "a whole number from 0 to 65535; 0 lets the system choose"


def _words(value: object) -> object:
    """A list as the environment gives it: one string, separated by commas or blanks."""
    return value.replace(",", " ").split() if isinstance(value, str) else value


def _number(value: object) -> object:
    """`true` is no number, whatever Python thinks."""
    if isinstance(value, bool):
        raise ValueError("a truth value is no number")
    return value


Whole = Annotated[int, BeforeValidator(_number)]
Number = Annotated[float, BeforeValidator(_number)]
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]


def _key(default: Any, meaning: str, allowed: str, *, example: Any = None, **bounds: Any) -> Any:
    """One key. `example` stands in the file where the default cannot be written down."""
    extra = {"allowed": allowed, "example": example}
    return Field(default, description=meaning, json_schema_extra=extra, **bounds)


def _count(default: float, meaning: str, low: int, high: int) -> Any:
    """A whole number within bounds."""
    return _key(int(default), meaning, f"a whole number from {low} to {high}", ge=low, le=high)


def _seconds(default: float, meaning: str, high: int) -> Any:
    return _key(default, meaning, f"a number of seconds from 0 to {high}", ge=0, le=high)


class Section(BaseModel):
    """A table of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Listen(Section):
    """Where clients connect."""

    host: str = _key(_DEFAULTS.host, "Address or name to listen on.", "an address or a host name", min_length=1)
    port: Whole = _key(_DEFAULTS.port, "TCP port.", _PORT, ge=0, le=65_535)
    allow_plain: bool = _key(
        False,
        "Listen without TLS beyond loopback: only where something in front of the daemon speaks TLS.",
        "true or false",
    )
    origins: Words = _key(
        _DEFAULTS.allowed_origins,
        "Web pages that may connect, by their Origin; a program that is no browser sends none.",
        'a list of origins such as ["https://chat.example"]',
    )


class Tls(Section):
    """TLS by certificate files, read again on SIGHUP. Both, or neither."""

    certificate: str = _key("", "PEM file of the certificate chain, the daemon's own first.", "a file, or nothing")
    key: str = _key("", "PEM file of its private key, without a pass phrase.", "a file, or nothing")


class AdminListen(Section):
    """Health and metrics over HTTP, for this machine only."""

    host: str = _key("127.0.0.1", "Address to listen on.", "a loopback address: 127.0.0.1, ::1 or localhost")
    port: Whole = _key(8441, "TCP port.", _PORT, ge=0, le=65_535)


class Limits(Section):
    """How much one person or address may do; whoever does more waits, and loses nothing."""

    messages_per_minute: Whole = _count(
        _DEFAULTS.rates.message.per_minute, "Messages a person may send, sustained.", 1, 100_000
    )
    message_burst: Whole = _count(_DEFAULTS.rates.message.burst, "Messages a person may send at once.", 1, 10_000)
    changes_per_minute: Whole = _count(
        _DEFAULTS.rates.change.per_minute, "Other changes a person may make, sustained.", 1, 100_000
    )
    change_burst: Whole = _count(_DEFAULTS.rates.change.burst, "Other changes a person may make at once.", 1, 10_000)
    record_per_minute: Whole = _count(
        _DEFAULTS.rates.record.per_minute,
        "Goals, progress entries, excuses and templates a person may set, sustained.",
        1,
        100_000,
    )
    record_burst: Whole = _count(
        _DEFAULTS.rates.record.burst, "Goals, entries, excuses and templates a person may set at once.", 1, 10_000
    )
    sign_in_burst: Whole = _count(
        _DEFAULTS.rates.sign_in_address.burst,
        "Sign-ins and new accounts from one address at once; one a minute after that.",
        1,
        10_000,
    )
    connections: Whole = _count(_DEFAULTS.max_connections, "Connections at once, all together.", 1, 1_000_000)
    connections_per_client: Whole = _count(
        _DEFAULTS.connections_per_client, "Connections of one client; one more closes the longest idle.", 1, 1_000
    )
    connections_per_trainer: Whole = _count(
        _DEFAULTS.connections_per_trainer, "Connections of one trainer; one more closes the longest idle.", 1, 1_000
    )
    unwelcomed: Whole = _count(
        _DEFAULTS.max_unwelcomed, "Connections not signed in yet; one more ends the oldest.", 1, 100_000
    )
    unwelcomed_per_address: Whole = _count(
        _DEFAULTS.max_unwelcomed_per_address, "As many from one address; one more ends its oldest.", 1, 100_000
    )


class Passwords(Section):
    """What one guess costs, in argon2id. Existing passwords are hashed anew when their owner signs in."""

    memory_mib: Whole = _count(_DEFAULTS.passwords.memory_kib / 1024, "MiB of memory for one hash.", 8, 4_096)
    passes: Whole = _count(_DEFAULTS.passwords.passes, "Passes over that memory.", 1, 100)
    at_once: Whole = _count(_DEFAULTS.passwords.at_once, "Hashes computed at the same time.", 1, 64)


class Tokens(Section):
    """The tokens that devices sign in with."""

    rotate_hours: Whole = _count(
        _DEFAULTS.token_rotate_hours, "A token older than this is replaced when its device connects.", 1, 24 * 365
    )


class Log(Section):
    """Logs go to standard error, for the service manager to keep."""

    level: Literal["debug", "info", "warning", "error"] = _key(
        "info", "The least serious line written.", "debug, info, warning or error"
    )
    format: Literal["json", "console"] = _key(
        "json", "One JSON object a line, or columns for people.", "json or console"
    )


class Stop(Section):
    """How the daemon leaves when it is told to."""

    drain_seconds: Number = _seconds(_DEFAULTS.drain_seconds, "Time that connections get to finish.", 600)
    return_seconds: Number = _seconds(
        _DEFAULTS.return_seconds, "Clients are told to come back spread evenly over this time.", 3_600
    )


class Development(Section):
    """For trying things out; never where people's data lie."""

    enabled: bool = _key(False, "Refusals say more about defects of the daemon.", "true or false")
    clock_begin: AwareDatetime | None = _key(
        None,
        "Let the daemon's wall clock begin here and run faster until it meets the real one.",
        "a past time with its zone, such as 2026-10-01T08:00:00Z",
        example=datetime(2026, 10, 1, 8, tzinfo=UTC),
    )
    clock_rate: Number = _key(3_600.0, "How much faster.", "a number from 1.001 to 10000000", ge=1.001, le=10_000_000)


class Config(BaseSettings):
    """Everything that can be configured."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix=ENVIRONMENT, env_nested_delimiter="_", env_nested_max_split=1
    )
    data: str = _key("", "Folder of database and key; nothing: the folder of the configuration file.", "a folder")
    listen: Listen = Listen()
    tls: Tls = Tls()
    admin: AdminListen = AdminListen()
    limits: Limits = Limits()
    passwords: Passwords = Passwords()
    tokens: Tokens = Tokens()
    log: Log = Log()
    stop: Stop = Stop()
    development: Development = Development()


class Key(NamedTuple):
    """One key: `section` is empty for those outside every table."""

    section: str
    name: str
    default: Any
    meaning: str
    allowed: str
    example: Any

    @property
    def path(self) -> str:
        return f"{self.section}.{self.name}" if self.section else self.name

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return ENVIRONMENT + self.path.replace(".", "_").upper()


def keys() -> Iterator[Key]:
    """Every key, in the order of the file."""
    for name, field in Config.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, Section):
            yield from (_described(name, inner, found) for inner, found in section.model_fields.items())
        else:
            yield _described("", name, field)


def section_meaning(name: str) -> str:
    """What a table of the file is about."""
    section = Config.model_fields[name].annotation
    return (section.__doc__ or "").strip() if section else ""


def _described(section: str, name: str, field: FieldInfo) -> Key:
    extra: dict[str, Any] = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    return Key(section, name, field.default, field.description or "", extra["allowed"], extra["example"])
