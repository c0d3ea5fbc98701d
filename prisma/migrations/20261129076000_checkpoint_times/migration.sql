-- The time of the last command that was decided of a queue's partition: the next owner decides none at a time before it. The events of the partition
-- do not tell it, since several queues share them, and one queue may be far behind another. Null where none was decided since this column is there:
-- then there is no such bound. A program of the version before leaves it as it is, and a bound that is too early does no harm.
ALTER TABLE command_checkpoints ADD COLUMN last_at timestamptz;
