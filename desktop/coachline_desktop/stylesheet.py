"""The style sheet of the window, made from the theme: what Qt draws itself shall look like what we paint."""

from string import Template
from typing import Final

from coachline_desktop.theme import MONO_FAMILIES, RADIUS, RADIUS_SMALL, SIZES, Theme, roles, space

_SHEET = Template("""
* { font-family: "Manrope"; font-size: ${body}px; color: $text; outline: none; }
QMainWindow { background: $surface; border: none; }
#page_ground { background: $canvas; border: none; }
QScrollArea#page { background: $canvas; border: 2px solid $canvas; }
QScrollArea#page:focus { border-color: $line; }
QToolTip { background: $text; color: $surface; border: none; padding: 6px 8px; font-size: ${small}px; }

#side { background: $surface; border-right: 1px solid $line; }
#conversations { background: $surface; border: none; outline: none; }
#timeline { background: $canvas; border: none; outline: none; }
#header { background: $surface; border-bottom: 1px solid $line; }
#composer { background: $surface; border-top: 1px solid $line; }
#nothing, #nothing > QWidget > QWidget { background: $canvas; }
QScrollArea#empty, QScrollArea#empty > QWidget > QWidget { background: transparent; }

QLabel { background: transparent; }
QLabel:disabled { color: $text_soft; }
QLabel[manner="wordmark"] { font-size: ${title}px; font-weight: 800; color: $accent; }
QLabel[manner="display"] { font-size: ${display}px; font-weight: 700; }
QLabel[manner="heading"] { font-size: ${heading}px; font-weight: 700; }
QLabel[manner="section"], QLabel[manner="empty_title"], QLabel[manner="title"] {
    font-size: ${title}px; font-weight: 700; }
QLabel[manner="strong"] { font-weight: 700; }
QLabel[manner="label"] { font-size: ${small}px; font-weight: 600; color: $text_soft; }
QLabel[manner="soft"] { color: $text_soft; }
QLabel[manner="caption"] { font-size: ${small}px; color: $text_soft; }
QLabel[manner="live"] { font-size: ${small}px; font-weight: 600; color: $online; }
QLabel[manner="problem"] { font-size: ${small}px; font-weight: 600; color: $danger; }
QLabel[manner="counter"] { font-size: ${caption}px; font-weight: 600; color: $text_soft; }
QLabel[manner="key"] { font-size: ${small}px; font-weight: 600; color: $text_soft; background: $sunken;
    border: 1px solid $line; border-radius: ${small_radius}px; padding: 1px 6px; }
QLabel[manner="code"] { font-family: $mono; font-size: ${heading}px; font-weight: 700; color: $accent;
    background: $accent_soft; border-radius: ${radius}px; padding: 14px 16px; }

QPushButton { border: none; border-radius: ${radius}px; padding: 9px 18px; font-weight: 700; min-height: 20px; }
QPushButton[kind="primary"] { background: $accent; color: $on_accent; }
QPushButton[kind="primary"]:hover { background: $accent_strong; }
QPushButton[kind="secondary"] { background: $accent_soft; color: $accent; }
QPushButton[kind="secondary"]:hover { background: $selected; }
QPushButton[kind="quiet"] { background: transparent; color: $accent; padding: 9px 12px; }
QPushButton[kind="quiet"]:hover { background: $hover; }
QPushButton[kind="danger"] { background: transparent; color: $danger; padding: 9px 12px; }
QPushButton[kind="danger"]:hover { background: $danger_soft; }
QPushButton[kind="toggle"] { background: $sunken; color: $accent; padding: 6px 10px; font-size: ${small}px; }
QPushButton[kind="toggle"]:hover { background: $hover; }
QPushButton[kind="toggle"]:checked { background: $accent_soft; }
QPushButton:disabled { background: $sunken; color: $text_soft; }
QPushButton[kind]:focus { border: 2px solid $accent; padding: 7px 16px; }
QPushButton[kind="toggle"]:focus { padding: 4px 8px; }
QPushButton[kind="primary"]:focus { border-color: $text; }
QPushButton[kind="quiet"]:focus, QPushButton[kind="danger"]:focus { padding: 7px 10px; }
QPushButton[kind="way"] { background: $surface; border: 1px solid $line; border-radius: ${radius}px;
    text-align: left; padding: 0; }
QPushButton[kind="way"]:hover { border-color: $accent; background: $hover; }
QPushButton[kind="way"]:focus { border: 2px solid $accent; padding: 0; }
QToolButton#jump { background: $surface; border: 1px solid $line; border-radius: 20px; padding: 0 0 3px 0;
    color: $attention; font-size: ${caption}px; font-weight: 700; }
QToolButton#jump:hover { background: $hover; }
QToolButton#jump:focus { border: 2px solid $accent; }

QToolButton { background: transparent; border: none; border-radius: ${radius}px; }
QToolButton:hover { background: $hover; }
QToolButton:focus { border: 2px solid $accent; }
QToolButton#send { background: $accent; border-radius: ${send_round}px; }
QToolButton#send:hover { background: $accent_strong; }
QToolButton#send:disabled { background: $sunken; }
QToolButton#send:focus { border: 2px solid $text; }
QToolButton[tab="true"] { font-size: ${caption}px; font-weight: 600; color: $text_soft; padding: 6px 2px 4px 2px; }
QToolButton[tab="true"]:checked { color: $accent; background: $accent_soft; }

QLineEdit, QPlainTextEdit#write { background: $sunken; border: 1px solid $line; border-radius: ${radius}px;
    padding: 8px 12px; selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit { min-height: 22px; }
QLineEdit, QPlainTextEdit#write { placeholder-text-color: $text_soft; }
QLineEdit:focus, QPlainTextEdit#write:focus { border: 2px solid $accent; padding: 7px 11px; }
QLineEdit[wrong="true"] { border: 2px solid $danger; padding: 7px 11px; }
QPlainTextEdit#write { padding: 5px 14px; border-radius: 20px; }
QPlainTextEdit#write:focus { border: 1px solid $accent; padding: 5px 14px; }

QFrame[pill="plain"] { background: $pill; border-radius: ${pill_round}px; }
QFrame[pill="good"] { background: $accent_soft; border-radius: ${pill_round}px; }
QFrame[pill="fair"], QFrame[pill="bad"] { background: $attention_soft; border-radius: ${pill_round}px; }
QLabel[manner="pill"] { font-size: ${small}px; font-weight: 700; }
QPushButton[kind="choice"] { background: $sunken; border: 1px solid $line; padding: 6px 10px; }
QPushButton[kind="choice"]:hover { border-color: $accent; }
QPushButton[kind="choice"]:focus { border: 2px solid $accent; padding: 5px 9px; }
QComboBox, QDateEdit { background: $sunken; border: 1px solid $line; border-radius: ${radius}px; padding: 7px 10px;
    min-height: 22px; }
QComboBox:focus, QDateEdit:focus { border: 2px solid $accent; padding: 6px 9px; }
QDateEdit[wrong="true"] { border: 2px solid $danger; padding: 6px 9px; }
QComboBox:disabled, QDateEdit:disabled { color: $text_soft; }
QComboBox::drop-down, QDateEdit::drop-down { border: none; width: ${drop}px; }
QComboBox::down-arrow, QDateEdit::down-arrow { image: url("$arrow"); width: ${arrow_wide}px; height: ${arrow_wide}px; }
QComboBox { combobox-popup: 0; }
QComboBox QAbstractItemView { background: $surface; border: 1px solid $line; padding: 4px;
    selection-background-color: $selected; selection-color: $text; outline: none; }
QComboBox QAbstractItemView::item { padding: 6px 8px; border-radius: ${small_radius}px; }
QComboBox QAbstractItemView::item:selected { background: $selected; color: $text; }

QFrame[card="true"] { background: $surface; border: 1px solid $line; border-radius: 16px; }
QFrame[asking="true"] { border: 2px solid $attention; }
QFrame[banner="true"] { background: $attention_soft; border: none; border-bottom: 1px solid $line; }
QFrame[banner="calm"] { background: $accent_soft; border: none; border-bottom: 1px solid $line; }
QFrame[notice="info"] { background: $accent_soft; border-radius: ${radius}px; }
QFrame[notice="warning"] { background: $attention_soft; border-radius: ${radius}px; }
QFrame[notice="error"] { background: $danger_soft; border-radius: ${radius}px; }
QFrame[rule="true"] { background: $line; border: none; max-height: 1px; min-height: 1px; }

QRadioButton, QCheckBox { spacing: 0; padding: 0; background: transparent; }
QRadioButton::indicator, QCheckBox::indicator { width: ${tick}px; height: ${tick}px; border: 2px solid $outline;
    background: $surface; }
QRadioButton::indicator { border-radius: ${round_}px; }
QCheckBox::indicator { border-radius: ${small_radius}px; }
QRadioButton::indicator:checked { border: none; width: ${box}px; height: ${box}px; image: url("$radio"); }
QCheckBox::indicator:checked { border-color: $accent; background: $accent; image: url("$check"); }
QRadioButton::indicator:focus, QCheckBox::indicator:focus { border: 2px solid $text; }
QRadioButton::indicator:checked:focus { width: ${tick}px; height: ${tick}px; border: 2px solid $text;
    border-radius: ${round_}px; }
QRadioButton::indicator:disabled, QCheckBox::indicator:disabled { border-color: $line; }

QMenu { background: $surface; border: 1px solid $line; border-radius: ${small_radius}px; padding: 6px; }
QMenu::item { padding: 8px 20px 8px 12px; border-radius: ${small_radius}px; }
QMenu::item:selected { background: $selected; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }

QScrollBar:vertical { background: transparent; width: 8px; margin: 2px; }
QScrollBar::handle:vertical { background: $outline; border-radius: 2px; min-height: 36px; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page { background: none; height: 0; }
""")


