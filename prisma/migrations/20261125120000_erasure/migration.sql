-- Deleting an account.

-- Accounts that were deleted: the registry that says whose rooms are to be left, and how far the traces are swept that commands leave
-- outside of the events. salt: what ids of commands are derived from that nobody outside may guess. swept: by queue and partition,
-- up to which offset. next_sweep_at: not at once, for the outcomes of the last commands are still waited for; null once nothing can come any more.
CREATE TABLE erased_accounts (
  user_id       text        NOT NULL,
  salt          uuid        NOT NULL DEFAULT gen_random_uuid(),
  erased_at     timestamptz NOT NULL DEFAULT now(),
  sweeps        integer     NOT NULL DEFAULT 0,
  swept         jsonb       NOT NULL DEFAULT '{}',
  next_sweep_at timestamptz DEFAULT now() + interval '1 minute',
  CONSTRAINT erased_accounts_pkey PRIMARY KEY (user_id)
);

CREATE INDEX erased_accounts_due ON erased_accounts (next_sweep_at) WHERE next_sweep_at IS NOT NULL;

-- Every room that a user ever joined, straight from the record: a read model may lag. Joins are rare beside messages.
CREATE INDEX events_joined ON events ((data ->> 'userId')) WHERE type = 'MemberJoined';

-- The stream of a handle is named by a hash, so that its name may stay when the handle must go.
UPDATE events SET stream = 'handle-' || encode(sha256(convert_to(substr(stream, 8), 'UTF8')), 'hex') WHERE stream LIKE 'handle-%';
UPDATE snapshots SET stream = 'handle-' || encode(sha256(convert_to(substr(stream, 8), 'UTF8')), 'hex') WHERE stream LIKE 'handle-%';

-- A deleted user's row stays, blank, so that an event that comes twice does not bring the user back. Who has a handle is decided by the
-- handle; the read model hears of its old and its new user in any order, so that it does not insist on there being one.
ALTER TABLE users ALTER COLUMN handle DROP NOT NULL;
ALTER TABLE users ADD COLUMN deleted boolean NOT NULL DEFAULT false;
ALTER TABLE users DROP CONSTRAINT users_handle_key;
CREATE INDEX users_handle ON users (handle);
