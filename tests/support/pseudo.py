"""A language nobody speaks: longer by two fifths, accented, and marked, so that what is not translated shows."""

from PySide6.QtCore import QTranslator

OPEN, CLOSE = "⟦", "⟧"
LONGER = 0.4
_ACCENTS = str.maketrans("aeiouAEIOU", "áéíóúÁÉÍÓÚ")


def pseudo(text: str) -> str:
    """The text in that language; placeholders (`{name}`, `%n`) stay."""
    parts = []
    inside = False
    for piece in text.replace("{", "\0{").replace("}", "}\0").split("\0"):
        inside = piece.startswith("{")
        parts.append(piece if inside else piece.translate(_ACCENTS))
    more = round(len(text) * LONGER)
    padding = " " + "".join("ło "[place % 3] for place in range(max(0, more - 1))) if more else ""
    return f"{OPEN}{''.join(parts)}{padding.rstrip()}{CLOSE}"


class PseudoLocale(QTranslator):
    """Translates everything into it."""

    def isEmpty(self) -> bool:
        return False

    def translate(self, _context: str, text: str, _hint: str | None = None, n: int = -1) -> str:
        return pseudo(text).replace("%n", str(n)) if n >= 0 else pseudo(text)
