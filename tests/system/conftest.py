"""What the tests of the real daemon share: a folder with a trainer, made once by the real commands."""

from pathlib import Path

import pytest
from support.process import coachlined, copied

TRAINER = "maya@example.org"
PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as `init` and `user add` leave it. Not to be served from."""
    data = tmp_path_factory.mktemp("made") / "data"
    assert coachlined("init", "--data", data).returncode == 0
    words = ("user", "add", TRAINER, "--role", "trainer", "--password-stdin", "--data", data)
    done = coachlined(*words, said=f"{PASSWORD}\n")
    assert done.returncode == 0, done.stderr
    return data


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    """A copy of one's own."""
    return copied(made, tmp_path / "data")
