"""Where one is signed in, and how to end that from here."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from coachline_desktop import intents
from coachline_desktop.state import AppState, DeviceRow
from coachline_desktop.theme import Look, space
from coachline_desktop.views.controls import Card, Column, IconLabel, Words, button, clear, order_tabs
from coachline_desktop.views.empty_note import EmptyNote
from coachline_desktop.words import say as tr


class DevicesPage(Column):
    """Says `SignOutDevice` for another device, `SignOut` for this one."""

    intent = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__(look, tr("Devices"))
        self._shown: tuple[object, ...] | None = None
        self._rows = QVBoxLayout()
        self._rows.setSpacing(space(3))
        self.column.addWidget(Words(tr("Devices"), "heading"))
        about = tr("Everywhere you are signed in. Signing a device out cuts its connection at once.")
        self.column.addWidget(Words(about, "soft"))
        self.column.addLayout(self._rows)
        self.column.addStretch(1)

    def show_state(self, state: AppState) -> None:
        """Build anew only what differs."""
        if self._shown == (state.devices,):
            return
        self._shown = (state.devices,)
        clear(self._rows)
        for device in state.devices or ():
            self._rows.addWidget(self._device(device))
        if state.devices is None:
            note = EmptyNote(self._look, "devices")
            note.say(tr("Not known right now"), tr("The list comes from the server, as soon as there is a connection."))
            self._rows.addWidget(note)
        order_tabs(self)

    def _device(self, device: DeviceRow) -> QWidget:
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(Words(device.name, "strong"))
        words = tr("This device") if device.this else device.last_used
        names.addWidget(Words(words, "live" if device.this or device.online else "caption"))
        leave = button(tr("Sign out"), "danger")
        leave.setAccessibleName(tr("Sign out {device}").format(device=device.name))
        intent = intents.SignOut() if device.this else intents.SignOutDevice(device.key)
        leave.clicked.connect(lambda: self.intent.emit(intent))
        line = QHBoxLayout()
        line.setSpacing(space(4))
        drawing = IconLabel(self._look, "devices", 28, "accent" if device.online or device.this else "text_soft")
        line.addWidget(drawing, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addLayout(names, 1)
        line.addWidget(leave)
        return Card(line)
