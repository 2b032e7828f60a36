"""The cache's schema: a ladder of steps on SQLite's own `user_version`.

Not yoyo, as in the daemon: a cache is opened at every start of a desktop program, by that program alone, and can
always be fetched again. A ladder is one integer and one transaction, and saves the client side a dependency.
A step that shipped is never changed; a later one is added. Pony creates no tables; a test compares the ladder's
top with Pony's own idea of the tables.
"""

import sqlite3
from pathlib import Path
from typing import Final

_FIRST: Final = """
CREATE TABLE "setting" ("name" TEXT NOT NULL PRIMARY KEY, "value" BLOB NOT NULL);
CREATE TABLE "stream" (
  "kind" TEXT NOT NULL, "id" BLOB NOT NULL, "epoch" BLOB NOT NULL, "rev" BIGINT NOT NULL, "seq" BIGINT NOT NULL,
  PRIMARY KEY ("kind", "id"));
CREATE TABLE "row" (
  "kind" TEXT NOT NULL, "stream" BLOB NOT NULL, "sort" TEXT NOT NULL, "key" BLOB NOT NULL, "rev" BIGINT NOT NULL,
  "body" BLOB NOT NULL, PRIMARY KEY ("kind", "stream", "sort", "key"));
CREATE TABLE "message" (
  "conversation" BLOB NOT NULL, "seq" BIGINT NOT NULL, "rev" BIGINT NOT NULL, "id" BLOB NOT NULL,
  "author" BLOB NOT NULL, "kind" TEXT NOT NULL, "text" TEXT NOT NULL, "at" BIGINT NOT NULL, "about" BLOB,
  PRIMARY KEY ("conversation", "seq"));
CREATE TABLE "held" (
  "conversation" BLOB NOT NULL, "start" BIGINT NOT NULL, "stop" BIGINT NOT NULL,
  PRIMARY KEY ("conversation", "start"));
CREATE TABLE "cursor" (
  "conversation" BLOB NOT NULL, "person" BLOB NOT NULL, "delivered" BIGINT NOT NULL, "delivered_at" BIGINT NOT NULL,
  "read" BIGINT NOT NULL, "read_at" BIGINT NOT NULL, PRIMARY KEY ("conversation", "person"));
CREATE TABLE "seen" ("conversation" BLOB NOT NULL PRIMARY KEY, "seq" BIGINT NOT NULL);
CREATE TABLE "outbox" (
  "id" BLOB NOT NULL PRIMARY KEY, "place" BIGINT NOT NULL, "kind" TEXT NOT NULL, "stream" BLOB NOT NULL,
  "op" TEXT NOT NULL, "body" BLOB NOT NULL, "refusal" BLOB);
CREATE TABLE "draft" ("conversation" BLOB NOT NULL PRIMARY KEY, "text" TEXT NOT NULL);
CREATE TABLE "card" ("person" BLOB NOT NULL PRIMARY KEY, "body" BLOB NOT NULL);
"""

_COACHING: Final = """
ALTER TABLE "message" ADD COLUMN "goal" BLOB;
ALTER TABLE "message" ADD COLUMN "day" TEXT;
ALTER TABLE "outbox" ADD COLUMN "needs" BLOB;
"""

STEPS: Final[tuple[str, ...]] = (_FIRST, _COACHING)
"""Step n takes a cache from version n to n + 1."""


class NewerCache(Exception):
    """The cache was written by a newer version of this program; nothing was touched."""


def pragmas(connection: sqlite3.Connection) -> None:
    """Durable before a call returns (WAL, FULL), and what is deleted is overwritten (secure_delete)."""
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "busy_timeout = 5000",
        "foreign_keys = ON",
        "trusted_schema = OFF",
        "cell_size_check = ON",
        "secure_delete = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def migrate(file: Path) -> None:
    """Bring a cache file, perhaps an empty one, to the newest version, all or nothing. Raises NewerCache."""
    connection = sqlite3.connect(file, isolation_level=None)
    try:
        pragmas(connection)
        connection.execute("BEGIN IMMEDIATE")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > len(STEPS):
            raise NewerCache(f"cache version {version}, this program knows {len(STEPS)}")
        for step in STEPS[version:]:
            for statement in filter(str.strip, step.split(";")):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(STEPS)}")
        connection.execute("COMMIT")
    finally:
        connection.close()
