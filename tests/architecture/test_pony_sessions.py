"""Pony stays behind the two stores, and no session of it lives across an await.

A `db_session` that an `await` interrupts is silently merged with the session of the task that runs meanwhile:
both then commit or roll back together.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.checkout import ROOT, name, package_sources, python_files, tree

STORES = (
    ROOT / "server/coachline_server/store",
    ROOT / "core/coachline_core/client/cache",
    ROOT / "core/coachline_core/client/cache.py",
)

WAITING = (ast.AsyncFunctionDef, ast.Await, ast.AsyncWith, ast.AsyncFor)


def is_session(node: ast.AST) -> bool:
    """Whether an expression names `db_session`, called or not, imported or through its module."""
    if isinstance(node, ast.Call):
        return is_session(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr == "db_session"
    return isinstance(node, ast.Name) and node.id == "db_session"


def opens_session(node: ast.AST) -> bool:
    """Whether a statement opens a session for what stands in it."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return any(is_session(decorator) for decorator in node.decorator_list)
    return isinstance(node, ast.With | ast.AsyncWith) and any(is_session(item.context_expr) for item in node.items)


def sessions_that_wait(module: ast.AST) -> list[int]:
    """The lines where a session is opened in, or around, what another task can interrupt."""
    return sorted({line for node in ast.walk(module) for line in _lines_of(node)})


def _lines_of(node: ast.AST) -> Iterator[int]:
    if isinstance(node, ast.AsyncFunctionDef):
        yield from (inner.lineno for inner in ast.walk(node) if is_session(inner) and isinstance(inner, ast.expr))
    if isinstance(node, ast.stmt) and opens_session(node) and any(isinstance(n, WAITING) for n in ast.walk(node)):
        yield node.lineno


def imports_pony(module: ast.AST) -> bool:
    """Whether a module imports any part of Pony, wherever in the file."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import) and any(alias.name.split(".")[0] == "pony" for alias in node.names):
            return True
        if isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").split(".")[0] == "pony":
            return True
    return False


@pytest.mark.parametrize("file", package_sources(), ids=name)
def test_pony_is_imported_by_the_stores_only(file: Path) -> None:
    in_a_store = any(file.is_relative_to(store) for store in STORES)
    assert in_a_store or not imports_pony(tree(file))


@pytest.mark.parametrize("file", python_files(), ids=name)
def test_no_session_lives_across_an_await(file: Path) -> None:
    assert sessions_that_wait(tree(file)) == []


@pytest.mark.parametrize(
    "source",
    [
        "async def f():\n    with db_session:\n        pass",
        "async def f():\n    with orm.db_session(strict=True):\n        pass",
        "@db_session\nasync def f():\n    pass",
        "@orm.db_session(retry=3)\nasync def f():\n    pass",
        "async def f():\n    await g(db_session(h))",
        "with db_session:\n    async def f():\n        pass",
        "@db_session\ndef f():\n    async def g():\n        pass",
        "async def f():\n    @db_session\n    def g():\n        pass",
    ],
)
def test_the_rule_finds_a_session_in_or_around_async_code(source: str) -> None:
    assert sessions_that_wait(ast.parse(source)) != []


@pytest.mark.parametrize(
    "source",
    [
        "@db_session\ndef f():\n    return 1",
        "def f():\n    with db_session:\n        pass\n\nasync def g():\n    await run(f)",
    ],
)
def test_the_rule_leaves_plain_functions_alone(source: str) -> None:
    assert sessions_that_wait(ast.parse(source)) == []


@pytest.mark.parametrize(
    "source", ["import pony.orm", "from pony import orm", "def f():\n    from pony.orm import Set"]
)
def test_the_rule_finds_pony_however_it_is_imported(source: str) -> None:
    assert imports_pony(ast.parse(source))
