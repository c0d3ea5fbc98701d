-- Which versions of events and commands the running processes read, so that none is written before all of them do.
--
-- reads: {"event": {"MessagePosted": 1, …}, "command": {"SendMessage": 1, …}}: the newest version that the process reads of each.
-- A row without seen_at for 30 s is of a process that is gone.
CREATE TABLE live_processes (
  process_id uuid        PRIMARY KEY,
  name       text        NOT NULL,
  reads      jsonb       NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  seen_at    timestamptz NOT NULL DEFAULT now()
);

-- The newest version of each that may be written. It never goes back: a process that reads less does not start any more.
-- kind: `event` or `command`.
CREATE TABLE written_versions (
  kind    text        NOT NULL,
  name    text        NOT NULL,
  version integer     NOT NULL,
  since   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (kind, name)
);
