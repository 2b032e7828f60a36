"""A field for an amount: as wide as so many digits, however large they are written."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLineEdit, QSizePolicy

USUAL = 17
"""The characters, as wide as an x, that Qt measures a field by."""


class AmountField(QLineEdit):
    """`digits`: how many of them are seen at once."""

    def __init__(self, digits: int, text: str = "") -> None:
        super().__init__(text)
        self._digits = digits
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        usual, metrics = super().sizeHint(), self.fontMetrics()
        wider = self._digits * metrics.horizontalAdvance("0") - USUAL * metrics.horizontalAdvance("x")
        return QSize(usual.width() + wider, usual.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()
