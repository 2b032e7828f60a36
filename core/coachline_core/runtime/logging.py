"""Structured logs on stderr: JSON for machines, aligned lines for people, the connection and the person bound
to each.

Pure layers do not log. What is logged is names, ids, counts and codes, never what people wrote: fields that
could carry it are withheld whatever the caller passes.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from contextlib import AbstractContextManager, suppress
from typing import Any, Final, Literal, TextIO, cast

import structlog
from structlog.contextvars import bound_contextvars
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import FilteringBoundLogger, Processor

Level = Literal["debug", "info", "warning", "error", "critical"]
Format = Literal["json", "console"]

# Fields that would hold somebody's words, measurements or secrets.
WITHHELD: Final = frozenset(
    {
        "body",
        "text",
        "note",
        "preview",
        "value",
        "values",
        "password",
        "token",
        "secret",
        "code_word",
        "frame",
    }
)


def configure(level: Level, format: Format, *, stream: TextIO | None = None) -> None:
    """Set up logging for the process, once, at its start. `stream` defaults to stderr."""
    out = stream if stream is not None else sys.stderr
    threshold = getattr(logging, level.upper())
    # Libraries log through the standard module; only what is wrong interests us.
    logging.basicConfig(stream=out, level=max(threshold, logging.WARNING), force=True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            withhold,
            *_rendering(format, colors=out.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, _Unfailing(out))),
        cache_logger_on_first_use=False,
    )


class _Unfailing:
    """A stream whose trouble is nobody else's: a full disk under the log ends nothing but the log."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def get_logger(name: str) -> FilteringBoundLogger:
    """A logger whose lines carry `component=name`."""
    return cast(FilteringBoundLogger, structlog.get_logger(component=name))


def bound(**context: str) -> AbstractContextManager[None]:
    """Bind fields (connection, person) to every line logged by this task, and those it starts, within the
    block.
    """
    return cast("AbstractContextManager[None]", bound_contextvars(**context))


def withhold(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: what people wrote does not reach a log, nor do raw bytes, save short ids (as
    hex).
    """
    for key, value in event.items():
        if key in WITHHELD:
            event[key] = "[withheld]"
        elif isinstance(value, bytes):
            event[key] = value.hex() if len(value) <= 16 else f"[{len(value)} bytes]"
    return event


def _rendering(format: Format, *, colors: bool) -> list[Processor]:
    # Never with local variables: they hold message bodies and tokens, and both renderers may show them by default.
    if format == "json":
        tracebacks = ExceptionDictTransformer(show_locals=False)
        return [ExceptionRenderer(tracebacks), structlog.processors.JSONRenderer()]
    return [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)]
