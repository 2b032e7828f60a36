"""The two windows of the demo beside each other, and the pictures taken of them where nobody has a display."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import trio
from coachline_core.domain.text import valid_zone
from coachline_desktop.theme import LIGHT, Theme, dress
from PySide6.QtCore import QMessageLogContext, QRect, QRectF, Qt, QTimeZone, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QFont, QGuiApplication, QImage, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QApplication

from demo.pane import Pane

SIZES: Final = ((880, 660), (520, 660))
"""The trainer sits at a desk; the client's window is as narrow as a window may be."""
EDGE: Final = 28
CAPTION: Final = 64
"""Pixels around the windows, and for the words above them."""
SETTLED_SECONDS: Final = 0.15
"""Some frames: what happened is painted after them."""
ROUND: Final = 10
NEEDS_A_DISPLAY: Final = ("DISPLAY", "WAYLAND_DISPLAY")
OFF_SCREEN: Final = "offscreen"
WORDS: Final = 6
"""Of the title, in the name of a picture's file."""
UNSUPPORTED: Final = ("propagateSizeHints", "raise()")
"""Requests to a window system that the off-screen platform says it cannot grant."""


class Windows:
    """Where the windows stand, and what pictures were taken of them."""

    def __init__(self, pictures: Path) -> None:
        """Starts Qt. `pictures`: where they go, if there is no display; made with the first of them."""
        if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in NEEDS_A_DISPLAY):
            os.environ.setdefault("QT_QPA_PLATFORM", OFF_SCREEN)
        qInstallMessageHandler(_hear)
        self.app = QApplication([])
        self.app.setApplicationDisplayName("Coachline")
        self._theme = Theme(LIGHT)
        dress(self.app, self._theme)
        self.seen = QGuiApplication.platformName() != OFF_SCREEN
        """Whether there is a display."""
        self.taken: list[Path] = []
        """The pictures, in order."""
        self._folder = pictures

    @property
    def zone(self) -> str:
        """The IANA zone of this computer: the windows show its times."""
        zone = QTimeZone.systemTimeZoneId().toStdString()
        return zone if valid_zone(zone) else "UTC"

    def pane(self, seat: int, folder: Path, name: str) -> Pane:
        """The window of the left (0) or the right (1) seat."""
        return Pane(self.app, folder, self._place(seat), name)

    def _place(self, seat: int) -> QRect:
        """Side by side in the middle of the screen; overlapping where it is too small for both."""
        room = QGuiApplication.primaryScreen().availableGeometry()
        width, height = SIZES[seat]
        whole = sum(each for each, _ in SIZES) + EDGE
        left = room.left() + max(0, (room.width() - whole) // 2)
        if seat == 1:
            left = min(left + SIZES[0][0] + EDGE, room.right() - width)
        return QRect(max(room.left(), left), room.top() + max(0, (room.height() - height) // 2), width, height)

    async def take_picture(self, title: str, panes: Mapping[str, Pane | None]) -> None:
        """Without a display: a picture of the windows (name → window, None: it is off) under a title."""
        if self.seen:
            return
        await trio.sleep(SETTLED_SECONDS)
        shots = [(name, pane.photograph() if pane else None) for name, pane in panes.items()]
        self._folder.mkdir(parents=True, exist_ok=True)
        words = re.findall(r"[a-z]+", title.lower().replace("'", ""))[:WORDS]
        file = self._folder / ("-".join([f"{len(self.taken) + 1:02}", *words]) + ".png")
        if not self._composed(title, shots).save(str(file)):
            raise OSError(f"{file} cannot be written")
        self.taken.append(file)

    def _composed(self, title: str, shots: list[tuple[str, QPixmap | None]]) -> QImage:
        density = next((shot.devicePixelRatio() for _, shot in shots if shot), 1.0)
        width = sum(each for each, _ in SIZES) + EDGE * (len(SIZES) + 1)
        height = max(each for _, each in SIZES) + CAPTION + EDGE
        image = QImage(round(width * density), round(height * density), QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(density)
        image.fill(self._theme.colour("canvas"))
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setFont(self._theme.font("title", QFont.Weight.DemiBold))
        painter.setPen(self._theme.colour("text"))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(EDGE, 0, width - 2 * EDGE, CAPTION), middle, title)
        left = EDGE
        for (name, shot), size in zip(shots, SIZES, strict=True):
            self._frame(painter, QRectF(left, CAPTION, *size), name, shot)
            left += size[0] + EDGE
        painter.end()
        return image

    def _frame(self, painter: QPainter, box: QRectF, name: str, shot: QPixmap | None) -> None:
        outline = QPainterPath()
        outline.addRoundedRect(box, ROUND, ROUND)
        painter.save()
        painter.setClipPath(outline)
        if shot is not None:
            painter.drawPixmap(box.topLeft(), shot)
        else:
            painter.fillPath(outline, self._theme.colour("text"))
            painter.setPen(self._theme.colour("canvas"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{name}'s device is switched off")
        painter.restore()
        painter.strokePath(outline, QPen(self._theme.colour("line"), 1))


def _hear(_kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
    """Pass on what Qt says of us; the off-screen platform also says of itself what it cannot do."""
    if not any(request in message for request in UNSUPPORTED):
        sys.stderr.write(message + "\n")
