"""`python -m pictures [FOLDER] [--only TEXT] [--theme light|dark] [--density 1|2]`"""

from __future__ import annotations

import argparse
import html
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QLocale, QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication

from pictures.render import THEMES, picture_name, write
from pictures.scene import Scene
from pictures.scenes import scenes

DENSITIES = (1, 2)
"""Device pixels per pixel."""
EMOJI = ("Noto Color Emoji", "Apple Color Emoji", "Segoe UI Emoji")
HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Coachline, every screen</title>
<style>body{font:15px system-ui;margin:32px;background:#f4eee3;color:#29251f}figure{display:inline-block;margin:12px}
img{width:520px;border-radius:8px;box-shadow:0 2px 12px #0003}figcaption{color:#685d50}</style>
<h1>Coachline, every screen</h1>"""
FIGURE = '<figure><a href="{0}"><img src="{0}" alt="{0}"></a><figcaption>{0}</figcaption></figure>'


def index(pictures: Mapping[str, Sequence[str]]) -> str:
    """The page that shows them all: a heading for each scene, its pictures below."""
    parts = [HEAD]
    for scene, names in pictures.items():
        parts.append(f"<h2>{html.escape(scene)}</h2>")
        parts += [FIGURE.format(html.escape(name)) for name in names]
    return "\n".join(parts)


def _hear(_kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
    """Pass on what Qt says of us; the off-screen platform also says of itself what it cannot do."""
    if "propagateSizeHints" not in message:
        print(message, file=sys.stderr)


def draw(folder: Path, only: str, density: int, themes: Sequence[str]) -> None:
    """Write the pictures of one density, the one Qt was started with."""
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.NewZealand))
    qInstallMessageHandler(_hear)
    app = QApplication([])
    if density == 1 and not any(family in QFontDatabase.families() for family in EMOJI):
        print("No emoji font here, so emoji are boxes: on Debian `apt-get install fonts-noto-color-emoji` adds one.")
    for scene in _chosen(only):
        write(app, scene, folder, density, themes)


def _chosen(only: str) -> list[Scene]:
    return [scene for scene in scenes() if only in scene.name]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pictures and say where they are."""
    parser = argparse.ArgumentParser(prog="pictures", description="Renders every screen of the window, off-screen.")
    parser.add_argument("folder", nargs="?", default="build/pictures", type=Path)
    parser.add_argument("--only", default="", help="only scenes whose name contains this")
    parser.add_argument("--theme", choices=tuple(THEMES))
    parser.add_argument("--density", type=int, choices=DENSITIES)
    wanted = parser.parse_args(arguments)
    folder: Path = wanted.folder
    folder.mkdir(parents=True, exist_ok=True)
    themes = (wanted.theme,) if wanted.theme else tuple(THEMES)
    densities = (wanted.density,) if wanted.density else DENSITIES
    if len(densities) == 1 and os.environ.get("QT_SCALE_FACTOR", "1") == str(densities[0]):
        draw(folder, wanted.only, densities[0], themes)
        return 0
    again = [sys.executable, "-m", "pictures", str(folder), "--only", wanted.only]
    again += ["--theme", wanted.theme] if wanted.theme else []
    for density in densities:  # Qt takes its scale once, at the start
        scaled = {**os.environ, "QT_SCALE_FACTOR": str(density), "PYTHONPATH": os.pathsep.join(sys.path)}
        subprocess.run([*again, "--density", str(density)], env=scaled, check=True)
    made = {
        scene.name: [picture_name(scene, theme, density) for theme in themes for density in densities]
        for scene in _chosen(wanted.only)
    }
    (folder / "index.html").write_text(index(made), encoding="utf-8")
    print(f"{sum(map(len, made.values()))} pictures: {(folder / 'index.html').resolve()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
