"""What every source file keeps to: size, a docstring, nothing left undone, nothing of somebody's machine."""

import ast
import re
from pathlib import Path

import pytest
from support.checkout import files, name, python_files, sources, tree

LINES_OF_A_FILE = 400
LINES_OF_A_FUNCTION = 60

UNDONE = re.compile(r"#.*\b(TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b")

# Written with character classes so that this file does not find itself.
OF_A_MACHINE = re.compile(r"[/](home|root|work|tmp|Users|opt)[/]\w|[A-Z]:[\\]+Users", re.ASCII)
OF_A_REGISTRY = re.compile(
    r"\b(py[p]i\.org|python[h]osted|registry\.np[m]js|crat[e]s\.io|proxy\.go[l]ang)", re.IGNORECASE
)


def readable() -> list[Path]:
    """Every file of the checkout that is text."""
    return [file for file in files() if b"\0" not in file.read_bytes()]


@pytest.mark.parametrize("file", python_files(), ids=name)
def test_a_file_can_be_read_in_one_go(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) < LINES_OF_A_FILE


@pytest.mark.parametrize("file", sources(), ids=name)
def test_a_function_fits_on_a_screen(file: Path) -> None:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    sizes = {
        node.name: (node.end_lineno or node.lineno) - node.lineno + 1
        for node in ast.walk(tree(file))
        if isinstance(node, kinds)
    }
    assert {function: size for function, size in sizes.items() if size >= LINES_OF_A_FUNCTION} == {}


@pytest.mark.parametrize("file", sources(), ids=name)
def test_a_public_module_says_what_it_is_for(file: Path) -> None:
    private = file.stem.startswith("_") and not file.stem.startswith("__")
    assert private or ast.get_docstring(tree(file))


@pytest.mark.parametrize("file", python_files(), ids=name)
def test_nothing_is_left_for_later(file: Path) -> None:
    assert UNDONE.findall(file.read_text(encoding="utf-8")) == []


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    found = {name(file): OF_A_MACHINE.findall(file.read_text(encoding="utf-8")) for file in readable()}
    assert {file: hits for file, hits in found.items() if hits} == {}


def test_no_file_names_a_package_registry() -> None:
    found = {name(file): OF_A_REGISTRY.findall(file.read_text(encoding="utf-8")) for file in readable()}
    assert {file: hits for file, hits in found.items() if hits} == {}
