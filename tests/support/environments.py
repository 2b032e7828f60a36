"""Environments that hold one wheel and what its metadata asks for, made without a network.

The packages are linked, file by file, from the environment the tests run in.
What is not asked for is not there: that is the isolation, and it costs no download.
"""

import os
import subprocess
import sys
import venv
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def build_wheel(checkout: Path, folder: Path) -> Path:
    """Build the checkout's wheel into a folder, with the locked build backend."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--wheel-dir", str(folder)]
    options = ["--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, *options, str(checkout)], check=True, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    return wheel


def needed(requirements: list[str], extra: str) -> dict[str, Distribution]:
    """The installed distributions that requirements lead to, directly or not: name → distribution."""
    found: dict[str, Distribution] = {}
    open_ends = [(Requirement(line), extra) for line in requirements]
    seen: set[tuple[str, str]] = set()
    while open_ends:
        requirement, wanted = open_ends.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": wanted}):
            continue
        name = canonicalize_name(requirement.name)
        found.setdefault(name, distribution(name))
        for each in {"", *requirement.extras}:
            if (name, each) not in seen:
                seen.add((name, each))
                open_ends += [(Requirement(line), each) for line in found[name].requires or ()]
    return found


class Environment:
    """A fresh virtual environment without pip, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, symlinks=os.name != "nt")
        self.bin = folder / ("Scripts" if os.name == "nt" else "bin")
        (self.packages,) = [path for path in folder.rglob("site-packages") if path.is_dir()]
        self.folder = folder

    def install(self, wheel: Path) -> None:
        """Install a wheel without what it asks for."""
        command = [sys.executable, "-m", "pip", "--python", str(self.folder), "install", "--quiet"]
        subprocess.run([*command, "--no-deps", "--no-index", str(wheel)], check=True, cwd=self.folder)

    def link(self, package: Distribution) -> None:
        """Make an installed distribution importable here: its files under site-packages, as links."""
        for file in package.files or ():
            target = self.packages / file
            if ".." in file.parts or "__pycache__" in file.parts:
                continue  # scripts and manual pages lie outside; caches are made again
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(str(package.locate_file(file)))

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment in an empty folder, with nothing of ours on any path."""
        empty = self.folder / "empty"
        empty.mkdir(exist_ok=True)
        variables = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "COV"))}
        command = [str(self.bin / program), *arguments]
        return subprocess.run(command, cwd=empty, env=variables, capture_output=True, text=True, check=False)
