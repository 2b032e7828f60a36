"""What is installed is pinned by hash, from wherever the reader's pip looks, and fits `pyproject.toml`."""

import re
import tomllib
from pathlib import Path

import dev
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from support.checkout import ROOT

PIN = re.compile(
    r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+?)(?: ; (?P<marker>.+?))?"
    r"(?: \\\n    --hash=sha256:[0-9a-f]{64})+$",
    re.M,
)


def lock_file(name: str) -> Path:
    return ROOT / "packaging" / "locks" / f"{name}.txt"


def pins(name: str) -> dict[str, str]:
    """The packages a lock file pins: name → version."""
    return {found["name"]: found["version"] for found in PIN.finditer(lock_file(name).read_text(encoding="utf-8"))}


def asked_for() -> list[Requirement]:
    """Everything `pyproject.toml` asks for by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lists = [
        project["build-system"]["requires"],
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    ]
    return [Requirement(line) for lines in lists for line in lines]


def test_every_lock_file_is_one_the_script_makes() -> None:
    found = {file.stem for file in lock_file("dev").parent.iterdir()}
    assert found == set(dev.LOCK_FILES)


@pytest.mark.parametrize("name", dev.LOCK_FILES)
def test_a_lock_file_holds_pins_with_hashes_and_nothing_else(name: str) -> None:
    text = lock_file(name).read_text(encoding="utf-8")
    assert pins(name)
    assert PIN.sub("", text).strip() == ""


@pytest.mark.parametrize("name", sorted(set(dev.LOCK_FILES) - {"dev", "lock", "bench"}))
def test_what_is_deployed_is_what_is_tested(name: str) -> None:
    tested = pins("dev")
    assert {package: version for package, version in pins(name).items() if tested.get(package) != version} == {}


def test_the_benchmark_changes_nothing_of_what_is_tested() -> None:
    # It installs into the same environment.
    tested = pins("dev")
    assert {name: pin for name, pin in pins("bench").items() if tested.get(name, pin) != pin} == {}


@pytest.mark.parametrize("requirement", asked_for(), ids=lambda requirement: requirement.name)
def test_the_lock_is_in_step_with_the_project_file(requirement: Requirement) -> None:
    pinned = (pins("bench") | pins("dev"))[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(pinned, prereleases=True)


@pytest.mark.parametrize("place", ["README.md", "packaging/environment.py", "packaging/Containerfile"])
def test_what_a_lock_file_pins_is_installed_without_resolving_anything(place: str) -> None:
    """Else an old pip passes by a pin that an extra asks for too, and wants the newest version's hash."""
    installing = re.findall(r"^.*--require-hashes.*$", (ROOT / place).read_text(encoding="utf-8"), re.M)
    assert installing
    assert [line for line in installing if "--no-deps" not in line] == []
