-- What becomes of a dead letter, and what of a read model waits behind one.

-- waiting:  somebody has to look at it. requested_at: asked for again, and whoever owns the partition has not answered yet.
-- applied:  the read model has the event after all, or the command has its outcome.
-- dropped:  given up. An event is passed for good wherever it cannot be applied, a rebuild included.
-- stream, recorded_at: of an event, its stream and the time of its command.
ALTER TABLE dead_letters
  ADD COLUMN state        text        NOT NULL DEFAULT 'waiting',
  ADD COLUMN stream       text,
  ADD COLUMN recorded_at  timestamptz,
  ADD COLUMN requested_at timestamptz,
  ADD COLUMN tried_at     timestamptz,
  ADD COLUMN tries        integer     NOT NULL DEFAULT 0,
  ADD COLUMN closed_at    timestamptz,
  ADD CONSTRAINT dead_letters_state CHECK (state IN ('waiting', 'applied', 'dropped'));

-- Read models passed these and what came after was applied: they cannot be brought in behind it. Filling the read model anew does.
UPDATE dead_letters SET state = 'dropped', closed_at = now() WHERE source LIKE 'projection:%';

-- What projectors and operators look for. Everything else is history.
CREATE INDEX dead_letters_open ON dead_letters (source, partition) WHERE state = 'waiting' OR requested_at IS NOT NULL;

-- Keys (rooms, users, campaigns) whose events a read model in PostgreSQL has not applied from `position` on, though its checkpoint is further.
-- Changes in the transaction that moves the checkpoint or holds its row locked. A key that waits for a newer program has no letter.
CREATE TABLE parked_keys (
  name      text             NOT NULL,
  version   integer          NOT NULL,
  partition smallint         NOT NULL,
  key       text COLLATE "C" NOT NULL,
  position  bigint           NOT NULL,
  letter    bigint,
  reason    text             NOT NULL,
  since     timestamptz      NOT NULL,
  CONSTRAINT parked_keys_pkey PRIMARY KEY (name, version, partition, key)
);
