-- Coaching: consents whole, and what they are about.

ALTER TABLE "message" ADD COLUMN "goal" BYTEA;

ALTER TABLE "message" ADD COLUMN "day" TEXT;

ALTER TABLE "relationship" ADD COLUMN "record_progress" BOOLEAN DEFAULT false NOT NULL;

ALTER TABLE "relationship" ADD COLUMN "reach" BIGINT DEFAULT 0 NOT NULL;

ALTER TABLE "relationship" ADD COLUMN "paused_by" BYTEA;

ALTER TABLE "relationship" ADD COLUMN "was_left" BOOLEAN DEFAULT false NOT NULL;

CREATE TABLE "relationship_step" (
  "client" BYTEA NOT NULL,
  "id" BYTEA NOT NULL,
  "rev" BIGINT NOT NULL,
  "trainer" BYTEA NOT NULL,
  "done_by" BYTEA NOT NULL,
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
  "client" BYTEA NOT NULL,
  "id" BYTEA NOT NULL,
  "rev" BIGINT NOT NULL,
  "author" BYTEA NOT NULL,
  "at" BIGINT NOT NULL,
  "first_day" TEXT NOT NULL,
  "last_day" TEXT NOT NULL,
  "sealed_reason" BYTEA NOT NULL,
  "sealed_note" BYTEA NOT NULL,
  "withdrawn_at" BIGINT,
  PRIMARY KEY ("client", "id")
);

CREATE INDEX "idx_excuse__client_rev" ON "excuse" ("client", "rev");

CREATE TABLE "goal" (
  "client" BYTEA NOT NULL,
  "id" BYTEA NOT NULL,
  "rev" BIGINT NOT NULL,
  "author" BYTEA NOT NULL,
  "kind" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "version" BYTEA NOT NULL,
  "pending" BYTEA,
  "turn" BYTEA,
  "created_at" BIGINT NOT NULL,
  PRIMARY KEY ("client", "id")
);

CREATE INDEX "idx_goal__client_rev" ON "goal" ("client", "rev");

CREATE TABLE "goal_version" (
  "client" BYTEA NOT NULL,
  "id" BYTEA NOT NULL,
  "rev" BIGINT NOT NULL,
  "goal" BYTEA NOT NULL,
  "author" BYTEA NOT NULL,
  "at" BIGINT NOT NULL,
  "sealed_terms" BYTEA NOT NULL,
  "state" TEXT NOT NULL,
  "effective" TEXT NOT NULL,
  "mutual" BOOLEAN NOT NULL,
  "decided_at" BIGINT,
  PRIMARY KEY ("client", "id")
);

CREATE INDEX "idx_goal_version__client_rev" ON "goal_version" ("client", "rev");

CREATE TABLE "goal_phase" (
  "client" BYTEA NOT NULL,
  "id" BYTEA NOT NULL,
  "rev" BIGINT NOT NULL,
  "goal" BYTEA NOT NULL,
  "state" TEXT NOT NULL,
  "since" TEXT NOT NULL,
  "done_by" BYTEA NOT NULL,
  "at" BIGINT NOT NULL,
  PRIMARY KEY ("client", "id")
);

CREATE INDEX "idx_goal_phase__client_rev" ON "goal_phase" ("client", "rev");

CREATE TABLE "progress" (
  "client" BYTEA NOT NULL,
  "id" BYTEA NOT NULL,
  "rev" BIGINT NOT NULL,
  "entry" BYTEA NOT NULL,
  "goal" BYTEA NOT NULL,
  "author" BYTEA NOT NULL,
  "at" BIGINT NOT NULL,
  "day" TEXT NOT NULL,
  "zone" TEXT NOT NULL,
  "sealed_measures" BYTEA NOT NULL,
  "sealed_note" BYTEA NOT NULL,
  PRIMARY KEY ("client", "id")
);

CREATE INDEX "idx_progress__client_rev" ON "progress" ("client", "rev");

CREATE TABLE "template" (
  "person" BYTEA NOT NULL,
  "id" BYTEA NOT NULL,
  "rev" BIGINT NOT NULL,
  "kind" TEXT NOT NULL,
  "sealed_title" BYTEA NOT NULL,
  "sealed_targets" BYTEA NOT NULL,
  "days" INTEGER,
  "sealed_note" BYTEA NOT NULL,
  "removed_at" BIGINT,
  PRIMARY KEY ("person", "id")
);

CREATE INDEX "idx_template__person_rev" ON "template" ("person", "rev");
