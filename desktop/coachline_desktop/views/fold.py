"""What comes and goes in a column: it slides open and shut, or is there and gone where nothing moves."""

from PySide6.QtCore import QEasingCurve, QEvent, QSize, QVariantAnimation, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from coachline_desktop.theme import CALM_MS, Look


class Fold(QWidget):
    """Holds one widget and shows as much of its foot as is open. Shut at first; `shut`: it is, after it was not."""

    shut = Signal()

    def __init__(self, look: Look, held: QWidget) -> None:
        super().__init__()
        self._look, self.held = look, held
        held.setParent(self)
        self._share = 0.0
        self.slide = QVariantAnimation(self)
        self.slide.setDuration(CALM_MS)
        self.slide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self.slide.valueChanged.connect(self._slid)
        self.slide.finished.connect(self._slid_to_its_end)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.hide()

    def turn(self, open_: bool) -> None:
        """Open or shut it; it goes on from where it is if it is moving."""
        share = 1.0 if open_ else 0.0
        if share == (self.slide.endValue() if self._moving else self._share):
            return
        self.slide.stop()
        if open_:
            self.show()
        self.slide.setStartValue(self._share)
        self.slide.setEndValue(share)
        if self._look.moves and (self.isVisible() or open_):
            self.slide.start()
        else:
            self._slid(share)
            self._slid_to_its_end()

    @property
    def _moving(self) -> bool:
        return self.slide.state() == QVariantAnimation.State.Running

    def _slid(self, share: float) -> None:
        self._share = share
        self.updateGeometry()
        self._place()

    def _slid_to_its_end(self) -> None:
        if self._share == 0.0:
            self.hide()
            self.shut.emit()

    def _place(self) -> None:
        whole = self._whole(self.width())
        self.held.setGeometry(0, self.height() - whole, self.width(), whole)

    def _whole(self, width: int) -> int:
        """Pixels that what it holds asks for."""
        asked = self.held.heightForWidth(width) if self.held.hasHeightForWidth() else self.held.sizeHint().height()
        return max(asked, self.held.minimumHeight())

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return round(self._share * self._whole(width))

    def sizeHint(self) -> QSize:
        width = self.held.sizeHint().width()
        return QSize(width, self.heightForWidth(self.width() or width))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.held.minimumSizeHint().width(), 0)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # what it holds asks for another height
            self.updateGeometry()
            self._place()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()
