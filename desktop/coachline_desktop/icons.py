"""Our own drawings, tinted with the theme: an icon is one line drawing on 24 × 24, in the colour of its text."""

from functools import lru_cache
from importlib import resources

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

APP_SIZES = (16, 24, 32, 48, 64, 128, 256)
DENSITIES = (1, 2, 3)
"""Device pixels per pixel an icon is made ready for; in between the next larger is used."""

_folder = resources.files(__package__).joinpath("icons")


@lru_cache(maxsize=256)
def _renderer(name: str, colour: str) -> QSvgRenderer:
    drawing = _folder.joinpath(f"{name}.svg").read_text(encoding="utf-8")
    return QSvgRenderer(QByteArray(drawing.replace("currentColor", colour).encode()))


def paint_icon(painter: QPainter, name: str, colour: QColor, into: QRectF) -> None:
    """Draw an icon; sharp at every scale because it is drawn, not scaled."""
    _renderer(name, colour.name()).render(painter, into)


def pixmap(name: str, colour: QColor, size: int, density: float = 1.0) -> QPixmap:
    """An icon `size` pixels wide and high, on so many device pixels per pixel."""
    picture = QPixmap(round(size * density), round(size * density))
    picture.setDevicePixelRatio(density)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint_icon(painter, name, colour, QRectF(0, 0, size, size))
    painter.end()
    return picture


def icon(name: str, colour: QColor, size: int) -> QIcon:
    """An icon for a button."""
    made = QIcon()
    for density in DENSITIES:
        drawn = pixmap(name, colour, size, density)
        made.addPixmap(drawn)
        made.addPixmap(drawn, QIcon.Mode.Disabled)  # what is off is tinted by the theme, not greyed by Qt
    return made


def app_icon() -> QIcon:
    """The program's own icon, in the sizes desktops ask for."""
    made = QIcon()
    for size in APP_SIZES:
        made.addPixmap(pixmap("app", QColor("black"), size))
    return made


def badged_icon(words: str, ground: QColor, ink: QColor, font: QFont) -> QIcon:
    """The same with a count on a disc in its corner; `words` are two characters at most."""
    made = QIcon()
    for size in APP_SIZES:
        picture = pixmap("app", QColor("black"), size)
        disc = QRectF(size * 0.36, size * 0.36, size * 0.64, size * 0.64)
        lettering = QFont(font)
        lettering.setPixelSize(max(7, round(size * (0.46 if len(words) == 1 else 0.36))))
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawEllipse(disc)
        painter.setFont(lettering)
        painter.setPen(ink)
        painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, words)
        painter.end()
        made.addPixmap(picture)
    return made
