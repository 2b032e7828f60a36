"""From a scene to a picture: the real window, off-screen, at one or two device pixels per pixel."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from coachline_desktop.theme import DARK, LIGHT, Look, Theme, dress
from coachline_desktop.views.main_window import MainWindow
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from pictures.scene import Scene

THEMES = {"light": Theme(LIGHT), "dark": Theme(DARK)}
ROUNDS = 6
"""Of events, until layouts that wait for one another have settled."""


def settle(app: QApplication) -> None:
    """Let everything that is posted happen."""
    for _ in range(ROUNDS):
        app.processEvents()
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def stage(app: QApplication, scene: Scene, theme: Theme) -> MainWindow:
    """The window of a scene, shown and at rest."""
    dress(app, theme)
    window = MainWindow(Look(theme, moves=False), "0.1.0")
    window.resize(*scene.size)
    window.show()
    window.show_state(scene.state)
    settle(app)
    scene.act(window)
    settle(app)
    return window


def photograph(window: QWidget) -> QImage:
    """The window as an image, with the device pixels that its screen has."""
    density = window.devicePixelRatioF()
    image = QImage(window.size() * density, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(density)
    image.fill(Qt.GlobalColor.magenta)  # what nobody paints is seen
    window.render(image, QPoint())
    return image


def picture_name(scene: Scene, theme: str, density: int) -> str:
    """What a picture's file is called."""
    return f"{scene.name}-{theme}@{density}x.png"


def write(app: QApplication, scene: Scene, folder: Path, density: int, themes: Sequence[str]) -> None:
    """Make the pictures of a scene; `density` is that of the screen Qt was started with."""
    for theme in themes:
        window = stage(app, scene, THEMES[theme])
        photograph(window).save(str(folder / picture_name(scene, theme, density)))
        window.close()
        window.deleteLater()
        settle(app)
