"""What names a row across changes, and whether somebody is here: what all the window's values share."""

from typing import Literal

Key = bytes
"""Names a row across changes; an id (16 bytes) where the row is one thing, a word and a date elsewhere."""

Presence = Literal["online", "offline", "unknown"]
