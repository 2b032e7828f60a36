"""The configuration: what outweighs what, and one sentence for everything that is wrong."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from coachline_server.config import KEYS, load
from coachline_server.config_keys import keys
from coachline_server.exits import Exit, Stopped
from coachline_server.handbook import commented_file
from coachline_server.settings import Settings

WRONG = {
    "a port that is none": ("[listen]\nport = 70000", "listen.port = 70000 is not allowed: it must be a whole number"),
    "a truth value for a number": ("[listen]\nport = true", "listen.port = true is not allowed: it must be a whole"),
    "a word for a number": ('[limits]\nmessage_burst = "many"', "limits.message_burst = 'many' is not allowed"),
    "no messages at all": ("[limits]\nmessages_per_minute = 0", "it must be a whole number from 1 to 100000."),
    "a number for a list": ("[listen]\norigins = [1]", "listen.origins = 1 is not allowed: it must be a list"),
    "an empty host": ('[listen]\nhost = ""', "listen.host = '' is not allowed: it must be an address"),
    "a level nobody knows": ('[log]\nlevel = "loud"', "it must be debug, info, warning or error."),
    "not a number of seconds": ("[stop]\ndrain_seconds = nan", "stop.drain_seconds = nan is not allowed"),
    "a key nobody knows": ("[listen]\nprot = 1", "listen.prot: there is no such key; the nearest is listen.port."),
    "a table nobody knows": ("[limtis]\nx = 1", "[limtis]: there is no such table; the nearest is limits."),
    "a key outside its table": ("levle = 1", "levle: there is no such key"),
    "a value for a table": ("listen = 1", "listen: it must be a table, [listen]."),
    "plain for everybody": ('[listen]\nhost = "0.0.0.0"', "listen.host = '0.0.0.0' is not allowed without TLS"),
    "half of TLS": ('[tls]\ncertificate = "c.pem"', "tls.key is not set: TLS needs both"),
    "metrics for everybody": ('[admin]\nhost = "::"', "admin.host = '::' is not allowed: it must be a loopback"),
    "another clock for real": (
        "[development]\nclock_begin = 2026-10-01T08:00:00Z",
        "development.clock_begin is not allowed: it needs development.enabled = true.",
    ),
    "a time without its zone": (
        "[development]\nenabled = true\nclock_begin = 2026-10-01T08:00:00",
        "development.clock_begin = 2026-10-01T08:00:00 is not allowed: it must be a past time with its zone",
    ),
    "not TOML": ("[listen", "is not TOML"),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "coachlined.toml"


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_in_one_sentence_with_its_place(case: str, file: Path) -> None:
    text, sentence = WRONG[case]
    file.write_text(text)
    with pytest.raises(Stopped) as stopped:
        load(file, {})
    assert stopped.value.code is Exit.USAGE
    (line,) = str(stopped.value).splitlines()
    assert line.startswith(f"{file}: ")
    assert sentence in line
    assert line.endswith(".")


def test_everything_that_is_wrong_is_said_at_once(file: Path) -> None:
    file.write_text("[listen]\nport = -1\nprot = 1\n[stop]\ndrain_seconds = -1")
    with pytest.raises(Stopped) as stopped:
        load(file, {})
    assert len(str(stopped.value).splitlines()) == 3


def test_without_a_file_everything_has_the_defaults_of_the_actors(tmp_path: Path) -> None:
    found = load(None, {"data": tmp_path})
    assert found.settings == Settings()
    assert found.data == tmp_path
    assert found.file == tmp_path / "coachlined.toml"
    assert found.certificate_files is None


def test_a_file_that_was_named_must_be_there(file: Path) -> None:
    with pytest.raises(Stopped, match="there is no such file; `coachlined init --config"):
        load(file, {})


def test_the_environment_outweighs_the_file_and_a_flag_outweighs_both(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("[listen]\nport = 1\n[limits]\nmessage_burst = 3")
    assert load(file, {}).settings.port == 1
    monkeypatch.setenv("COACHLINE_LISTEN_PORT", "2")
    assert load(file, {"listen.port": None}).settings.port == 2
    assert load(file, {"listen.port": 3}).settings.port == 3
    assert load(file, {}).settings.rates.message.burst == 3


def test_a_list_in_the_environment_is_words(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACHLINE_LISTEN_ORIGINS", "https://a.example, https://b.example")
    file.touch()
    assert load(file, {}).settings.allowed_origins == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("COACHLINE_LISTEN_PORT", "abc", "COACHLINE_LISTEN_PORT = 'abc' is not allowed: it must be a whole number"),
        (
            "COACHLINE_LISTN_PORT",
            "1",
            "COACHLINE_LISTN_PORT: there is no such setting; the nearest is COACHLINE_LISTEN",
        ),
        ("COACHLINE_LISTEN", "{}", "COACHLINE_LISTEN: there is no such setting"),
    ],
)
def test_a_wrong_variable_is_named(
    variable: str, value: str, sentence: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    file.touch()
    with pytest.raises(Stopped) as stopped:
        load(file, {})
    assert str(stopped.value).startswith(sentence)


def test_a_wrong_flag_is_named(file: Path) -> None:
    file.write_text("[listen]\nport = 1")
    with pytest.raises(Stopped) as stopped:
        load(file, {"listen.port": 70_000})
    assert str(stopped.value).startswith("--port = 70000 is not allowed")


def test_plain_beyond_loopback_needs_to_be_said(file: Path) -> None:
    file.write_text('[listen]\nhost = "0.0.0.0"\nallow_plain = true')
    assert load(file, {}).settings.host == "0.0.0.0"
    file.write_text('[listen]\nhost = "0.0.0.0"\n[tls]\ncertificate = "c.pem"\nkey = "k.pem"')
    assert load(file, {}).certificate_files is not None


def test_where_things_lie_follows_the_file_the_flag_and_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(None, {}).data == tmp_path / "coachline-data"
    monkeypatch.setenv("COACHLINE_DATA", "elsewhere")
    assert load(None, {}).data == tmp_path / "elsewhere"
    assert load(None, {"data": Path("here")}).data == tmp_path / "here"
    monkeypatch.delenv("COACHLINE_DATA")
    (tmp_path / "etc").mkdir()
    named = tmp_path / "etc" / "own.toml"
    named.write_text('data = "../var"')
    monkeypatch.setenv("COACHLINE_CONFIG", str(named))
    assert load(None, {}).data.resolve() == tmp_path / "var"


def test_the_file_that_init_writes_changes_nothing_and_says_every_default(file: Path) -> None:
    file.write_text(commented_file(None))
    assert (
        load(file, {}).values.model_dump()
        == load(None, {"data": Path()}).values.model_copy(update={"data": ""}).model_dump()
    )
    said = tomllib.loads(
        "\n".join(line.removeprefix("#") for line in file.read_text().splitlines() if line[:2] != "# ")
    )
    values = {each.path: said[each.section][each.name] if each.section else said[each.name] for each in keys()}
    assert values.pop("development.clock_begin") == datetime(2026, 10, 1, 8, tzinfo=UTC)
    defaults = {path: list(key.default) if key.default == () else key.default for path, key in KEYS.items()}
    assert values == {path: default for path, default in defaults.items() if default is not None}


def test_a_data_folder_of_any_name_survives_the_file(file: Path, tmp_path: Path) -> None:
    odd = tmp_path / 'a "quoted" \\ folder'
    file.write_text(commented_file(str(odd)))
    assert load(file, {}).data == odd


def test_every_key_says_what_it_is_and_what_is_allowed() -> None:
    assert [each.path for each in keys() if not (each.meaning.endswith((".", ";")) and each.allowed)] == []
