"""What is built is what works: the wheel alone, with one extra at a time, in an environment of its own."""

from email.parser import Parser
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from support.checkout import PACKAGES, ROOT
from support.environments import Environment, build_wheel, needed

SHARED = ("coachline_protocol", "coachline_core")

# extra → the packages that have to work with it
SIDES = {
    "": SHARED,
    "server": (*SHARED, "coachline_server"),
    "desktop": (*SHARED, "coachline_desktop"),
}

IMPORT_ALL = """
import importlib, pkgutil, sys
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, name + "."):
        importlib.import_module(module.name)
    print(package.__file__)
"""


class Installed(NamedTuple):
    """An environment that holds the wheel with one extra, and the names of all that came with it."""

    extra: str
    environment: Environment
    packages: set[str]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module", params=SIDES, ids=lambda extra: extra or "base")
def installed(request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    environment = Environment(tmp_path_factory.mktemp("installed") / "environment")
    environment.install(wheel)
    with ZipFile(wheel) as archive:
        (metadata,) = [entry for entry in archive.namelist() if entry.endswith(".dist-info/METADATA")]
        asked_for = Parser().parsestr(archive.read(metadata).decode()).get_all("Requires-Dist", [])
    packages = needed(asked_for, request.param)
    for package in packages.values():
        environment.link(package)
    return Installed(request.param, environment, set(packages))


def test_the_side_an_extra_is_for_can_be_imported(installed: Installed) -> None:
    done = installed.environment.run("python", "-c", IMPORT_ALL, *SIDES[installed.extra])
    assert (done.returncode, done.stderr) == (0, "")
    assert all(Path(line).is_relative_to(installed.environment.folder) for line in done.stdout.splitlines())


def test_a_deployment_lock_pins_what_the_extra_asks_for_and_nothing_more(installed: Installed) -> None:
    lock = ROOT / "packaging" / "locks" / f"{installed.extra or 'base'}.txt"
    lines = lock.read_text(encoding="utf-8").splitlines()
    pinned = [Requirement(line.removesuffix("\\")) for line in lines if line and not line.startswith(" ")]
    here = {pin.name for pin in pinned if pin.marker is None or pin.marker.evaluate()}
    assert here == installed.packages


def test_the_wheel_holds_the_four_packages_and_nothing_else(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        top = {entry.split("/")[0] for entry in archive.namelist()}
    assert {entry for entry in top if not entry.endswith(".dist-info")} == set(PACKAGES.values())


@pytest.mark.parametrize(
    ("command", "extra", "word"), [("coachlined", "server", "serve"), ("coachline", "desktop", "data")]
)
def test_the_command_says_what_is_missing_in_one_line(
    installed: Installed, command: str, extra: str, word: str
) -> None:
    done = installed.environment.run(command, "--help")
    if installed.extra == extra:
        assert (done.returncode, done.stderr) == (0, "")
        assert word in done.stdout
    else:
        (line,) = done.stderr.splitlines()
        assert done.returncode != 0
        assert f'pip install "coachline[{extra}]"' in line
