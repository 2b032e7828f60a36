"""The PostgreSQL that these tests run on."""

import fcntl
import os
import tempfile
from contextlib import suppress

import pytest
from support.postgres import PostgresServer, one_at_a_time


def entered_beside() -> bool:
    """Whether somebody else is let in now."""
    folder = os.open(tempfile.gettempdir(), os.O_RDONLY)
    try:
        with suppress(BlockingIOError):
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False
    finally:
        os.close(folder)


def test_nobody_makes_the_user_of_the_server_beside_us() -> None:
    with one_at_a_time():
        assert not entered_beside()


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_the_server_syncs_nothing(postgres: PostgresServer, setting: str) -> None:
    assert postgres.ask(f"SHOW {setting}") == [("off",)]
