import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import type { ActionKind, OperatorAction, OperatorActions } from './operator-actions.js';
import { ActionIdReusedError } from './operator-actions.js';

/** A process that runs an action says so every second: without that for so long, it is gone. */
const GONE_SECONDS = 10;

const GONE = `state = 'running' AND updated_at < now() - interval '${GONE_SECONDS} s'`;

const COLUMNS = `id, command_id AS "commandId", operator, via, kind, target, input,
  CASE WHEN ${GONE} THEN 'interrupted' ELSE state END AS state, runner, progress, result,
  CASE WHEN ${GONE} THEN 'its process is gone' ELSE message END AS message,
  requested_at AS "requestedAt", ended_at AS "endedAt",
  (extract(epoch FROM now() - requested_at) * 1000)::float8 AS "ageMs"`;

/** In: $1 command id, $2 operator, $3 via, $4 kind, $5 target, $6 input, $7 state, $8 runner. Out: nothing if known. */
const INSERT = `
INSERT INTO operator_actions (command_id, operator, via, kind, target, input, state, runner)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (command_id) DO NOTHING RETURNING ${COLUMNS}`;

/** Runs an interrupted action again. In: $1 id, $2 runner. Out: nothing if another process was faster. */
const TAKE_OVER = `
UPDATE operator_actions SET state = 'running', runner = $2, updated_at = now(), ended_at = NULL, message = NULL
WHERE id = $1 AND (state = 'interrupted' OR ${GONE}) RETURNING ${COLUMNS}`;

/** In: $1 kinds, $2 runner. */
const CLAIM = `
UPDATE operator_actions SET state = 'running', runner = $2, updated_at = now()
WHERE id = (SELECT id FROM operator_actions WHERE state = 'requested' AND kind = ANY($1::text[])
  ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING ${COLUMNS}`;

const BEAT = `
UPDATE operator_actions SET updated_at = now(), progress = coalesce($2::jsonb, progress)
WHERE id = $1 AND state = 'running'`;

const END = `
UPDATE operator_actions SET state = $2, result = $3::jsonb, message = $4, updated_at = now(), ended_at = now()
WHERE id = $1`;

const LIST = `
SELECT ${COLUMNS} FROM operator_actions
WHERE ($1::text IS NULL OR target = $1) AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`;

const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

/** The caller owns the pool and closes it. */
export function postgresOperatorActions(pool: pg.Pool): OperatorActions {
  const find = async (commandId: string): Promise<OperatorAction | null> => {
    const { rows } = await pool.query<OperatorAction>(`SELECT ${COLUMNS} FROM operator_actions WHERE command_id = $1`, [
      commandId,
    ]);
    return rows[0] ?? null;
  };

  return {
    find,

    async begin(asked, state, runner) {
      const { commandId, operator, via, kind, target, input } = asked;
      const values = [commandId, operator, via, kind, target, json(input), state, runner];
      const { rows } = await pool.query<OperatorAction>(INSERT, values);
      if (rows[0]) return { action: rows[0], own: state === 'running' };
      const known = (await find(commandId))!;
      const same = known.operator === operator && known.kind === kind && known.target === target;
      if (!same || !isDeepStrictEqual(known.input, JSON.parse(JSON.stringify(input)))) throw new ActionIdReusedError();
      if (state !== 'running' || known.state !== 'interrupted') return { action: known, own: false };
      const taken = await pool.query<OperatorAction>(TAKE_OVER, [known.id, runner]);
      return { action: taken.rows[0] ?? (await find(commandId))!, own: taken.rowCount === 1 };
    },

    async claim(kinds: readonly ActionKind[], runner) {
      const { rows } = await pool.query<OperatorAction>({
        name: 'claim-action',
        text: CLAIM,
        values: [kinds, runner],
      });
      return rows[0] ?? null;
    },

    async beat(id, progress) {
      await pool.query(BEAT, [id, json(progress)]);
    },

    async end(id, state, { result, message }) {
      await pool.query(END, [id, state, json(result), message]);
    },

    async list({ target, before, limit }) {
      const { rows } = await pool.query<OperatorAction>(LIST, [target, before, limit]);
      return rows;
    },
  };
}
