"""Makes the Qt program and the window, and runs the one inside the other."""

import os
import sys
from importlib.metadata import version
from pathlib import Path

from coachline_core.runtime.seams import SystemClock
from PySide6.QtWidgets import QApplication

from coachline_desktop import connectivity, loop
from coachline_desktop.app import App
from coachline_desktop.desk import Preferences, QtDesk
from coachline_desktop.display import wanting
from coachline_desktop.icons import app_icon
from coachline_desktop.places import Places, usual_folder
from coachline_desktop.single import Single
from coachline_desktop.window import Window


def start(folder: Path | None) -> int:
    """The whole life of the program; returns its exit code. Raises what a defect raises, after everything ended."""
    if missing := wanting(os.environ):
        sys.stderr.write(f"Qt needs packages of the system for this display: apt-get install {' '.join(missing)}\n")
        return 1
    app = QApplication(sys.argv[:1])
    app.setApplicationName("coachline")
    app.setApplicationDisplayName("Coachline")
    app.setDesktopFileName("coachline")
    try:
        places = Places((folder or usual_folder()).absolute())
    except OSError as error:
        sys.stderr.write(f"The data folder cannot be used: {error}\n")
        return 1
    single = Single(places.folder)
    if not single.claim():
        return 0  # the window that is there has come forward
    try:
        show(app, places, single)
    except KeyboardInterrupt:
        return 130
    finally:
        single.release()
    return 0


def show(app: QApplication, places: Places, single: Single) -> None:
    """One window on one data folder, until it is closed."""
    release = version("coachline")
    preferences = Preferences(places.preferences)
    window = Window(app, preferences, release)
    desk = QtDesk(preferences, app_icon(), release)
    single.knocked.connect(window.come_forward)
    desk.wants.connect(window.follow)
    network = connectivity.of_the_system()
    network.wants.connect(window.wants)
    wants = loop.listen(window.wants)
    window.main.show()
    try:
        loop.run(app, lambda: App(places, window, desk, SystemClock()).run(wants))
    finally:
        window.close()
