"""The migrations make exactly what the entities say, on both databases, and nothing else ever makes tables."""

import ast
import sqlite3
from contextlib import closing
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from coachline_server.store import entities
from coachline_server.store.migrate import migrate
from pony.orm import Database as PonyDatabase
from support.checkout import name, package_sources, tree
from support.postgres import PostgresServer
from yoyo import get_backend, read_migrations
from yoyo.migrations import MigrationList


def say_sqlite(file: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(sql).fetchall()


def sqlite_schema(file: Path) -> dict[str, list[Any]]:
    """Per table its columns, indexes and foreign keys, as SQLite understood them."""
    tables = [
        table
        for (table,) in say_sqlite(file, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        if not table.startswith(("_yoyo", "yoyo", "sqlite_"))
    ]
    schema: dict[str, list[Any]] = {}
    for table in tables:
        indexes = say_sqlite(file, f"SELECT name, \"unique\", origin FROM pragma_index_list('{table}') ORDER BY name")
        schema[table] = [
            say_sqlite(file, f"PRAGMA table_info('{table}')"),
            [(*index, say_sqlite(file, f"PRAGMA index_info('{index[0]}')")) for index in indexes],
            say_sqlite(file, f"PRAGMA foreign_key_list('{table}')"),
        ]
    return schema


def test_sqlite_migrations_say_what_the_entities_say(tmp_path: Path) -> None:
    pony = PonyDatabase()
    entities.define(pony)
    pony.bind("sqlite", str(tmp_path / "entities.db"), create_db=True)
    pony.generate_mapping(create_tables=True)
    pony.disconnect()
    migrate(f"sqlite:///{tmp_path}/migrated.db", "sqlite")
    expected = sqlite_schema(tmp_path / "entities.db")
    assert len(expected) == 25
    assert sqlite_schema(tmp_path / "migrated.db") == expected


POSTGRES_SCHEMA = (
    "SELECT table_name, column_name, ordinal_position, data_type, is_nullable, column_default "
    "FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 3",
    "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2",
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2",
)


def postgres_schema(server: PostgresServer, database: str) -> list[list[Any]]:
    ours = [[row for row in server.ask(sql, database) if "yoyo" not in row[0]] for sql in POSTGRES_SCHEMA]
    assert all(ours)
    return ours


def test_postgresql_migrations_say_what_the_entities_say(postgres: PostgresServer) -> None:
    created, migrated = postgres.new_database(migrated=False), postgres.new_database()
    pony = PonyDatabase()
    entities.define(pony)
    pony.bind("postgres", dsn=postgres.url(created))
    pony.generate_mapping(create_tables=True)
    pony.disconnect()
    assert postgres_schema(postgres, migrated) == postgres_schema(postgres, created)
    for database in (created, migrated):
        postgres.drop(database)


def test_each_migration_only_adds_and_what_it_adds_may_be_left_out(tmp_path: Path) -> None:
    """[H12] What the version before reads and writes goes on: a node of it may still run on the database.

    Nothing was taken away yet. A migration that does has to wait until the version before it does without.
    """
    url, file = f"sqlite:///{tmp_path}/steps.db", tmp_path / "steps.db"
    with as_file(files("coachline_server.store") / "migrations" / "sqlite") as folder:
        steps = list(read_migrations(str(folder)))
        assert len(steps) > 1
        before: dict[str, list[Any]] = {}
        for step in steps:
            with get_backend(url) as backend:
                backend.apply_migrations(MigrationList([step]))
            after = sqlite_schema(file)
            for table, (columns, indexes, keys) in before.items():
                columns_now, indexes_now, keys_now = after[table]
                assert columns_now[: len(columns)] == columns, (step.id, table)
                assert keys_now == keys, (step.id, table)
                assert _unique(indexes_now) == _unique(indexes), (step.id, table)
                for _, column, _, required, default, _ in columns_now[len(columns) :]:
                    assert not required or default is not None, (step.id, table, column)
            before = after


def _unique(indexes: list[Any]) -> list[Any]:
    """Those that forbid something: name, unique, origin, columns."""
    return [index for index in indexes if index[1]]


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/c.db"
    migrate(url, "sqlite")
    before = sqlite_schema(tmp_path / "c.db")
    migrate(url, "sqlite")
    assert sqlite_schema(tmp_path / "c.db") == before
    assert len(say_sqlite(tmp_path / "c.db", "SELECT * FROM _yoyo_migration")) == 2


def test_a_migration_that_was_killed_does_not_lock_the_next_start_out(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/c.db"
    migrate(url, "sqlite")
    with closing(sqlite3.connect(tmp_path / "c.db")) as connection, connection:
        for table in sqlite_schema(tmp_path / "c.db"):
            connection.execute(f'DROP TABLE "{table}"')
        connection.execute("DELETE FROM _yoyo_migration")
        connection.execute("INSERT INTO yoyo_lock (locked, ctime, pid) VALUES (1, '2026-01-01', 1)")
    migrate(url, "sqlite")
    assert len(sqlite_schema(tmp_path / "c.db")) == 25


def test_no_program_has_pony_make_tables() -> None:
    calls = [
        (name(file), node.lineno)
        for file in package_sources()
        if file.is_relative_to(Path(entities.__file__).parent)
        for node in ast.walk(tree(file))
        if isinstance(node, ast.keyword) and node.arg in ("create_tables", "create_db")
    ]
    assert calls == []
