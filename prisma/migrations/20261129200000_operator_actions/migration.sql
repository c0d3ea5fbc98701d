-- Actions of operators that leave no event: who did it, what it was about, when, and what came of it. An action with an event, such as the
-- pause of a campaign, is in the log.
--
-- operator: the user's id, or `operator` for the command-line tool; the nil UUID once the account is erased.
-- via:      `api` or `cli`.
-- input:    what was asked for beside the target. The same command_id with another input, or of another operator, is refused.
-- state:    requested ─► running ─► succeeded | failed | interrupted
--           A process that runs an action moves updated_at every second: a running action without that was left by a process that is gone.
-- result:   counts, and the proof of a verification.
CREATE TABLE operator_actions (
  id           bigint GENERATED ALWAYS AS IDENTITY,
  command_id   uuid        NOT NULL,
  operator     text        NOT NULL,
  via          text        NOT NULL,
  kind         text        NOT NULL,
  target       text        NOT NULL,
  input        jsonb       NOT NULL,
  state        text        NOT NULL,
  runner       text,
  progress     jsonb,
  result       jsonb,
  message      text,
  requested_at timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  ended_at     timestamptz,
  CONSTRAINT operator_actions_pkey PRIMARY KEY (id),
  CONSTRAINT operator_actions_command_id UNIQUE (command_id),
  CONSTRAINT operator_actions_state CHECK (state IN ('requested', 'running', 'succeeded', 'failed', 'interrupted'))
);

-- For the processes that look for work.
CREATE INDEX operator_actions_requested ON operator_actions (id) WHERE state = 'requested';
-- For the history of one read model, room or letter.
CREATE INDEX operator_actions_target ON operator_actions (target, id);
-- For the erasure of an operator's account.
CREATE INDEX operator_actions_operator ON operator_actions (operator);
