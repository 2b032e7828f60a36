"""`packaging/dev.py`: what it promises before anything is installed, and when it installs."""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import dev
import environment
import pytest
from support.checkout import ROOT

SCRIPT = ROOT / "packaging" / "dev.py"
FILES = (SCRIPT, SCRIPT.with_name("environment.py"))
"""What runs before anything is installed."""

DOCUMENTS = ["README.md", "CONTRIBUTING.md", "packaging/README.md", "tests/README.md"]

COMMAND_IN_A_DOCUMENT = re.compile(r"packaging/dev\.py ([a-z]\w*)")


def script(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script as a newcomer would, with a Python that sees no installed package."""
    command = [sys.executable, "-E", "-s", "-S", str(SCRIPT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_script_needs_nothing_but_the_standard_library(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    beside = {file.stem for file in FILES}
    assert {module.split(".")[0] for module in imported} <= sys.stdlib_module_names | beside


@pytest.mark.parametrize("command", dev.COMMANDS)
def test_every_command_says_in_a_sentence_what_it_does(command: str) -> None:
    sentence = dev.COMMANDS[command].sentence
    for done in (script("--help"), script(command, "--help")):
        assert done.returncode == 0
        assert sentence in " ".join(done.stdout.split())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_commands_a_document_names_exist(document: str) -> None:
    named = COMMAND_IN_A_DOCUMENT.findall((ROOT / document).read_text(encoding="utf-8"))
    assert named
    assert set(named) <= set(dev.COMMANDS)


def test_the_readme_names_the_command_that_continuous_integration_runs() -> None:
    assert "python3 packaging/dev.py test" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "python3 packaging/dev.py test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_a_command_that_does_not_exist_is_refused() -> None:
    done = script("bake")
    assert done.returncode == 2
    assert "bake" in done.stderr


@pytest.mark.parametrize("version", [(3, 10), (3, 15), (2, 7)])
def test_a_wrong_python_is_refused_with_the_right_ones_named(version: tuple[int, int]) -> None:
    with pytest.raises(environment.Trouble, match=r"needs Python 3\.11 to 3\.14, and this is \d\.\d+: "):
        environment.refuse_wrong_python(version)


@pytest.mark.parametrize("version", [(3, 11), (3, 14)])
def test_a_right_python_is_taken(version: tuple[int, int]) -> None:
    environment.refuse_wrong_python(version)


def test_the_script_and_the_project_file_want_the_same_pythons() -> None:
    oldest, newest = environment.OLDEST_PYTHON, environment.FIRST_UNTRIED_PYTHON
    wanted = f'requires-python = ">={oldest[0]}.{oldest[1]},<{newest[0]}.{newest[1]}"'
    assert wanted in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_a_python_without_venv_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "ensurepip" else object())
    with pytest.raises(environment.Trouble, match="apt-get install python3-venv"):
        environment.make_environment()


def test_a_failed_installation_ends_with_what_the_installer_said_last() -> None:
    output = "\n".join(f"line {number}" for number in range(100))
    told = environment.why_it_failed(output, "Installing").splitlines()
    assert told[0] == "  line 85"
    assert told[-2:] == ["  line 99", "Installing failed: the lines above say why."]


@pytest.mark.parametrize("sign", environment.SIGNS_OF_NO_NETWORK)
def test_a_missing_network_is_called_that(sign: str) -> None:
    told = environment.why_it_failed(f"WARNING: Retrying\n{sign}\nERROR: No matching distribution", "Installing")
    assert told.endswith("Installing failed because the package index cannot be reached: check the network.")


def test_a_command_that_fails_shows_its_last_lines() -> None:
    with pytest.raises(environment.Trouble, match=r"  the reason\nTrying failed: the lines above say why\."):
        environment.quietly([sys.executable, "-c", "print('the reason'); raise SystemExit(3)"], "Trying")


class Checkout:
    """A checkout of its own whose installations are written down instead of made."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lock = folder / "locks" / "dev.txt"
        self.project = folder / "pyproject.toml"
        self.installed: list[str] = []
        self.lock.parent.mkdir()
        self.lock.write_text("one", encoding="utf-8")
        self.project.write_text("two", encoding="utf-8")
        self.python = folder / ".venv" / "python"
        monkeypatch.setattr(environment, "ROOT", folder)
        monkeypatch.setattr(environment, "LOCKS", self.lock.parent)
        monkeypatch.setattr(environment, "ENVIRONMENT", folder / ".venv")
        monkeypatch.setattr(environment, "BIN", folder / ".venv")
        monkeypatch.setattr(environment, "STAMP", folder / ".venv" / "stamp.json")
        monkeypatch.setattr(environment, "quietly", self.write_down)

    def write_down(self, command: Sequence[str | Path], doing: str) -> None:
        """In the place of `quietly`."""
        self.python.parent.mkdir(exist_ok=True)
        self.python.touch()
        self.installed.append(doing)

    def prepared(self) -> list[str]:
        """What a call of `prepare` does now."""
        self.installed.clear()
        environment.prepare()
        return list(self.installed)


ALL = ["Making .venv", "Installing the locked packages", "Installing the project"]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    return Checkout(tmp_path, monkeypatch)


def test_the_environment_is_made_once(checkout: Checkout) -> None:
    assert checkout.prepared() == ALL
    assert checkout.prepared() == []


def test_a_changed_lock_file_makes_the_environment_anew(checkout: Checkout) -> None:
    checkout.prepared()
    checkout.lock.write_text("other", encoding="utf-8")
    assert checkout.prepared() == ALL


def test_a_changed_project_file_installs_the_project_only(checkout: Checkout) -> None:
    checkout.prepared()
    checkout.project.write_text("other", encoding="utf-8")
    assert checkout.prepared() == ["Installing the project"]


def test_an_environment_that_lost_its_python_is_made_anew(checkout: Checkout) -> None:
    checkout.prepared()
    checkout.python.unlink()
    assert checkout.prepared() == ALL


def test_run_makes_its_data_once_and_hands_arguments_on(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    config = checkout.project.parent / ".coachline" / "coachlined.toml"
    became: list[list[str]] = []
    monkeypatch.setattr(dev, "DATA", config.parent)
    monkeypatch.setattr(dev, "quietly", checkout.write_down)
    monkeypatch.setattr(dev, "become", lambda command: became.append([str(part) for part in command[1:]]))
    dev.run(["--some", "flag"])
    config.touch()
    dev.run([])
    assert checkout.installed == ["Making .coachline"]
    assert became == [["serve", "--config", str(config), "--some", "flag"], ["serve", "--config", str(config)]]


def test_demo_plays_the_package_beside_the_script(monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(dev, "become", lambda command, **more: became.append((command[1:], more)))
    dev.demo(["--fast"])
    assert became == [(["-m", "demo", "--fast"], {"PYTHONPATH": str(SCRIPT.parent)})]


@pytest.mark.parametrize("command", ["autobahn", "crash", "fuzz", "bench", "mutants", "universe"])
def test_a_campaign_is_played_by_a_folder_of_the_tests(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[tuple[list[str], list[str]]] = []
    monkeypatch.setattr(
        dev, "become", lambda command, PYTHONPATH: became.append((command[1:], PYTHONPATH.split(os.pathsep)))
    )
    dev.COMMANDS[command].act(["--some", "flag"])
    assert became == [(["-m", command, "--some", "flag"], [str(ROOT / "tests"), str(ROOT / "packaging")])]
    assert (ROOT / "tests" / command / "__main__.py").is_file()


def test_an_installation_that_was_cut_off_is_made_anew(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout.prepared()
    checkout.lock.write_text("other", encoding="utf-8")

    def fail(*what: object, doing: str) -> None:
        raise environment.Trouble(doing)

    with monkeypatch.context() as broken:
        broken.setattr(environment, "pip_install", fail)
        with pytest.raises(environment.Trouble, match="Installing the locked packages"):
            environment.prepare()
    assert checkout.prepared() == ALL


# -- what Qt needs of the system ---------------------------------------------------------------------------


def test_qt_finds_its_libraries_where_these_tests_run() -> None:
    assert environment.missing_libraries() == []


@pytest.fixture
def without_egl(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """A Linux without libEGL; what was run on it."""
    ran: list[list[str]] = []
    monkeypatch.setattr(environment, "missing_libraries", lambda: ["libEGL.so.1"])
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(environment, "quietly", lambda command, doing: ran.append(list(command)))
    return ran


def test_root_on_debian_gets_what_qt_needs(without_egl: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    environment.prepare_windows()
    assert without_egl == [
        ["apt-get", "update"],
        ["apt-get", "install", "-y", "--no-install-recommends", "libegl1"],
    ]


def test_anybody_else_is_told_what_qt_needs(without_egl: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(environment.Trouble, match=r"libEGL\.so\.1.*sudo apt-get install .*libegl1"):
        environment.prepare_windows()
    assert without_egl == []


def test_a_library_that_is_not_there_is_found_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "QT_LIBRARIES", {"libnosuchthing.so.7": "libnosuchthing7"})
    assert environment.missing_libraries() == (["libnosuchthing.so.7"] if sys.platform == "linux" else [])
