"""The checks of `dev.py check` hold in every run of the suite, so nothing is green that `check` calls red."""

import subprocess
import sys
import tomllib
from pathlib import Path

import dev
import pytest
from support.checkout import PACKAGES, ROOT


@pytest.mark.parametrize("check", dev.CHECKS)
def test_a_check_is_clean(check: str) -> None:
    program, *arguments = dev.CHECKS[check]
    command: list[str | Path] = [Path(sys.executable).parent / program, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("folder", PACKAGES)
def test_a_folder_cannot_be_imported_by_its_name(folder: str) -> None:
    # With the checkout on the path `import server` would find the folder and work by accident.
    done = subprocess.run(
        [Path(sys.executable).parent / "ruff", "check", "--stdin-filename", f"{folder}/probe.py", "-"],
        input=f'"""A probe."""\n\nimport {folder}\n\nprint({folder})\n',
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "TID251" in done.stdout


def test_every_package_stands_under_the_contracts_and_the_type_checker() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    tools = project["tool"]
    assert set(tools["importlinter"]["root_packages"]) == set(PACKAGES.values())
    assert set(tools["mypy"]["files"]) == {*PACKAGES, "packaging", "tests"}
    assert tools["mypy"]["strict"] is True
    built = tools["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert built == [f"{folder}/{package}" for folder, package in PACKAGES.items()]
