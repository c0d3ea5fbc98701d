-- Generations of read models. The live one of each has its tables in this schema and its checkpoints in projection_checkpoints. Another one,
-- such as the next while it is built, has the same tables and checkpoints of its own in a schema of its own; with Redis, keys of its own.

-- A read model is live in one version. Who writes another one finds no checkpoint of its own, hence writes nothing.
CREATE UNIQUE INDEX projection_checkpoints_one_version ON projection_checkpoints (name, partition);

-- Written before the space is made, so that whatever is left by a crash is known by name.
-- role: 'next' is built, 'kept' was live before, 'check' is folded to be compared, 'dropped' is to be deleted.
-- done, total, per_second, phase: what the one who works on it said last.
CREATE TABLE projection_generations (
  space      text        NOT NULL,
  name       text        NOT NULL,
  version    integer     NOT NULL,
  role       text        NOT NULL,
  phase      text        NOT NULL,
  runner     text        NOT NULL,
  done       bigint      NOT NULL DEFAULT 0,
  total      bigint      NOT NULL DEFAULT 0,
  per_second real        NOT NULL DEFAULT 0,
  started_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT projection_generations_pkey PRIMARY KEY (space)
);

CREATE UNIQUE INDEX projection_generations_role ON projection_generations (name, role) WHERE role <> 'dropped';
