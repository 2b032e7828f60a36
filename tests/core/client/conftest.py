"""A furnished world for every test of the session."""

from pathlib import Path

import pytest
from support.client_world import World, furnished


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A signed-in phone, and a server with a conversation of three messages.

    Tests that use it ask for `autojump_clock` themselves: pytest-trio looks at their own arguments only.
    """
    world = World(tmp_path)
    furnished(world.server, messages=3)
    world.sign_in()
    return world
