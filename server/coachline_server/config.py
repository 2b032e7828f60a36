"""Reads the configuration: file, then environment, then flags, each outweighing the one before.

A wrong value is refused with one sentence that says where it stands, what is wrong with it and what is allowed. An
unknown key is refused too, because a mistyped limit that is silently ignored is no limit.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource

from coachline_server.admin import is_loopback
from coachline_server.config_keys import ENVIRONMENT, Config, Key, keys
from coachline_server.exits import Exit, Stopped
from coachline_server.settings import PasswordHashing, Rate, Rates, Settings
from coachline_server.tls import CertificateFiles

FILE_NAME: Final = "coachlined.toml"
FILE_VARIABLE: Final = "COACHLINE_CONFIG"
DEFAULT_FOLDER: Final = "coachline-data"
KEYS: Final = {key.path: key for key in keys()}
SECTIONS: Final = {key.section for key in KEYS.values() if key.section}

FLAG_OF: Final = {
    "data": "--data",
    "listen.host": "--host",
    "listen.port": "--port",
    "admin.port": "--admin-port",
    "development.enabled": "--dev",
}
"""The keys that have a flag."""

Flags = Mapping[str, Any]
"""Flags of the command line by key path (`listen.port`); None: not given."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration that is right as far as can be said without touching anything."""

    file: Path
    """Where it was read from, or would have been: it need not exist."""
    values: Config

    @property
    def data(self) -> Path:
        """The data folder."""
        return (self.file.parent / self.values.data).absolute()

    @property
    def certificate_files(self) -> CertificateFiles | None:
        """None: listen in the clear."""
        tls = self.values.tls
        if not tls.certificate:
            return None
        return CertificateFiles(self.file.parent / tls.certificate, self.file.parent / tls.key)

    @property
    def settings(self) -> Settings:
        """What the actors are told."""
        values, limits = self.values, self.values.limits
        return Settings(
            host=values.listen.host,
            port=values.listen.port,
            allowed_origins=values.listen.origins,
            development=values.development.enabled,
            drain_seconds=values.stop.drain_seconds,
            return_seconds=values.stop.return_seconds,
            token_rotate_hours=values.tokens.rotate_hours,
            max_connections=limits.connections,
            max_unwelcomed=limits.unwelcomed,
            max_unwelcomed_per_address=limits.unwelcomed_per_address,
            connections_per_client=limits.connections_per_client,
            connections_per_trainer=limits.connections_per_trainer,
            rates=Rates(
                message=Rate(limits.messages_per_minute, limits.message_burst),
                change=Rate(limits.changes_per_minute, limits.change_burst),
                record=Rate(limits.record_per_minute, limits.record_burst),
                sign_in_address=replace(Rates().sign_in_address, burst=limits.sign_in_burst),
            ),
            passwords=PasswordHashing(
                memory_kib=values.passwords.memory_mib * 1024,
                passes=values.passwords.passes,
                at_once=values.passwords.at_once,
            ),
        )


def place(file: Path | None, data: Path | None) -> Path:
    """Where the configuration file is looked for.

    Named by flag or COACHLINE_CONFIG; otherwise `coachlined.toml` in the data folder (flag or COACHLINE_DATA), and
    without that in `coachline-data` here.
    """
    if file is None and (named := os.environ.get(FILE_VARIABLE)):
        file = Path(named)
    if file is not None:
        return file.absolute()
    folder = data or Path(os.environ.get(KEYS["data"].variable) or DEFAULT_FOLDER)
    return (folder / FILE_NAME).absolute()


def load(file: Path | None, flags: Flags) -> Configuration:
    """Read and check everything. Raises Stopped with a sentence for every wrong value.

    A file that was named must exist; the default one need not.
    """
    data = flags.get("data")
    found = place(file, data)
    named = file is not None or bool(os.environ.get(FILE_VARIABLE))
    given = {path: value for path, value in flags.items() if value is not None}
    if data is not None:
        given["data"] = str(Path(data).absolute())
    elif variable := os.environ.get(KEYS["data"].variable):
        given["data"] = str(Path(variable).absolute())  # of the shell's folder, not of the file's
    values = _merged(found, _read(found, must_exist=named), given)
    configuration = Configuration(found, values)
    if wrong := list(_contradictions(configuration, given)):
        raise Stopped(Exit.USAGE, *wrong)
    return configuration


