-- What tells the record before the checkpoint from every other that ever stood at its offset, in a log that can be cut off or made anew (Kafka).
-- With the place that it belongs to, since older programs move the place and leave the mark.
ALTER TABLE command_checkpoints ADD COLUMN mark text;
