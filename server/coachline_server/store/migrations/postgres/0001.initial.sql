-- The first schema. It equals what the entities say, which a test compares.

CREATE TABLE "account" (
  "person" BYTEA PRIMARY KEY,
  "handle" TEXT UNIQUE NOT NULL,
  "password_hash" TEXT NOT NULL,
  "disabled" BOOLEAN NOT NULL
);

CREATE TABLE "answer" (
  "author" BYTEA NOT NULL,
  "id" BYTEA NOT NULL,
  "digest" BYTEA NOT NULL,
  "reply" BYTEA,
  "sealed_reply" BYTEA,
  "at" BIGINT NOT NULL,
  PRIMARY KEY ("id", "author")
);

CREATE TABLE "conversation" (
  "conversation" BYTEA PRIMARY KEY,
  "rev" BIGINT NOT NULL,
  "kind" TEXT NOT NULL,
  "created_at" BIGINT NOT NULL,
  "title" TEXT,
  "closed_at" BIGINT
);

CREATE TABLE "cursor" (
  "conversation" BYTEA NOT NULL,
  "person" BYTEA NOT NULL,
  "delivered" BIGINT NOT NULL,
  "delivered_at" BIGINT NOT NULL,
  "read" BIGINT NOT NULL,
  "read_at" BIGINT NOT NULL,
  "moves" BYTEA NOT NULL,
  PRIMARY KEY ("conversation", "person")
);

CREATE TABLE "cursor_history" (
  "conversation" BYTEA NOT NULL,
  "person" BYTEA NOT NULL,
  "delivered" BIGINT NOT NULL,
  "read" BIGINT NOT NULL,
  "moves" BYTEA NOT NULL,
  PRIMARY KEY ("conversation", "person", "delivered", "read")
);

CREATE TABLE "device" (
  "person" BYTEA NOT NULL,
  "id" BYTEA PRIMARY KEY,
  "rev" BIGINT NOT NULL,
  "name" TEXT NOT NULL,
  "created_at" BIGINT NOT NULL,
  "revoked_at" BIGINT,
  "last_used_at" BIGINT
);

CREATE INDEX "idx_device__person" ON "device" ("person");

CREATE TABLE "invitation" (
  "person" BYTEA NOT NULL,
  "id" BYTEA NOT NULL,
  "rev" BIGINT NOT NULL,
  "sealed_code" BYTEA NOT NULL,
  "code_hash" BYTEA UNIQUE NOT NULL,
  "purpose" TEXT NOT NULL,
  "roles" TEXT NOT NULL,
  "created_at" BIGINT NOT NULL,
  "expires_at" BIGINT NOT NULL,
  "state" TEXT NOT NULL,
  "taken_by" BYTEA,
  "sealed_note" BYTEA NOT NULL,
  PRIMARY KEY ("person", "id")
);

CREATE TABLE "last_seen" (
  "person" BYTEA PRIMARY KEY,
  "at" BIGINT NOT NULL
);

CREATE TABLE "listing" (
  "person" BYTEA NOT NULL,
  "conversation" BYTEA NOT NULL,
  "rev" BIGINT NOT NULL,
  "kind" TEXT NOT NULL,
  "other" BYTEA,
  PRIMARY KEY ("person", "conversation")
);

CREATE TABLE "member" (
  "conversation" BYTEA NOT NULL,
  "person" BYTEA NOT NULL,
  "rev" BIGINT NOT NULL,
  "windows" TEXT NOT NULL,
  "role" TEXT NOT NULL,
  PRIMARY KEY ("conversation", "person")
);

CREATE INDEX "idx_member__person" ON "member" ("person");

CREATE TABLE "message" (
  "conversation" BYTEA NOT NULL,
  "seq" BIGINT NOT NULL,
  "rev" BIGINT NOT NULL,
  "id" BYTEA NOT NULL,
  "author" BYTEA NOT NULL,
  "kind" TEXT NOT NULL,
  "sealed_text" BYTEA NOT NULL,
  "at" BIGINT NOT NULL,
  "about" BYTEA,
  PRIMARY KEY ("conversation", "seq")
);

CREATE TABLE "message_change" (
  "conversation" BYTEA NOT NULL,
  "rev" BIGINT NOT NULL,
  "seq" BIGINT NOT NULL,
  PRIMARY KEY ("conversation", "rev")
);

CREATE TABLE "meta" (
  "key" TEXT PRIMARY KEY,
  "value" BYTEA NOT NULL
);

CREATE TABLE "passing" (
  "author" BYTEA NOT NULL,
  "id" BYTEA NOT NULL,
  PRIMARY KEY ("id", "author")
);

CREATE TABLE "profile" (
  "person" BYTEA PRIMARY KEY,
  "rev" BIGINT NOT NULL,
  "handle" TEXT NOT NULL,
  "display_name" TEXT NOT NULL,
  "time_zone" TEXT NOT NULL,
  "roles" TEXT NOT NULL,
  "picture" BYTEA,
  "receipts" BOOLEAN NOT NULL
);

CREATE TABLE "relationship" (
  "client" BYTEA NOT NULL,
  "trainer" BYTEA NOT NULL,
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
  "id" BYTEA NOT NULL,
  "rev" BIGINT NOT NULL,
  "seq" BIGINT NOT NULL,
  "active_at" BIGINT NOT NULL,
  PRIMARY KEY ("kind", "id")
);

CREATE TABLE "token" (
  "hash" BYTEA PRIMARY KEY,
  "device" BYTEA NOT NULL,
  "n" BIGINT NOT NULL,
  "issued_at" BIGINT NOT NULL
);

CREATE INDEX "idx_token__device" ON "token" ("device");

ALTER TABLE "token" ADD CONSTRAINT "fk_token__device" FOREIGN KEY ("device") REFERENCES "device" ("id") ON DELETE CASCADE;
