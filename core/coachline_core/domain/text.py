"""What people type: the one form it is kept in, and why it cannot be taken. Also used while typing."""

import re
import unicodedata
from functools import lru_cache
from zoneinfo import ZoneInfo

from coachline_protocol import limits
from coachline_protocol.codes import Refusal, RefusalCode

_INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
"""Unicode categories that leave no ink: controls, formats (zero-width, bidi), separators."""
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols that leave no ink either: Hangul fillers, the empty Braille cell."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNLIKE_CHARACTERS = 4
"""A password of fewer different characters is a pattern, however long."""


def normalise_text(text: str, *, field: str = "text") -> str | Refusal:
    """A message body in NFC: 1 … TEXT_CHARACTERS code points (so at most 20,000 bytes of UTF-8), not blank.

    Never cut: what is too long is refused with the limit and the actual length.
    """
    kept = unicodedata.normalize("NFC", text)
    if len(kept) > limits.TEXT_CHARACTERS:
        return Refusal(code=RefusalCode.TEXT_TOO_LONG, field=field, limit=limits.TEXT_CHARACTERS, actual=len(kept))
    if not storable(kept):
        return Refusal(code=RefusalCode.INVALID, field=field, hint="a NUL or a lone surrogate")
    if is_blank(kept):
        return Refusal(code=RefusalCode.TEXT_BLANK, field=field)
    return kept


def normalise_note(note: str, *, field: str, limit: int) -> str | Refusal:
    """A remark beside something else, in NFC and at most `limit` code points; one of which nothing shows is none."""
    kept = unicodedata.normalize("NFC", note)
    if len(kept) > limit:
        return Refusal(code=RefusalCode.TEXT_TOO_LONG, field=field, limit=limit, actual=len(kept))
    if not storable(kept):
        return Refusal(code=RefusalCode.INVALID, field=field, hint="a NUL or a lone surrogate")
    return "" if is_blank(kept) else kept


def normalise_name(name: str, *, field: str, limit: int) -> str | Refusal:
    """A name to be shown in one line: NFC, white space collapsed, 1 … `limit` code points, no control characters."""
    kept = " ".join(unicodedata.normalize("NFC", name).split())
    if len(kept) > limit:
        return Refusal(code=RefusalCode.TEXT_TOO_LONG, field=field, limit=limit, actual=len(kept))
    if not storable(kept) or any(unicodedata.category(character) == "Cc" for character in kept):
        return Refusal(code=RefusalCode.INVALID, field=field, hint="a control character or a lone surrogate")
    if is_blank(kept):
        return Refusal(code=RefusalCode.TEXT_BLANK, field=field)
    return kept


def fold_handle(handle: str) -> str | Refusal:
    """A handle or e-mail address as it is compared: NFKC, case folded, no white space, 1 … HANDLE_CHARACTERS."""
    kept = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", handle.strip()).casefold())
    if not kept or any(unicodedata.category(character) in _INVISIBLE | {"Cs"} for character in kept):
        return Refusal(code=RefusalCode.INVALID, field="handle", hint="empty, white space or control characters")
    if len(kept) > limits.HANDLE_CHARACTERS:
        return Refusal(code=RefusalCode.TEXT_TOO_LONG, field="handle", limit=limits.HANDLE_CHARACTERS, actual=len(kept))
    return kept


@lru_cache(maxsize=1024)
def valid_zone(name: str) -> bool:
    """Whether this is the name of an IANA time zone (the zone database is data, the same wherever it is read)."""
    if len(name) > limits.ZONE_CHARACTERS or not name.isascii():
        return False
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, not a relative path, a folder of zones
        return False
    return True


def check_password(password: str, *, handle: str = "") -> Refusal | None:
    """Why a new password is too weak, or None. Length counts most (NIST SP 800-63B, section 3.1.1.2)."""
    length = len(password)
    if length < limits.PASSWORD_MIN_CHARACTERS:
        return Refusal(
            code=RefusalCode.WEAK_PASSWORD, field="password", limit=limits.PASSWORD_MIN_CHARACTERS, actual=length
        )
    if length > limits.PASSWORD_MAX_CHARACTERS:
        return Refusal(code=RefusalCode.INVALID, field="password", limit=limits.PASSWORD_MAX_CHARACTERS, actual=length)
    if len(set(password)) < _UNLIKE_CHARACTERS:
        return Refusal(code=RefusalCode.WEAK_PASSWORD, field="password", hint="the same few characters")
    if handle and password.casefold().strip() == handle.casefold().strip():
        return Refusal(code=RefusalCode.WEAK_PASSWORD, field="password", hint="the same as the handle")
    return None


def preview(text: str) -> str:
    """A message in one line of a list: at most PREVIEW_CHARACTERS code points, an ellipsis where it was cut."""
    line = " ".join(text.split())
    if len(line) <= limits.PREVIEW_CHARACTERS:
        return line
    end = limits.PREVIEW_CHARACTERS - 1
    # A mark without its letter, or half a joined emoji, would show as another character.
    while end > 0 and (unicodedata.category(line[end])[0] == "M" or "\u200d" in line[end - 1 : end + 1]):
        end -= 1
    return line[:end].rstrip() + "…"


def storable(text: str) -> bool:
    """Whether every database and UTF-8 can hold this: no NUL, no lone surrogate."""
    return "\0" not in text and (text.isascii() or _SURROGATE.search(text) is None)


def is_blank(text: str) -> bool:
    """Whether nothing of this can be seen."""
    for character in text:
        # Nearly always the first one ends it.
        if character not in _FILLERS and unicodedata.category(character) not in _INVISIBLE:
            return False
    return True
