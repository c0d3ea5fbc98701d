-- What no query compares is not analysed. The samples of these columns are most of what ANALYZE costs, which comes by itself whenever a table
-- has grown by a tenth: in the middle of a crowded evening.
ALTER TABLE events
  ALTER COLUMN data SET STATISTICS 0,
  ALTER COLUMN command_id SET STATISTICS 0,
  ALTER COLUMN trace_id SET STATISTICS 0,
  ALTER COLUMN at SET STATISTICS 0,
  ALTER COLUMN schema SET STATISTICS 0;

ALTER TABLE receipts
  ALTER COLUMN fingerprint SET STATISTICS 0,
  ALTER COLUMN trace_id SET STATISTICS 0,
  ALTER COLUMN rejection_message SET STATISTICS 0,
  ALTER COLUMN decided_at SET STATISTICS 0;

ALTER TABLE snapshots ALTER COLUMN state SET STATISTICS 0;

ALTER TABLE commands ALTER COLUMN payload SET STATISTICS 0;

ALTER TABLE messages
  ALTER COLUMN body SET STATISTICS 0,
  ALTER COLUMN created_at SET STATISTICS 0;
