"""What Qt asks of a Linux system before it can open a window on an X display, and says only with an abort."""

import ctypes
import sys
from collections.abc import Callable, Mapping
from typing import Final

XCB_LIBRARIES: Final = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
"""What Qt's platform `xcb` links to and its wheel does not bring, and the Debian package that has it."""


def wanting(environ: Mapping[str, str], load: Callable[[str], object] = ctypes.CDLL) -> list[str]:
    """The packages that are missing on this system, for the display that Qt would choose; empty: all is there."""
    asked = environ.get("QT_QPA_PLATFORM", "")
    on_x = asked.startswith("xcb") or (not asked and "DISPLAY" in environ and "WAYLAND_DISPLAY" not in environ)
    missing = []
    for library, package in XCB_LIBRARIES.items() if on_x and sys.platform == "linux" else ():
        try:
            load(library)
        except OSError:
            missing.append(package)
    return missing
