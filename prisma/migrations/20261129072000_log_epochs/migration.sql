-- A database can go back in time: a standby that lacked the last commits was promoted, or a backup was restored. Positions are given out anew
-- then, and mean other events. The epoch tells the one from the other.

-- `epoch` is that in which the next events are stored. `server_started` and `filenode` say which run of which server, with which table, wrote
-- the row last: where they differ from those of the moment, what was written since may be lost, and a new epoch begins before anything is
-- stored. Epochs are times in microseconds, so that one that was lost never comes again; positions from before this table are of epoch 0.
ALTER TABLE event_heads
  ADD COLUMN epoch          bigint NOT NULL DEFAULT 0,
  ADD COLUMN server_started timestamptz,
  ADD COLUMN filenode       oid;

-- Which events each epoch has: those behind its fork, up to the fork of the next one. One that stored no event is taken out by its successor.
CREATE TABLE event_epochs (
  partition smallint    NOT NULL,
  epoch     bigint      NOT NULL,
  -- The last position that the partition had when the epoch began.
  fork      bigint      NOT NULL,
  -- The last position behind the fork that any process had known before it: events from fork + 1 up to it are lost. Null: none is known to be.
  lost_to   bigint,
  began_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (partition, epoch)
);
