import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { Partition } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import type { PostgresProjection } from '../projector/projection.js';
import type { Generation, SwapOptions, SwapOutcome } from '../rebuild/generation-store.js';
import { NewerVersionLiveError } from '../rebuild/generation-store.js';
import { executorOn, moveCheckpoints } from './checkpoints.js';
import { databaseCode } from './errors.js';
import { LIVE, quoted, refuseOtherShape } from './generation-tables.js';
import { transaction } from './pool.js';

/** How long a try, which may fail, makes queries wait for a table, and the projector for its checkpoints. */
const TIMEOUT_MS = 200;
/** Events that may be folded while the projector waits. */
const MOST_REST = 2_000;

const BUSY = new Set(['55P03', '40P01']);

class Behind extends Error {}

/**
 * One transaction that exchanges the tables of the space with the live ones, and their checkpoints. The tables that
 * were live move to a new space and are kept; the generation kept before is marked to be dropped.
 *
 * Locks, in this order: the live checkpoints, which stop the projector; the live tables, exclusively. A waiter
 * continues with the new table: PostgreSQL resolves a name again after the wait, also for a prepared statement.
 */
export async function swapTables(
  pool: pg.Pool,
  nameOf: (text: string) => string,
  generation: Generation<PostgresProjection>,
  how: SwapOptions,
): Promise<SwapOutcome> {
  const { projection, space } = generation;
  const begin =
    `BEGIN; SET LOCAL search_path = ${quoted(space)}, ${LIVE}; ` +
    `SET LOCAL lock_timeout = '${TIMEOUT_MS}ms'; SET LOCAL synchronous_commit = on`;
  try {
    await transaction(
      pool,
      async (client) => {
        await foldRest(client, nameOf, generation, how);
        await exchange(client, projection, space);
      },
      begin,
    );
    return 'swapped';
  } catch (error) {
    if (error instanceof Behind) return 'behind';
    if (BUSY.has(databaseCode(error) ?? '')) return 'busy';
    throw error;
  }
}

interface Checkpoint {
  readonly partition: Partition;
  readonly position: number;
  readonly version: number;
}

async function foldRest(
  client: pg.PoolClient,
  nameOf: (text: string) => string,
  { projection, space }: Generation<PostgresProjection>,
  { folded, rest, mayGoBack }: SwapOptions,
): Promise<void> {
  const { name, version } = projection;
  const checkpoints = async (schema: string, lock: string): Promise<readonly Checkpoint[]> => {
    const select =
      `SELECT partition, position, version FROM ${quoted(schema)}.projection_checkpoints ` +
      `WHERE name = $1 ORDER BY partition ${lock}`;
    return (await client.query<Checkpoint>(select, [name])).rows;
  };
  // A partition without events has no checkpoint yet: none may be inserted meanwhile.
  for (const schema of [LIVE, space]) {
    await client.query(
      `INSERT INTO ${quoted(schema)}.projection_checkpoints (name, version, partition)
       SELECT $1, $2, partition FROM generate_series(0, $3::integer - 1) AS p (partition) ON CONFLICT DO NOTHING`,
      [name, version, folded.length],
    );
  }
  const live = await checkpoints(LIVE, 'FOR UPDATE');
  if (!mayGoBack && live.some((each) => each.version > version)) {
    throw new NewerVersionLiveError(`a newer version of ${name} is live: use the program that made it`);
  }
  const next = new Map((await checkpoints(space, '')).map((each) => [each.partition, each.position]));
  const missing = live.map((each) => ({
    partition: each.partition,
    from: position(next.get(each.partition)!),
    to: position(each.position),
  }));
  if (missing.reduce((sum, { from, to }) => sum + Math.max(0, to - from), 0) > MOST_REST) throw new Behind();
  const sql = executorOn(client, nameOf);
  for (const span of missing.filter(({ from, to }) => from < to)) {
    await moveCheckpoints(sql, span, [projection]);
    const events = await rest(span.partition, span.from, span.to);
    if (events.length > 0) await projection.apply(sql, events);
  }
}

async function exchange(client: pg.PoolClient, projection: PostgresProjection, space: string): Promise<void> {
  const { name, tables } = projection;
  await refuseOtherShape(client, space, projection);
  const [next, kept] = [quoted(space), `madang_${name.replaceAll('-', '_')}_${randomBytes(4).toString('hex')}`];
  await client.query(
    `LOCK TABLE ${tables.map((table) => `${LIVE}.${quoted(table)}`).join(', ')} IN ACCESS EXCLUSIVE MODE`,
  );
  await client.query(`CREATE SCHEMA ${quoted(kept)}`);
  for (const table of tables) {
    await client.query(`ALTER TABLE ${LIVE}.${quoted(table)} SET SCHEMA ${quoted(kept)}`);
    await client.query(`ALTER TABLE ${next}.${quoted(table)} SET SCHEMA ${LIVE}`);
  }
  await client.query(
    `CREATE TABLE ${quoted(kept)}.projection_checkpoints (LIKE ${LIVE}.projection_checkpoints INCLUDING ALL)`,
  );
  const { rows } = await client.query<{ version: number }>(
    `INSERT INTO ${quoted(kept)}.projection_checkpoints SELECT * ` +
      `FROM ${LIVE}.projection_checkpoints WHERE name = $1 RETURNING version`,
    [name],
  );
  // The new live generation was folded completely. The kept one has parked keys, and must not become live again as if
  // it were complete.
  await client.query(`CREATE TABLE ${quoted(kept)}.parked_keys (LIKE ${LIVE}.parked_keys INCLUDING ALL)`);
  await client.query(`INSERT INTO ${quoted(kept)}.parked_keys SELECT * FROM ${LIVE}.parked_keys WHERE name = $1`, [
    name,
  ]);
  await client.query(`DELETE FROM ${LIVE}.parked_keys WHERE name = $1`, [name]);
  // An update in place: a projector that waits for this row finds it, and continues.
  await client.query(
    `UPDATE ${LIVE}.projection_checkpoints AS live SET version = new.version, position = new.position, live = true
     FROM ${next}.projection_checkpoints AS new WHERE live.name = $1 AND new.name = $1
       AND new.partition = live.partition`,
    [name],
  );
  await client.query(`DROP SCHEMA ${next} CASCADE`);
  await client.query(`DELETE FROM ${LIVE}.projection_generations WHERE space = $1`, [space]);
  await client.query(`UPDATE ${LIVE}.projection_generations SET role = 'dropped' WHERE name = $1 AND role = 'kept'`, [
    name,
  ]);
  await client.query(
    `INSERT INTO ${LIVE}.projection_generations (space, name, version, role, phase, runner) ` +
      `VALUES ($1, $2, $3, 'kept', 'kept', '')`,
    [kept, name, Math.min(...rows.map(({ version }) => version))],
  );
}
