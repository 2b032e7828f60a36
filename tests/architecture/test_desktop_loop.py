"""The window's one thread: who may know trio and Qt, and that nothing in it waits for the world."""

import ast
from pathlib import Path

import pytest
from support.checkout import ROOT, name, tree

DESKTOP = ROOT / "desktop" / "coachline_desktop"
FILES = sorted(DESKTOP.rglob("*.py"))

BLOCKING = {"processEvents", "sleep", "urlopen", "check_output", "check_call", "waitForFinished", "msleep", "usleep"}
"""Calls that hold the thread on which everything is painted. (`trio.sleep` is another: it is awaited.)"""


def imported(module: ast.Module) -> set[str]:
    """The packages a module imports, by their first word."""
    words: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            words |= {alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            words.add(node.module.split(".")[0])
    return words


def blocking(module: ast.Module) -> set[str]:
    """What a module calls, without awaiting it, that would hold the thread."""
    awaited = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Await)}
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call) and id(node) not in awaited]
    return {call.func.attr for call in calls if isinstance(call.func, ast.Attribute)} & BLOCKING


@pytest.mark.parametrize("file", FILES, ids=name)
def test_one_file_knows_both_trio_and_qt(file: Path) -> None:
    both = {"trio", "PySide6"} <= imported(tree(file))
    assert both == (file == DESKTOP / "loop.py")


@pytest.mark.parametrize("file", FILES, ids=name)
def test_nothing_holds_the_thread_that_paints(file: Path) -> None:
    # The loop itself turns Qt by hand once it has ended, until trio has too: then there is nothing left to paint.
    assert blocking(tree(file)) - ({"processEvents"} if file == DESKTOP / "loop.py" else set()) == set()


@pytest.mark.parametrize("file", FILES, ids=name)
def test_dialogs_are_opened_and_never_waited_for(file: Path) -> None:
    waits = [
        node.lineno
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "exec"
    ]
    assert waits == [] or file == DESKTOP / "loop.py"


def test_the_rule_finds_what_waits() -> None:
    assert blocking(ast.parse("import time\ntime.sleep(1)\napp.processEvents()")) == {"sleep", "processEvents"}
    assert blocking(ast.parse("async def f(): await trio.sleep(1)")) == set()
