-- The record: what this deployment is, the events, the outcomes of commands, and how far each command log is done.

-- Fixed facts of the deployment: log_id, partitions, seal_key, token_key. Written once, at the first start.
CREATE TABLE settings (
  name  text PRIMARY KEY,
  value text NOT NULL
);

-- One row a partition. Its lock gives the positions: one writer at a time, hence no gaps, and a reader never has to guess
-- whether a smaller position is still to come.
CREATE TABLE event_heads (
  partition smallint PRIMARY KEY,
  head      bigint   NOT NULL DEFAULT 0
);

CREATE TABLE events (
  partition  smallint    NOT NULL,
  position   bigint      NOT NULL,
  key        text        NOT NULL,
  stream     text        NOT NULL,
  version    integer     NOT NULL,
  type       text        NOT NULL,
  schema     smallint    NOT NULL,
  data       jsonb       NOT NULL,
  command_id uuid        NOT NULL,
  trace_id   text        NOT NULL,
  at         timestamptz NOT NULL,
  CONSTRAINT events_pkey PRIMARY KEY (partition, position),
  CONSTRAINT events_stream_version UNIQUE (stream, version)
);

-- Resuming a subscription reads one room from a position on.
CREATE INDEX events_key_position ON events (key, position);

-- One outcome for each commandId, for ever.
CREATE TABLE receipts (
  command_id        uuid        NOT NULL,
  fingerprint       text        NOT NULL,
  user_id           text        NOT NULL,
  trace_id          text        NOT NULL,
  queue             text        NOT NULL,
  key               text        NOT NULL,
  partition         smallint    NOT NULL,
  command_offset    bigint      NOT NULL,
  rejection_code    text,
  rejection_message text,
  position          bigint      NOT NULL,
  events            integer     NOT NULL,
  decided_at        timestamptz NOT NULL,
  CONSTRAINT receipts_pkey PRIMARY KEY (command_id)
);

-- A decider that takes a partition over publishes again what was committed but perhaps not published.
CREATE INDEX receipts_offset ON receipts (queue, partition, command_offset);

CREATE TABLE snapshots (
  stream  text    PRIMARY KEY,
  version integer NOT NULL,
  state   jsonb   NOT NULL
);

-- How far a command log is decided, and how far the outcomes are published. Moves by compare-and-set only.
CREATE TABLE command_checkpoints (
  queue            text     NOT NULL,
  partition        smallint NOT NULL,
  next_offset      bigint   NOT NULL DEFAULT 0,
  published_offset bigint   NOT NULL DEFAULT 0,
  PRIMARY KEY (queue, partition)
);

-- What could not be handled, with where it came from and why.
CREATE TABLE dead_letters (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source    text        NOT NULL,
  partition smallint    NOT NULL,
  place     bigint      NOT NULL,
  key       text,
  reason    text        NOT NULL,
  payload   text        NOT NULL,
  at        timestamptz NOT NULL DEFAULT now()
);

-- Once for each record, however often it comes. The payload is part of it: a log that was made anew gives places out again.
CREATE UNIQUE INDEX dead_letters_origin ON dead_letters (source, partition, place, md5(payload));
