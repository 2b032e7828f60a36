"""The desktop around the window: notifications, the badge, the clipboard, links, and what this device was told."""

import platform
from pathlib import Path
from typing import Final, get_args

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import QByteArray, QObject, QSettings, QTimeZone, QUrl, Signal, qVersion
from PySide6.QtGui import QColor, QDesktopServices, QFont, QGuiApplication, QIcon
from PySide6.QtWidgets import QSystemTrayIcon, QWidget

from coachline_desktop import intents
from coachline_desktop.icons import badged_icon
from coachline_desktop.screen import Alert
from coachline_desktop.state import Alerts, Appearance, Settings, TextPercent
from coachline_desktop.theme import LIGHT, Theme

SCHEMES: Final = ("http", "https", "mailto")
ALERT_MS: Final = 5000
BOLD: Final = QFont.Weight.Bold


class Preferences:
    """What this device was told, and where its window was: a small file that people can read."""

    def __init__(self, file: Path) -> None:
        self._kept = QSettings(str(file), QSettings.Format.IniFormat)

    def load(self) -> Settings:
        """What was kept; a word that means nothing is as if it were not there."""
        usual = Settings()
        appearance = str(self._kept.value("appearance", usual.appearance))
        alerts = str(self._kept.value("alerts", usual.alerts))
        sends = str(self._kept.value("enter_sends", usual.enter_sends)).lower() != "false"
        percent = str(self._kept.value("text_percent", usual.text_percent))
        return Settings(
            next((word for word in get_args(Appearance) if word == appearance), usual.appearance),
            next((word for word in get_args(Alerts) if word == alerts), usual.alerts),
            sends,
            next((size for size in get_args(TextPercent) if str(size) == percent), usual.text_percent),
        )

    def keep(self, settings: Settings) -> None:
        """Remember."""
        self._kept.setValue("appearance", settings.appearance)
        self._kept.setValue("alerts", settings.alerts)
        self._kept.setValue("enter_sends", settings.enter_sends)
        self._kept.setValue("text_percent", settings.text_percent)
        self._kept.sync()

    def place(self, window: QWidget) -> None:
        """Put the window where it was."""
        geometry = self._kept.value("geometry")
        if isinstance(geometry, QByteArray):
            window.restoreGeometry(geometry)

    def keep_place(self, window: QWidget) -> None:
        """Remember where the window is."""
        self._kept.setValue("geometry", window.saveGeometry())
        self._kept.sync()


class QtDesk(QObject):
    """The real desktop. `wants` says what a click on a notification wants."""

    wants = Signal(object)

    def __init__(self, preferences: Preferences, icon: QIcon, version: str) -> None:
        super().__init__()
        self._preferences, self._version = preferences, version
        self._icon, self._unread = icon, 0
        self._clicked: Alert | None = None
        self._tray: QSystemTrayIcon | None = None
        # Never an icon in a tray that is not there: it would be a window of its own somewhere.
        if QSystemTrayIcon.isSystemTrayAvailable():
            self._tray = QSystemTrayIcon(icon, self)
            self._tray.setToolTip("Coachline")
            self._tray.messageClicked.connect(self._follow)
            self._tray.show()

    def alert(self, alert: Alert) -> None:
        if self._tray is not None and self._tray.supportsMessages():
            self._clicked = alert
            self._tray.showMessage(_plain(alert.title), _plain(alert.words), self._icon, ALERT_MS)

    def badge(self, unread: int) -> None:
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication) and hasattr(app, "setBadgeNumber"):
            app.setBadgeNumber(unread)
        if self._tray is not None and unread != self._unread:
            self._unread = unread
            self._tray.setToolTip(f"Coachline ({unread})" if unread else "Coachline")
            self._tray.setIcon(self._counted(unread) if unread else self._icon)

    def copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)

    def open_link(self, address: str) -> None:
        url = QUrl(address, QUrl.ParsingMode.StrictMode)
        if url.isValid() and url.scheme().lower() in SCHEMES:
            QDesktopServices.openUrl(url)

    def keep_settings(self, settings: Settings) -> None:
        self._preferences.keep(settings)

    def load_settings(self) -> Settings:
        return self._preferences.load()

    def zone(self) -> str:
        return QTimeZone.systemTimeZoneId().toStdString()

    def device_name(self) -> str:
        return platform.node() or "computer"

    def diagnostics(self) -> str:
        lines = (
            f"coachline {self._version}",
            f"python {platform.python_version()}, pyside {pyside_version}, qt {qVersion()}",
            f"{platform.system()} {platform.release()}, {QGuiApplication.platformName()}",
        )
        return "\n".join(lines)

    @staticmethod
    def _counted(unread: int) -> QIcon:
        ground, ink = QColor(LIGHT.attention), QColor(LIGHT.on_attention)
        return badged_icon(str(unread) if unread < 10 else "9+", ground, ink, Theme(LIGHT).font("body", BOLD))

    def _follow(self) -> None:
        if self._clicked is not None:
            self.wants.emit(intents.OpenConversation(self._clicked.conversation))


def _plain(text: str) -> str:
    """Some desktops read a little HTML in notifications: foreign text must not be any."""
    return text.replace("&", "&amp;").replace("<", "&lt;")
