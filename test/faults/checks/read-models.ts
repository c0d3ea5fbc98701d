import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { dirname, join } from 'node:path';
import { existsSync } from 'node:fs';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { RecordedEvent } from '../../../src/events/event.js';
import type { Position } from '../../../src/engine/domain/ids.js';
import { position } from '../../../src/engine/domain/ids.js';
import { migrate } from '../../../src/engine/postgres/migrate.js';
import { openPool } from '../../../src/engine/postgres/pool.js';
import { postgresProjectionStore } from '../../../src/engine/postgres/projection-store.js';
import type { ProjectionStore } from '../../../src/engine/projector/projection-store.js';
import { openRedis } from '../../../src/engine/redis/client.js';
import { modelKeys } from '../../../src/engine/redis/model-keys.js';
import { redisProjectionStore } from '../../../src/engine/redis/projection-store.js';
import type { Projection } from '../../../src/engine/projector/projection.js';
import { postgresProjections, redisProjections } from '../../../src/projections/registry.js';
import { quietLogger } from '../../support/conditions.js';
import { projections } from '../../support/projections-cli.js';
import type { Cluster } from '../cluster.js';
import type { Check } from './check.js';
import { openCheck } from './check.js';
import type { StoredLog } from './log.js';

/** Searched upwards: the distance differs between the folders that this is compiled into. */
const MIGRATIONS = ((): string => {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const candidate = join(folder, 'prisma/migrations');
    if (existsSync(candidate) || folder === dirname(folder)) return candidate;
  }
})();

/**
 * Promise 5 (and 11 for the read models in Redis): compares every read model with one folded afresh from the same
 * events, here by the plain store, and again by `bin/madang projections verify`, which has to agree.
 */
export async function checkReadModels(cluster: Cluster, log: StoredLog): Promise<Check> {
  const check = openCheck('5. read models equal a fold of the events');
  const scratch = `fold_${randomBytes(6).toString('hex')}`;
  await cluster.pool.query(`CREATE DATABASE ${scratch}`);
  const fresh = openPool({
    url: Object.assign(new URL(cluster.env.DATABASE_URL!), { pathname: `/${scratch}` }).href,
    max: 4,
    name: 'madang-faults-fold',
  });
  await using redis = await openRedis(cluster.env.REDIS_URL!, { log: quietLogger });
  try {
    await migrate(fresh, MIGRATIONS);
    await fold(postgresProjectionStore(fresh), postgresProjections, log);
    let rows = 0;
    for (const table of postgresProjections.flatMap(({ tables }) => tables)) {
      const [served, folded] = await Promise.all([rowsOf(cluster.pool, table), rowsOf(fresh, table)]);
      rows += folded.length;
      compare(served, folded, (what) => check.expectThat(false, () => `${table}: ${what}`));
    }
    await fold(redisProjectionStore(redis, scratch, log.epochs), redisProjections, log);
    const [served, folded] = await Promise.all(
      [log.logId, scratch].map((logId) => keysOf(cluster.env.REDIS_URL!, logId, log.partitions)),
    );
    compare(served!, folded!, (what) => check.expectThat(false, () => `Redis: ${what}`));
    const verified = await projections(cluster.env, 'verify', '--all');
    check.expectThat(
      verified.code === 0,
      () => `projections verify ended with ${verified.code}: ${verified.stdout} ${verified.stderr}`,
    );
    return check.end(
      `${rows} rows of ${postgresProjections.length} read models in PostgreSQL, ` +
        `${folded!.length} keys of ${redisProjections.length} in Redis; projections verify agrees`,
    );
  } finally {
    await fresh.end();
    await cluster.pool.query(`DROP DATABASE ${scratch} WITH (FORCE)`);
  }
}

const BATCH = 500;

async function fold<P extends Projection>(
  store: ProjectionStore<P>,
  projections: readonly P[],
  log: StoredLog,
): Promise<void> {
  for (const projection of projections) {
    for (const [partition, events] of log.events.entries()) {
      let at: Position = position(0);
      for (let from = 0; from < events.length; from += BATCH) {
        const batch: readonly RecordedEvent[] = events.slice(from, from + BATCH);
        const to = batch.at(-1)!.position;
        await store.apply(
          projection,
          partition,
          at,
          to,
          batch.filter(({ event }) => projection.handles.includes(event.type)),
        );
        at = to;
      }
      await store.setLive(projection, partition, true);
    }
  }
}

async function rowsOf(pool: pg.Pool, table: string): Promise<readonly string[]> {
  const { rows } = await pool.query<{ row: string }>(
    `SELECT t::text AS row FROM ${pg.escapeIdentifier(table)} t ORDER BY 1`,
  );
  return rows.map(({ row }) => row);
}

/**
 * Every key of the live read models with its contents, under the name that it has before any rebuild. Transient keys
 * (heat, buckets) are left out.
 */
async function keysOf(url: string, logId: string, partitions: number): Promise<readonly string[]> {
  const redis = new Redis(url, { lazyConnect: true });
  await redis.connect();
  try {
    const found: string[] = [];
    for (const projection of redisProjections) {
      for (let partition = 0; partition < partitions; partition++) {
        const { base, live, own } = modelKeys(logId, projection, partition);
        const space = `${base}${(await redis.get(live)) ?? own}:`;
        for (const key of await redis.keys(`${space}*`)) {
          const value =
            (await redis.type(key)) === 'hash'
              ? Object.entries(await redis.hgetall(key)).toSorted(([a], [b]) => (a < b ? -1 : 1))
              : (await redis.smembers(key)).toSorted();
          found.push(`{${partition}}:${projection.name}:${own}:${key.slice(space.length)} ${JSON.stringify(value)}`);
        }
      }
    }
    return found.toSorted();
  } finally {
    redis.disconnect();
  }
}

function compare(served: readonly string[], folded: readonly string[], differs: (what: string) => void): void {
  const [has, should] = [new Set(served), new Set(folded)];
  for (const row of folded) if (!has.has(row)) differs(`missing ${row.slice(0, 300)}`);
  for (const row of served) if (!should.has(row)) differs(`too much ${row.slice(0, 300)}`);
}
