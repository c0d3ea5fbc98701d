import type pg from 'pg';
import type { Partition, Position } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import type { GenerationRecord, Generations } from '../rebuild/generations.js';
import { ReadModelLockedError } from '../rebuild/generations.js';
import type { DatabaseRun } from './epochs.js';
import { openClient, transaction } from './pool.js';

/** The first half of the advisory lock keys of read models; any fixed number. */
const LOCKS = 0x67656e73;

const LIST = `
SELECT name, version, role, space, phase, runner, done, total, per_second AS "perSecond", started_at AS "startedAt",
  extract(epoch FROM now() - updated_at)::real AS "idleSeconds"
FROM projection_generations WHERE $1::text IS NULL OR name = $1 ORDER BY name, role, started_at`;

const HOLDER = `
SELECT a.application_name AS holder FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.classid::bigint = $1 AND l.objid::bigint = (hashtext($2)::bigint & 4294967295)`;

export interface GenerationsOptions {
  readonly pool: pg.Pool;
  readonly url: string;
  /** The known run of the database: a fork ends the work under a lock. */
  readonly run?: DatabaseRun;
  /** Identifies the worker, such as `rebuild on HOST, process 123`, in the refusal of a second one. */
  readonly runner: string;
}

/** The registry of generations, and the locks on read models. The caller owns the pool and closes it. */
export function postgresGenerations({ pool, url, run, runner }: GenerationsOptions): Generations {
  return {
    async isDropped(name, partition, place) {
      const values = [`projection:${name}`, partition, place];
      const { rowCount } = await pool.query(
        "SELECT FROM dead_letters WHERE source = $1 AND partition = $2 AND place = $3 AND state = 'dropped'",
        values,
      );
      return rowCount !== 0;
    },

    async unfolded(name, partitions) {
      const { rows } = await pool.query<{ partition: Partition; place: number }>(
        "SELECT partition, place FROM dead_letters WHERE source = $1 AND state <> 'applied'",
        [`projection:${name}`],
      );
      const places = Array.from({ length: partitions }, () => new Set<Position>());
      for (const { partition, place } of rows) places[partition]?.add(position(place));
      return places;
    },

    async list(name) {
      const { rows } = await pool.query<GenerationRecord>(LIST, [name ?? null]);
      return rows;
    },

    add: (name, version, role, space) =>
      transaction(pool, async (client) => {
        await client.query(`UPDATE projection_generations SET role = 'dropped' WHERE name = $1 AND role = $2`, [
          name,
          role,
        ]);
        const values = [space, name, version, role, runner];
        await client.query(
          'INSERT INTO projection_generations (space, name, version, role, phase, runner) VALUES ($1, ' +
            `$2, $3, $4, 'beginning', $5)`,
          values,
        );
      }),

    async saveProgress(space, { phase, done, total, perSecond }) {
      await pool.query(
        'UPDATE projection_generations SET phase = $2, done = $3, total = $4, per_second = $5, ' +
          'runner = $6, updated_at = now() WHERE space = $1',
        [space, phase, done, total, perSecond, runner],
      );
    },

    async forget(space) {
      await pool.query('DELETE FROM projection_generations WHERE space = $1', [space]);
    },

    async exclusively(names, work) {
      // Locks on a connection of its own: they are released when the process ends.
      const client = openClient(url, runner);
      const lost = new AbortController();
      let ending = false;
      const gone = (): void => {
        if (!ending)
          lost.abort(
            new Error('the lock is lost with its connection: run the command again, it goes on where this one stopped'),
          );
      };
      client.on('error', gone);
      client.on('end', gone);
      // In the same turn: memory may hold lost events.
      const unfollow = run?.onFork(gone);
      try {
        await client.connect();
        await run?.connected(client);
        for (const name of names) await lock(client, name);
        return await work(lost.signal);
      } finally {
        ending = true;
        unfollow?.();
        await client.end().catch(() => undefined);
      }
    },
  };
}

async function lock(client: pg.Client, name: string): Promise<void> {
  const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1, hashtext($2)) AS locked', [
    LOCKS,
    name,
  ]);
  if (rows[0]!.locked) return;
  const holder = (await client.query<{ holder: string }>(HOLDER, [LOCKS, name])).rows[0]?.holder;
  throw new ReadModelLockedError(
    `${name} is being worked on by ${holder ?? 'another process'}: wait until that has ended`,
  );
}