def _read(file: Path, *, must_exist: bool) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        if not must_exist:
            return {}
        raise Stopped(
            Exit.USAGE, f"{file}: there is no such file; `coachlined init --config {file}` makes it."
        ) from error
    except OSError as error:
        raise Stopped(Exit.USAGE, f"{file}: cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Stopped(Exit.USAGE, f"{file}: is not UTF-8 text.") from error
    except tomllib.TOMLDecodeError as error:
        raise Stopped(Exit.USAGE, f"{file}: is not TOML: {error}.") from error


def _merged(file: Path, in_file: dict[str, Any], given: dict[str, Any]) -> Config:
    if unknown := list(_unknown_variables()):
        raise Stopped(Exit.USAGE, *unknown)

    class Loaded(Config):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            del dotenv_settings, file_secret_settings
            return (init_settings, env_settings, InitSettingsSource(settings_cls, init_kwargs=in_file))

    try:
        return Loaded(**_nested(given))
    except ValidationError as error:
        sentences = dict.fromkeys(_refusal(file, given, details["loc"], details) for details in error.errors())
        raise Stopped(Exit.USAGE, *sentences) from None


def _nested(flat: dict[str, Any]) -> dict[str, Any]:
    deep: dict[str, Any] = {}
    for path, value in flat.items():
        section, _, name = path.rpartition(".")
        (deep.setdefault(section, {}) if section else deep)[name] = value
    return deep


def _origin(file: Path, given: Mapping[str, Any], key: Key) -> str:
    """Where the value in force was said."""
    if key.path in given:
        return FLAG_OF.get(key.path, key.path)
    if key.variable in os.environ:
        return key.variable
    return f"{file}: {key.path}"


def _unknown_variables() -> Iterator[str]:
    allowed = {key.variable for key in KEYS.values()} | {FILE_VARIABLE}
    for variable in sorted(os.environ):
        if variable.upper().startswith(ENVIRONMENT) and variable.upper() not in allowed:
            yield f"{variable}: there is no such setting{_meant(variable.upper(), allowed)}."


def _meant(word: str, allowed: set[str]) -> str:
    close = get_close_matches(word, sorted(allowed), n=1)
    return f"; the nearest is {close[0]}" if close else ""


def _refusal(file: Path, given: Mapping[str, Any], location: tuple[int | str, ...], details: Mapping[str, Any]) -> str:
    path = ".".join(str(part) for part in location[: 1 if location[0] not in SECTIONS else 2])
    if key := KEYS.get(path):
        return f"{_origin(file, given, key)} = {_shown(details['input'])} is not allowed: it must be {key.allowed}."
    if path in SECTIONS:
        return f"{file}: {path}: it must be a table, [{path}]."
    if isinstance(details["input"], dict):
        return f"{file}: [{path}]: there is no such table{_meant(path, SECTIONS)}."
    return f"{file}: {path}: there is no such key{_meant(path, set(KEYS))}."


def _shown(value: object) -> str:
    match value:
        case bool():
            text = str(value).lower()
        case datetime():
            text = value.isoformat()
        case _:
            text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"


def _contradictions(configuration: Configuration, given: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong although every value alone is allowed."""
    values, file = configuration.values, configuration.file

    def at(path: str) -> str:
        return _origin(file, given, KEYS[path])

    if bool(values.tls.certificate) != bool(values.tls.key):
        missing = "tls.key" if values.tls.certificate else "tls.certificate"
        yield f"{at(missing)} is not set: TLS needs both tls.certificate and tls.key, plain connections neither."
    elif not (values.tls.certificate or values.listen.allow_plain or is_loopback(values.listen.host)):
        yield (
            f"{at('listen.host')} = {values.listen.host!r} is not allowed without TLS: set tls.certificate and tls.key,"
            " or listen on 127.0.0.1, or say listen.allow_plain = true where something in front speaks TLS."
        )
    if not is_loopback(values.admin.host):
        allowed = KEYS["admin.host"].allowed
        yield f"{at('admin.host')} = {values.admin.host!r} is not allowed: it must be {allowed}."
    if values.development.clock_begin is not None and not values.development.enabled:
        yield f"{at('development.clock_begin')} is not allowed: it needs development.enabled = true."
