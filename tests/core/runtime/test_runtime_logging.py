"""Logs carry context and never what people wrote."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from coachline_core.runtime.logging import WITHHELD, bound, configure, get_logger


@pytest.fixture(autouse=True)
def _put_logging_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


async def test_json_lines_carry_what_is_bound() -> None:
    out = io.StringIO()
    configure("info", "json", stream=out)
    log = get_logger("connection")
    with bound(connection="c1", person="p1"):
        log.info("hello", frames=3)
    log.info("afterwards")
    first, second = lines(out)
    assert first.pop("timestamp", None)
    assert first == {
        "event": "hello",
        "frames": 3,
        "connection": "c1",
        "person": "p1",
        "component": "connection",
        "level": "info",
    }
    assert "person" not in second


def test_nothing_below_the_level_is_written() -> None:
    out = io.StringIO()
    configure("warning", "json", stream=out)
    get_logger("x").info("quiet")
    get_logger("x").warning("loud")
    assert [line["event"] for line in lines(out)] == ["loud"]


@pytest.mark.parametrize("field", sorted(WITHHELD))
@pytest.mark.parametrize("format", ["json", "console"])
def test_what_people_wrote_is_withheld(field: str, format: str) -> None:
    out = io.StringIO()
    configure("info", "console" if format == "console" else "json", stream=out)
    get_logger("x").info("posted", **{field: "I weigh too much"})
    assert "I weigh" not in out.getvalue()
    assert "[withheld]" in out.getvalue()


def test_ids_are_shown_as_hex_and_longer_bytes_by_their_size() -> None:
    out = io.StringIO()
    configure("info", "json", stream=out)
    get_logger("x").info("seen", id=b"\x01" * 16, blob=b"y" * 17)
    (line,) = lines(out)
    assert (line["id"], line["blob"]) == ("01" * 16, "[17 bytes]")


@pytest.mark.parametrize("format", ["json", "console"])
def test_exceptions_show_no_local_variables(format: str) -> None:
    out = io.StringIO()
    configure("info", "console" if format == "console" else "json", stream=out)

    def post(body: str) -> None:
        raise RuntimeError("disk full")

    words = " ".join(["I", "weigh", "too", "much"])  # so that a quoted source line does not hold them
    try:
        post(words)
    except RuntimeError:
        get_logger("x").exception("crashed")
    assert "disk full" in out.getvalue()
    assert "I weigh" not in out.getvalue()


@pytest.mark.parametrize("format", ["json", "console"])
def test_other_libraries_speak_only_when_something_is_wrong(format: str) -> None:
    out = io.StringIO()
    configure("debug", "console" if format == "console" else "json", stream=out)
    library = logging.getLogger("trio-websocket")
    library.info("chatter")
    library.warning("trouble")
    assert "trouble" in out.getvalue()
    assert "chatter" not in out.getvalue()


class Full(io.StringIO):
    """A file on a disk without space."""

    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")

    def flush(self) -> None:
        raise OSError(28, "No space left on device")


def test_a_log_that_cannot_be_written_ends_nothing() -> None:
    configure("info", "json", stream=Full())
    get_logger("journal").error("append failed")
