"""Tasks start in named places only: whoever looks for what runs at the same time reads these files.

A file is added here together with the reason why neither a supervisor nor the caller can own its tasks.
"""

import ast
from pathlib import Path

import pytest
from support.checkout import ROOT, name, package_sources, tree

# How tasks are born: trio's own ways, and the ways of threads and of asyncio, which have no place at all.
BIRTHS = {"open_nursery", "start_soon", "flat_nursery", "to_thread", "spawn_system_task", "start_guest_run", "Thread"}

NAMED_PLACES = {
    "core/coachline_core/runtime/nursery.py": "defines flat_nursery",
    "core/coachline_core/runtime/supervisor.py": "owns the tasks of all actors",
    "core/coachline_core/runtime/link.py": "trio-websocket's reader, one for each link",
    "core/coachline_core/runtime/executor.py": "the standing storage threads",
    "core/coachline_core/client/channel.py": "a connection's reader, writer and heartbeat: they end with it",
    "core/coachline_core/client/line.py": "the work of one connection: it ends with it and is begun anew by the next",
    "core/coachline_core/client/session.py": "owner, connector and ticker: a crash of one is a crash of the session",
    "desktop/coachline_desktop/app.py": "the painter, beside the screens, ends with the program",
    "desktop/coachline_desktop/aside.py": "a thread for what waits for a disk or a keyring",
    "desktop/coachline_desktop/loop.py": "trio as the guest of Qt's loop, and the signals that end it",
    "desktop/coachline_desktop/signed_in.py": "what people want of the server: ends with the session",
    "server/coachline_server/connection.py": "a connection's heartbeat and reads end with it",
    "server/coachline_server/listener.py": "one accepting task an address",
    "server/coachline_server/passwords.py": "hashing takes a thread for a tenth of a second, a bounded number at once",
    "server/coachline_server/sending.py": "what a link does not take at once, in its connection's nursery",
    "server/coachline_server/serve.py": "signals and the admin endpoint, beside the app, end with the process",
}


def births(module: ast.Module) -> set[str]:
    """The names from BIRTHS that a module uses, as attribute or bare."""
    used = {node.attr for node in ast.walk(module) if isinstance(node, ast.Attribute)}
    used |= {node.id for node in ast.walk(module) if isinstance(node, ast.Name)}
    return used & BIRTHS


@pytest.mark.parametrize("file", package_sources(), ids=name)
def test_tasks_start_in_named_places_only(file: Path) -> None:
    if name(file) not in NAMED_PLACES:
        assert births(tree(file)) == set()


@pytest.mark.parametrize("place", NAMED_PLACES)
def test_every_named_place_still_starts_tasks(place: str) -> None:
    assert births(tree(ROOT / place)) - ({"flat_nursery"} if place.endswith("nursery.py") else set())


@pytest.mark.parametrize(
    "source",
    [
        "async def f():\n  async with trio.open_nursery() as n: n.start_soon(g)",
        "from trio import open_nursery\nopen_nursery()",
        "async def f(): await trio.to_thread.run_sync(g)",
        "threading.Thread(target=f).start()",
    ],
)
def test_the_rule_finds_a_birth(source: str) -> None:
    assert births(ast.parse(source))
