"""A system that lacks what Qt needs for its display is told of in a sentence, not with an abort."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from coachline_desktop import start
from coachline_desktop.display import XCB_LIBRARIES, wanting


def lacks(*libraries: str) -> Callable[[str], None]:
    def load(library: str) -> None:
        if library in libraries:
            raise OSError(library)

    return load


@pytest.mark.parametrize(
    ("environ", "asked"),
    [
        ({"DISPLAY": ":0"}, True),
        ({"QT_QPA_PLATFORM": "xcb"}, True),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, False),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, False),
        ({}, False),
    ],
)
def test_only_where_the_window_would_open_on_x(
    environ: Mapping[str, str], asked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coachline_desktop.display.sys.platform", "linux")
    missing = wanting(environ, lacks("libxcb-cursor.so.0", "libxcb-icccm.so.4"))
    assert missing == (["libxcb-cursor0", "libxcb-icccm4"] if asked else [])
    assert wanting(environ, lacks()) == []
    monkeypatch.setattr("coachline_desktop.display.sys.platform", "darwin")
    assert wanting(environ, lacks(*XCB_LIBRARIES)) == []


def test_the_program_says_what_to_install(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(start, "wanting", lambda _: ["libxcb-cursor0", "libxcb-icccm4"])
    assert start.start(None) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "libxcb-cursor0 libxcb-icccm4" in line