DRAWN: Final = {
    "box": 22,
    "round_": 11,
    "drop": 26,
    "arrow_wide": 12,
    "pill_round": 11,
}
"""How large what Qt draws itself is at a text size of 100 %, in pixels: it grows with the letters beside it."""


SEND: Final = 20
"""The drawing on the button that sends, in the same way."""


EDGE: Final = 2
"""Around a box to tick, within its width."""


def stylesheet(theme: Theme, drawings: str) -> str:
    """The sheet for a theme. `drawings`: path of the folder with the marks of ticked boxes."""
    name = "dark" if theme.dark else "light"
    values = {role: getattr(theme.colours, role) for role in roles()}
    sizes = {size: str(theme.pixels(size)) for size in SIZES}
    return _SHEET.substitute(
        values,
        **sizes,
        **{name: str(theme.grown(pixels)) for name, pixels in DRAWN.items()},
        tick=theme.grown(DRAWN["box"]) - 2 * EDGE,
        send_round=space(2.5) + theme.grown(SEND / 2),
        mono=", ".join(f'"{family}"' for family in MONO_FAMILIES),
        radius=RADIUS,
        small_radius=RADIUS_SMALL,
        check=f"{drawings}/check_{name}.svg",
        radio=f"{drawings}/radio_{name}.svg",
        arrow=f"{drawings}/arrow_{name}.svg",
    )
