"""Off-screen Qt; whatever Qt says that is not silence fails the test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

SAID_BY_THE_PLATFORM = ("This plugin does not support propagateSizeHints()", "This plugin does not support raise()")
"""What the off-screen platform says of itself and not of us."""


@pytest.fixture(autouse=True)
def silent_qt() -> Iterator[list[str]]:
    """What Qt said; it must be nothing at the end."""
    said: list[str] = []

    def hear(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        if kind != QtMsgType.QtDebugMsg and message not in SAID_BY_THE_PLATFORM:
            said.append(f"{kind.name}: {message}")

    before = qInstallMessageHandler(hear)
    yield said
    qInstallMessageHandler(before)
    assert said == []


@pytest.fixture
def widgets(qtbot: QtBot) -> QtBot:
    """Qt is there, and a robot for it."""
    return qtbot
