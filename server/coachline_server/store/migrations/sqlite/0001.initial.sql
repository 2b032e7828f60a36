-- The first schema. It equals what the entities say, which a test compares.
-- Without rowid is what is small and often written: a row is then one page to write, and not one of a table and
-- one of an index.

CREATE TABLE "account" (
  "person" BLOB NOT NULL PRIMARY KEY,
  "handle" TEXT UNIQUE NOT NULL,
  "password_hash" TEXT NOT NULL,
  "disabled" BOOLEAN NOT NULL
);

CREATE TABLE "answer" (
  "author" BLOB NOT NULL,
  "id" BLOB NOT NULL,
  "digest" BLOB NOT NULL,
  "reply" BLOB,
  "sealed_reply" BLOB,
  "at" BIGINT NOT NULL,
  PRIMARY KEY ("id", "author")
) WITHOUT ROWID;

CREATE TABLE "conversation" (
  "conversation" BLOB NOT NULL PRIMARY KEY,
  "rev" BIGINT NOT NULL,
  "kind" TEXT NOT NULL,
  "created_at" BIGINT NOT NULL,
  "title" TEXT,
  "closed_at" BIGINT
);

CREATE TABLE "cursor" (
  "conversation" BLOB NOT NULL,
  "person" BLOB NOT NULL,
  "delivered" BIGINT NOT NULL,
  "delivered_at" BIGINT NOT NULL,
  "read" BIGINT NOT NULL,
  "read_at" BIGINT NOT NULL,
  "moves" BLOB NOT NULL,
  PRIMARY KEY ("conversation", "person")
);

CREATE TABLE "cursor_history" (
  "conversation" BLOB NOT NULL,
  "person" BLOB NOT NULL,
  "delivered" BIGINT NOT NULL,
  "read" BIGINT NOT NULL,
  "moves" BLOB NOT NULL,
  PRIMARY KEY ("conversation", "person", "delivered", "read")
) WITHOUT ROWID;

CREATE TABLE "device" (
  "person" BLOB NOT NULL,
  "id" BLOB NOT NULL PRIMARY KEY,
  "rev" BIGINT NOT NULL,
  "name" TEXT NOT NULL,
  "created_at" BIGINT NOT NULL,
  "revoked_at" BIGINT,
  "last_used_at" BIGINT
);

CREATE INDEX "idx_device__person" ON "device" ("person");

CREATE TABLE "invitation" (
  "person" BLOB NOT NULL,
  "id" BLOB NOT NULL,
  "rev" BIGINT NOT NULL,
  "sealed_code" BLOB NOT NULL,
  "code_hash" BLOB UNIQUE NOT NULL,
  "purpose" TEXT NOT NULL,
  "roles" TEXT NOT NULL,
  "created_at" BIGINT NOT NULL,
  "expires_at" BIGINT NOT NULL,
  "state" TEXT NOT NULL,
  "taken_by" BLOB,
  "sealed_note" BLOB NOT NULL,
  PRIMARY KEY ("person", "id")
);

CREATE TABLE "last_seen" (
  "person" BLOB NOT NULL PRIMARY KEY,
  "at" BIGINT NOT NULL
);

CREATE TABLE "listing" (
  "person" BLOB NOT NULL,
  "conversation" BLOB NOT NULL,
  "rev" BIGINT NOT NULL,
  "kind" TEXT NOT NULL,
  "other" BLOB,
  PRIMARY KEY ("person", "conversation")
);

CREATE TABLE "member" (
  "conversation" BLOB NOT NULL,
  "person" BLOB NOT NULL,
  "rev" BIGINT NOT NULL,
  "windows" TEXT NOT NULL,
  "role" TEXT NOT NULL,
  PRIMARY KEY ("conversation", "person")
);

CREATE INDEX "idx_member__person" ON "member" ("person");

CREATE TABLE "message" (
  "conversation" BLOB NOT NULL,
  "seq" BIGINT NOT NULL,
  "rev" BIGINT NOT NULL,
  "id" BLOB NOT NULL,
  "author" BLOB NOT NULL,
  "kind" TEXT NOT NULL,
  "sealed_text" BLOB NOT NULL,
  "at" BIGINT NOT NULL,
  "about" BLOB,
  PRIMARY KEY ("conversation", "seq")
);

CREATE TABLE "message_change" (
  "conversation" BLOB NOT NULL,
  "rev" BIGINT NOT NULL,
  "seq" BIGINT NOT NULL,
  PRIMARY KEY ("conversation", "rev")
) WITHOUT ROWID;

CREATE TABLE "meta" (
  "key" TEXT NOT NULL PRIMARY KEY,
  "value" BLOB NOT NULL
);

CREATE TABLE "passing" (
  "author" BLOB NOT NULL,
  "id" BLOB NOT NULL,
  PRIMARY KEY ("id", "author")
) WITHOUT ROWID;

CREATE TABLE "profile" (
  "person" BLOB NOT NULL PRIMARY KEY,
  "rev" BIGINT NOT NULL,
  "handle" TEXT NOT NULL,
  "display_name" TEXT NOT NULL,
  "time_zone" TEXT NOT NULL,
  "roles" TEXT NOT NULL,
  "picture" BLOB,
  "receipts" BOOLEAN NOT NULL
);

CREATE TABLE "relationship" (
  "client" BLOB NOT NULL,
  "trainer" BLOB NOT NULL,
  "rev" BIGINT NOT NULL,
  "state" TEXT NOT NULL,
  "since" BIGINT NOT NULL,
  "see_goals" BOOLEAN NOT NULL,
  "set_goals" TEXT NOT NULL,
  "see_progress" BOOLEAN NOT NULL,
  "see_presence" BOOLEAN NOT NULL,
  PRIMARY KEY ("client", "trainer")
);

CREATE INDEX "idx_relationship__trainer" ON "relationship" ("trainer");

CREATE TABLE "stream" (
  "kind" TEXT NOT NULL,
  "id" BLOB NOT NULL,
  "rev" BIGINT NOT NULL,
  "seq" BIGINT NOT NULL,
  "active_at" BIGINT NOT NULL,
  PRIMARY KEY ("kind", "id")
);

CREATE TABLE "token" (
  "hash" BLOB NOT NULL PRIMARY KEY,
  "device" BLOB NOT NULL REFERENCES "device" ("id") ON DELETE CASCADE,
  "n" BIGINT NOT NULL,
  "issued_at" BIGINT NOT NULL
);

CREATE INDEX "idx_token__device" ON "token" ("device");
