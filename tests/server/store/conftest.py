"""Every test that takes `database` or `store` runs on both databases."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from coachline_server.store.pony_store import PonyStore
from support.postgres import PostgresServer, postgres_server
from support.stored import TestDatabase


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


def sqlite_database(folder: Path) -> TestDatabase:
    def ask(sql: str) -> list[Any]:
        with closing(sqlite3.connect(folder / "coachline.db")) as connection, connection:
            return connection.execute(sql).fetchall()

    return TestDatabase("sqlite", f"sqlite:///{folder}/coachline.db", folder, ask)


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[TestDatabase]:
    database = sqlite_database(tmp_path)
    yield database
    database.close()


@pytest.fixture
def postgresql(tmp_path: Path, postgres: PostgresServer) -> Iterator[TestDatabase]:
    name = postgres.new_database()
    database = TestDatabase("postgres", postgres.url(name), tmp_path, lambda sql: postgres.ask(sql, name))
    yield database
    database.close()
    postgres.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> TestDatabase:
    found: TestDatabase = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def store(database: TestDatabase) -> PonyStore:
    return database.open()
