"""The files of the checkout as the architecture tests see them: all that git would not ignore."""

import ast
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# folder → the one import package in it
PACKAGES = {
    "protocol": "coachline_protocol",
    "core": "coachline_core",
    "server": "coachline_server",
    "desktop": "coachline_desktop",
}


def _ignored_names() -> list[str]:
    """The patterns of `.gitignore`, which holds plain names only: one per line, a slash after folders."""
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    return [".git", *(line.rstrip("/") for line in lines if line and not line.startswith("#"))]


def _walk(folder: Path, ignored: list[str]) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if any(fnmatch(entry.name, pattern) for pattern in ignored):
            continue
        if entry.is_dir():
            yield from _walk(entry, ignored)
        else:
            yield entry


@cache
def files() -> tuple[Path, ...]:
    """Every file of the checkout, absolute, in a fixed order."""
    return tuple(_walk(ROOT, _ignored_names()))


def name(file: Path) -> str:
    """A file as it is called in a message: relative to the checkout, with forward slashes."""
    return file.relative_to(ROOT).as_posix()


def sources() -> list[Path]:
    """The Python files of the four packages and of `packaging/`: what reaches people."""
    folders = {*PACKAGES, "packaging"}
    return [file for file in python_files() if file.relative_to(ROOT).parts[0] in folders]


def package_sources() -> list[Path]:
    """The Python files of the four packages."""
    return [file for file in python_files() if file.relative_to(ROOT).parts[0] in PACKAGES]


def python_files() -> list[Path]:
    """Every Python file of the checkout."""
    return [file for file in files() if file.suffix == ".py"]


def tree(file: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(file.read_text(encoding="utf-8"), filename=name(file))
