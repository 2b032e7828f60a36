"""How Coachline looks: colours by role, type, space, corners and motion, all in one place.

The idea is a training diary on warm paper: ink, pine green for what is calm and mine, clay for what wants attention.
Every colour has a role; no view names a colour. Which roles stand on which is data (`STANDS_ON`), and a test computes
the contrast of each pair. All lengths are device-independent pixels; the screen's scale is Qt's affair.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from importlib import resources
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyle, QStyleFactory

from coachline_desktop.state import Appearance

GRID = 4
"""Every distance is a multiple of this."""
RADIUS_SMALL, RADIUS, RADIUS_BUBBLE = 6, 12, 18
CALM_MS = 220
"""Motion: how long something glides. Nothing moves longer, and nothing by itself."""

STYLE = "fusion"
FAMILY = "Manrope"
"""Comes with the program, under the SIL Open Font Licence; emoji and other scripts are the system's."""
MONO_FAMILIES = ("JetBrains Mono", "Cascadia Mono", "SF Mono", "DejaVu Sans Mono", "monospace")

Size = Literal["caption", "small", "body", "title", "heading", "display"]
SIZES: dict[Size, int] = {"caption": 11, "small": 12, "body": 14, "title": 16, "heading": 22, "display": 30}
"""Pixels of the em, at a text size of 100 %."""


def space(steps: float) -> int:
    """So many steps of the grid, in pixels."""
    return round(GRID * steps)


@dataclass(frozen=True, slots=True)
class Colours:
    """A colour for each role, as #rrggbb."""

    canvas: str
    """Behind the timeline: the paper."""
    surface: str
    """The list, headers, the composer, cards."""
    sunken: str
    """Fields and code."""
    hover: str
    selected: str
    line: str
    """Hairlines; says nothing by itself."""
    outline: str
    """Edges of fields and of hollow shapes: at least 3:1."""
    text: str
    text_soft: str
    accent: str
    """What can be pressed."""
    accent_strong: str
    """The same, under the pointer."""
    on_accent: str
    accent_soft: str
    attention: str
    """Unread, new."""
    on_attention: str
    attention_soft: str
    mine: str
    on_mine: str
    on_mine_soft: str
    theirs: str
    link: str
    danger: str
    on_danger: str
    danger_soft: str
    online: str
    pill: str
    """Behind day lines and system lines."""


CAMERA_PAPER, CAMERA_INK = "#ffffff", "#000000"
"""A picture that a camera reads is dark on white in every theme: not every camera reads the inverse."""

LIGHT = Colours(
    canvas="#f4eee3",
    surface="#fffcf6",
    sunken="#f3ece0",
    hover="#f5efe4",
    selected="#e2ece3",
    line="#e8dfd0",
    outline="#948877",
    text="#29251f",
    text_soft="#685d50",
    accent="#1f6a55",
    accent_strong="#175443",
    on_accent="#ffffff",
    accent_soft="#e0ece4",
    attention="#a94420",
    on_attention="#ffffff",
    attention_soft="#fae6da",
    mine="#d7e7db",
    on_mine="#1d2b24",
    on_mine_soft="#466053",
    theirs="#fffdf9",
    link="#17604c",
    danger="#a8322a",
    on_danger="#ffffff",
    danger_soft="#fae3de",
    online="#23734f",
    pill="#e7decf",
)

DARK = Colours(
    canvas="#191714",
    surface="#221f1b",
    sunken="#2c2823",
    hover="#2a2621",
    selected="#2a3a33",
    line="#342f29",
    outline="#857a6c",
    text="#f1eadf",
    text_soft="#b5a998",
    accent="#8fcfb3",
    accent_strong="#a9dec6",
    on_accent="#12241d",
    accent_soft="#263b33",
    attention="#f0a07c",
    on_attention="#2b140a",
    attention_soft="#402a20",
    mine="#28463b",
    on_mine="#eaf4ee",
    on_mine_soft="#a9c9ba",
    theirs="#2b2722",
    link="#9bd8bd",
    danger="#f3a095",
    on_danger="#300e0a",
    danger_soft="#45231f",
    online="#7fcaa8",
    pill="#2b2722",
)

STANDS_ON: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("text", ("canvas", "surface", "sunken", "hover", "selected", "accent_soft", "attention_soft", "danger_soft")),
    ("text", ("theirs", "pill")),
    ("text_soft", ("canvas", "surface", "sunken", "hover", "selected", "theirs", "pill")),
    ("accent", ("canvas", "surface", "sunken", "hover", "selected", "accent_soft")),
    ("on_accent", ("accent", "accent_strong")),
    ("attention", ("canvas", "surface", "hover", "selected")),
    ("on_attention", ("attention",)),
    ("on_mine", ("mine",)),
    ("on_mine_soft", ("mine",)),
    ("link", ("theirs", "mine", "danger_soft")),
    ("danger", ("surface", "canvas", "danger_soft")),
    ("on_danger", ("danger",)),
    ("online", ("surface", "canvas")),
)
"""Text of the first role is shown on grounds of the others."""

EDGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("outline", ("surface", "canvas")),
    ("online", ("surface", "canvas", "selected", "hover")),
    ("accent", ("surface", "canvas", "accent_soft", "sunken")),
    ("attention", ("surface", "accent_soft", "sunken")),
)
"""Shapes that mean something, which ask for 3:1 only: those of charts stand on cards, bands and empty bars too."""


def luminance(colour: str) -> float:
    """Relative luminance 0–1 of #rrggbb, as WCAG 2.2 defines it."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio 1–21, as WCAG 2.2 defines it."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@dataclass(frozen=True, slots=True)
class Theme:
    """One look: the colours, and how large text is (1.0 is 100 %)."""

    colours: Colours
    text_scale: float = 1.0

    @property
    def dark(self) -> bool:
        """Light ink on a dark ground."""
        return luminance(self.colours.canvas) < 0.2

    def colour(self, role: str) -> QColor:
        """The colour of a role."""
        return QColor(getattr(self.colours, role))

    def pixels(self, size: Size) -> int:
        """The em of a step of the type scale."""
        return self.grown(SIZES[size])

    def grown(self, pixels: float) -> int:
        """What takes so many pixels where text is at 100 %, as large as text is."""
        return round(pixels * self.text_scale)

    def font(self, size: Size, weight: QFont.Weight = QFont.Weight.Normal, *, italic: bool = False) -> QFont:
        """A font of the type scale."""
        font = QFont([FAMILY])
        font.setPixelSize(self.pixels(size))
        font.setWeight(weight)
        font.setItalic(italic)
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        return font

    def mono(self, size: Size) -> QFont:
        """A font in which all characters are equally wide."""
        font = QFont(list(MONO_FAMILIES))
        font.setPixelSize(self.pixels(size))
        font.setStyleHint(QFont.StyleHint.Monospace)
        return font

    def avatar(self, hue: int) -> tuple[QColor, QColor]:
        """Ground and ink of an avatar: the person's hue at the strength of this theme, never garish."""
        if self.dark:
            return QColor.fromHsl(hue, 70, 66), QColor.fromHsl(hue, 110, 222)
        return QColor.fromHsl(hue, 105, 214), QColor.fromHsl(hue, 110, 55)

    def shadow(self) -> QColor:
        """Beneath what lies on light paper; in the dark nothing throws one."""
        return QColor(90, 70, 40, 0 if self.dark else 22)

    def palette(self) -> QPalette:
        """What Qt's own drawing takes its colours from."""
        role, colour = QPalette.ColorRole, self.colour
        palette = QPalette()
        for name, of in _PALETTE:
            palette.setColor(name, colour(of))
        for name in (role.Text, role.WindowText, role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, name, colour("text_soft"))
        return palette


_PALETTE = (
    (QPalette.ColorRole.Window, "surface"),
    (QPalette.ColorRole.WindowText, "text"),
    (QPalette.ColorRole.Base, "surface"),
    (QPalette.ColorRole.AlternateBase, "canvas"),
    (QPalette.ColorRole.Text, "text"),
    (QPalette.ColorRole.PlaceholderText, "text_soft"),
    (QPalette.ColorRole.Button, "surface"),
    (QPalette.ColorRole.ButtonText, "text"),
    (QPalette.ColorRole.ToolTipBase, "text"),
    (QPalette.ColorRole.ToolTipText, "surface"),
    (QPalette.ColorRole.Highlight, "accent"),
    (QPalette.ColorRole.HighlightedText, "on_accent"),
    (QPalette.ColorRole.Link, "link"),
    (QPalette.ColorRole.Accent, "accent"),
)


def roles() -> Iterator[str]:
    """The names of all colour roles."""
    return (field.name for field in fields(Colours))


class Look(QObject):
    """The theme in force, and word of its change: views read `theme` when they draw."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QObject | None = None, *, moves: bool = True) -> None:
        super().__init__(parent)
        self._theme = theme
        self._moves = moves

    @property
    def moves(self) -> bool:
        """Whether things may glide: not where the desktop asks for stillness, nor where pictures are taken."""
        return self._moves and QApplication.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) > 0

    @property
    def theme(self) -> Theme:
        """How to draw now."""
        return self._theme

    def use(self, theme: Theme) -> None:
        """Draw like this from now on."""
        if theme != self._theme:
            self._theme = theme
            self.changed.emit()


def theme_for(appearance: Appearance, text_scale: float = 1.0) -> Theme:
    """The theme somebody chose; `system` asks the desktop."""
    if appearance == "system":
        dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    else:
        dark = appearance == "dark"
    return Theme(DARK if dark else LIGHT, text_scale)


def load_fonts() -> None:
    """Make the program's own fonts known to Qt; needs a QGuiApplication."""
    for file in sorted(resources.files(__package__).joinpath("fonts").iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".ttf"):
            QFontDatabase.addApplicationFontFromData(file.read_bytes())


def dress(app: QApplication, theme: Theme) -> None:
    """Give the whole program its fonts, its palette, and the one style the sheets are written for."""
    if FAMILY not in QFontDatabase.families():
        load_fonts()
    if app.style().name() != STYLE:  # set again, it would dress every widget of every window anew
        app.setStyle(QStyleFactory.create(STYLE))
    app.setPalette(theme.palette())
    app.setFont(theme.font("body"))
