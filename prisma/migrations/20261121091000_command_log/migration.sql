-- The log of the embedded default: commands that wait to be decided, and who works on which partition.

-- One row a partition of a queue. Its lock gives the offsets: no gaps, and what a reader sees is never followed by a smaller one.
CREATE TABLE command_heads (
  queue       text     NOT NULL,
  partition   smallint NOT NULL,
  next_offset bigint   NOT NULL DEFAULT 0,
  PRIMARY KEY (queue, partition)
) WITH (fillfactor = 50);

-- `payload` is the JSON of the command, kept as it came.
CREATE TABLE commands (
  queue      text     NOT NULL,
  partition  smallint NOT NULL,
  "offset"   bigint   NOT NULL,
  key        text     NOT NULL,
  command_id text     NOT NULL,
  payload    text     NOT NULL,
  CONSTRAINT commands_pkey PRIMARY KEY (queue, partition, "offset")
);

-- How far every group that consumes a queue is done: commands are deleted some way below the slowest.
-- Where a group goes on is not read from here but from its own checkpoint.
CREATE TABLE command_progress (
  queue      text     NOT NULL,
  group_name text     NOT NULL,
  partition  smallint NOT NULL,
  done       bigint   NOT NULL,
  PRIMARY KEY (queue, group_name, partition)
);

-- Members of consumer groups. Unlogged: worth nothing after a crash of the server, and beating must not cost the disk anything.
-- A member is alive while its heartbeat is young and its backend is there.
CREATE UNLOGGED TABLE group_members (
  group_name    text        NOT NULL,
  member_id     text        NOT NULL,
  backend_pid   integer     NOT NULL,
  backend_start timestamptz NOT NULL,
  heartbeat_at  timestamptz NOT NULL,
  PRIMARY KEY (group_name, member_id)
) WITH (fillfactor = 50);

-- Who owns a partition, for as long as that member is alive.
CREATE UNLOGGED TABLE group_leases (
  group_name text     NOT NULL,
  partition  smallint NOT NULL,
  member_id  text     NOT NULL,
  PRIMARY KEY (group_name, partition)
);
