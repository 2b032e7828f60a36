-- Coaching: consents whole, and what they are about.

ALTER TABLE "message" ADD COLUMN "goal" BLOB;

ALTER TABLE "message" ADD COLUMN "day" TEXT;

ALTER TABLE "relationship" ADD COLUMN "record_progress" BOOLEAN DEFAULT false NOT NULL;

ALTER TABLE "relationship" ADD COLUMN "reach" BIGINT DEFAULT 0 NOT NULL;

ALTER TABLE "relationship" ADD COLUMN "paused_by" BLOB;

ALTER TABLE "relationship" ADD COLUMN "was_left" BOOLEAN DEFAULT false NOT NULL;

CREATE TABLE "relationship_step" (
  "client" BLOB NOT NULL,
  "id" BLOB NOT NULL,
  "rev" BIGINT NOT NULL,
  "trainer" BLOB NOT NULL,
  "done_by" BLOB NOT NULL,
  "at" BIGINT NOT NULL,
  "deed" TEXT NOT NULL,
  "see_goals" BOOLEAN NOT NULL,
  "set_goals" TEXT NOT NULL,
  "see_progress" BOOLEAN NOT NULL,
  "see_presence" BOOLEAN NOT NULL,
  "record_progress" BOOLEAN NOT NULL,
  PRIMARY KEY ("client", "id")
);

CREATE INDEX "idx_relationship_step__client_rev" ON "relationship_step" ("client", "rev");

CREATE TABLE "excuse" (
  "client" BLOB NOT NULL,
  "id" BLOB NOT NULL,
  "rev" BIGINT NOT NULL,
  "author" BLOB NOT NULL,
  "at" BIGINT NOT NULL,
  "first_day" TEXT NOT NULL,
  "last_day" TEXT NOT NULL,
  "sealed_reason" BLOB NOT NULL,
  "sealed_note" BLOB NOT NULL,
  "withdrawn_at" BIGINT,
  PRIMARY KEY ("client", "id")
);

CREATE INDEX "idx_excuse__client_rev" ON "excuse" ("client", "rev");

CREATE TABLE "goal" (
  "client" BLOB NOT NULL,
  "id" BLOB NOT NULL,
  "rev" BIGINT NOT NULL,
  "author" BLOB NOT NULL,
  "kind" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "version" BLOB NOT NULL,
  "pending" BLOB,
  "turn" BLOB,
  "created_at" BIGINT NOT NULL,
  PRIMARY KEY ("client", "id")
);

CREATE INDEX "idx_goal__client_rev" ON "goal" ("client", "rev");

CREATE TABLE "goal_version" (
  "client" BLOB NOT NULL,
  "id" BLOB NOT NULL,
  "rev" BIGINT NOT NULL,
  "goal" BLOB NOT NULL,
  "author" BLOB NOT NULL,
  "at" BIGINT NOT NULL,
  "sealed_terms" BLOB NOT NULL,
  "state" TEXT NOT NULL,
  "effective" TEXT NOT NULL,
  "mutual" BOOLEAN NOT NULL,
  "decided_at" BIGINT,
  PRIMARY KEY ("client", "id")
);

CREATE INDEX "idx_goal_version__client_rev" ON "goal_version" ("client", "rev");

CREATE TABLE "goal_phase" (
  "client" BLOB NOT NULL,
  "id" BLOB NOT NULL,
  "rev" BIGINT NOT NULL,
  "goal" BLOB NOT NULL,
  "state" TEXT NOT NULL,
  "since" TEXT NOT NULL,
  "done_by" BLOB NOT NULL,
  "at" BIGINT NOT NULL,
  PRIMARY KEY ("client", "id")
);

CREATE INDEX "idx_goal_phase__client_rev" ON "goal_phase" ("client", "rev");

CREATE TABLE "progress" (
  "client" BLOB NOT NULL,
  "id" BLOB NOT NULL,
  "rev" BIGINT NOT NULL,
  "entry" BLOB NOT NULL,
  "goal" BLOB NOT NULL,
  "author" BLOB NOT NULL,
  "at" BIGINT NOT NULL,
  "day" TEXT NOT NULL,
  "zone" TEXT NOT NULL,
  "sealed_measures" BLOB NOT NULL,
  "sealed_note" BLOB NOT NULL,
  PRIMARY KEY ("client", "id")
);

CREATE INDEX "idx_progress__client_rev" ON "progress" ("client", "rev");

CREATE TABLE "template" (
  "person" BLOB NOT NULL,
  "id" BLOB NOT NULL,
  "rev" BIGINT NOT NULL,
  "kind" TEXT NOT NULL,
  "sealed_title" BLOB NOT NULL,
  "sealed_targets" BLOB NOT NULL,
  "days" INTEGER,
  "sealed_note" BLOB NOT NULL,
  "removed_at" BIGINT,
  PRIMARY KEY ("person", "id")
);

CREATE INDEX "idx_template__person_rev" ON "template" ("person", "rev");
