-- When the log took a command: by this clock it is judged, and not by the clock of the server that sent it. Rows from before have none, and are
-- judged by the time that they carry. The default is for programs of the version before, which append without naming the column.
ALTER TABLE commands ADD COLUMN taken_at timestamptz;
ALTER TABLE commands ALTER COLUMN taken_at SET DEFAULT clock_timestamp();

-- The last time that a partition gave out: the next one is never before it, also where the database moves to a machine whose clock is behind.
ALTER TABLE command_heads ADD COLUMN last_at timestamptz;
