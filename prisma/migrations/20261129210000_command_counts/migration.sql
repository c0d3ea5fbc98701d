-- How many commands of a key are decided, in a queue that counts: the requests of each gifticon campaign. Written with the checkpoint, in one
-- transaction, so that it is always the count at the checkpoint. With free space in the pages, so that an update stays in its page.
CREATE TABLE command_counts (
  queue   text   NOT NULL,
  key     text   NOT NULL,
  decided bigint NOT NULL,
  PRIMARY KEY (queue, key)
) WITH (fillfactor = 50);

-- The count after a command, which is its number. Null in other queues, and for commands from before this table.
ALTER TABLE receipts ADD COLUMN number bigint;

INSERT INTO command_counts (queue, key, decided)
SELECT 'gifticon.requests', key, count(*) FROM receipts WHERE queue IN ('postgres:gifticon.requests', 'kafka:gifticon.requests') GROUP BY key;
