import { cp, rename, rm } from 'node:fs/promises';
import { ofDomain } from '../../src/events/event.js';
import { MADANG_EVENTS } from '../../src/events/definitions.js';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import type { RecordedEvent } from '../../src/events/event.js';
import { offset, position } from '../../src/engine/domain/ids.js';
import { createCursorSigner } from '../../src/engine/gateway/signed-cursor.js';
import { createMetrics } from '../../src/metrics.js';
import { postgresDeadLetters } from '../../src/engine/postgres/dead-letters.js';
import { postgresEpochs } from '../../src/engine/postgres/epochs.js';
import { isTransient } from '../../src/engine/postgres/errors.js';
import { postgresEventStore } from '../../src/engine/postgres/event-store.js';
import { openPool } from '../../src/engine/postgres/pool.js';
import { postgresProjectionStore } from '../../src/engine/postgres/projection-store.js';
import { openRedis } from '../../src/engine/redis/client.js';
import { isTransientRedisError } from '../../src/engine/redis/errors.js';
import { redisProjectionStore } from '../../src/engine/redis/projection-store.js';
import { recentTimeline } from '../../src/projections/message/recent-timeline/project.js';
import { postgresProjections } from '../../src/projections/registry.js';
import { runProjection } from '../../src/engine/projector/projection-runner.js';
import { quietLogger, until } from '../support/conditions.js';
import type { Site } from '../support/epoch-site.js';
import { headOf, noticed, openSite, ownPostgres, storeEvents } from '../support/epoch-site.js';

const own = ownPostgres();
const { restart } = own;

test('a restart that loses nothing begins an epoch, and every position stays valid', async () => {
  await using site = await openSite(own.server.url);
  await headOf(site);
  await storeEvents(site, 3);
  const seal = createCursorSigner(Buffer.alloc(32, 1), site.store.epochs);
  const head = await headOf(site);
  const before = [1, head].map((at) => seal.position({ partition: 0, position: position(at) }));
  const epoch = site.store.epochs.current(0);
  await restart();
  await noticed(site);
  expect(site.store.epochs.current(0)).toBeGreaterThan(epoch);
  expect(site.forks).toEqual(
    [0, 1].map((partition) => ({ partition, after: partition === 0 ? head : 0, lostTo: partition === 0 ? head : 0 })),
  );
  expect(before.map((sealed) => site.store.epochs.has(seal.openPosition(sealed)))).toEqual([true, true]);
  expect(before).toEqual([1, head].map((at) => seal.position({ partition: 0, position: position(at) })));
  await storeEvents(site, 1);
  expect(site.store.epochs.epochOf({ partition: 0, position: position(head + 1) })).toBe(site.store.epochs.current(0));
});

test('a query from before a restart of the database is refused once, then served', async () => {
  await using site = await openSite(own.server.url);
  await headOf(site);
  await restart();
  const refused = await until(
    () =>
      site.pool.query('SELECT 1').then(
        () => true,
        (error: unknown) => (error as { code?: string }).code === '57P02',
      ),
    'the database answers',
  ).then(() => site.pool.query('SELECT 1'));
  expect(refused.rowCount).toBe(1);
  expect(site.forks.length).toBeGreaterThan(0);
});

test('a wait for a connection over a restart does not lead to the new run', async () => {
  const known = postgresEpochs();
  const pool = openPool({ url: own.server.url, max: 1, name: 'epochs-queue', run: known });
  try {
    const store = postgresEventStore(pool, MADANG_EVENTS, known);
    await store.heads();
    const holder = await pool.connect();
    holder.on('error', () => undefined);
    // The pool has one connection: these queries wait for it. By the time they could be served their run is the old
    // one.
    const waiting = Array.from({ length: 4 }, () =>
      pool.query('SELECT 1').then(
        () => 'served',
        (error: { code?: string }) => error.code,
      ),
    );
    const served = (client: pg.PoolClient): string => {
      client.release();
      return 'served';
    };
    const connecting = pool.connect().then(served, (error: { code?: string }) => error.code);
    await restart();
    holder.release(true);
    expect(new Set(await Promise.all([...waiting, connecting]))).toEqual(new Set(['57P02']));
    expect((await pool.query('SELECT 1')).rowCount).toBe(1);
    expect(await pool.connect().then(served)).toBe('served');
  } finally {
    await pool.end();
  }
});

test('a batch that was read before a fork is not applied behind it, nor retried', async () => {
  await using site = await openSite(own.server.url);
  await headOf(site);
  await storeEvents(site, 1);
  const head = await headOf(site);
  const [created] = await site.store.readPartition(0, position(head - 1), 1);
  const models = postgresProjectionStore(site.pool, site.known);
  const one = postgresProjections.find(({ handles }) => handles.includes('RoomCreated'))!;
  const other = postgresProjections.find(({ name }) => name !== one.name)!;
  const { position: from } = await models.progress(other, 0);
  const apply = (to: number, events: readonly RecordedEvent[]): Promise<unknown>[] =>
    [one, other].map((projection) =>
      models.apply(projection, 0, from, position(to), projection === one ? events : []).then(
        (outcome) => outcome,
        (error: { code?: string }) => error.code,
      ),
    );
  const holder = new pg.Client({ connectionString: own.server.url });
  await holder.connect();
  try {
    await holder.query('BEGIN');
    await holder.query(
      'INSERT INTO projection_checkpoints (name, version, partition, position) VALUES ($1, $2, 0, $3)',
      [one.name, one.version, from],
    );
    // Both in one transaction, which waits for the row of one of them until it fails. Then each is tried by itself.
    const applied = apply(head, [ofDomain(created!)]);
    await until(
      async () => (await holder.query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'")).rowCount !== 0,
      'it waits for the row',
    );
    await using elsewhere = await openSite(own.server.url);
    await elsewhere.pool.query('UPDATE event_heads SET filenode = NULL');
    await headOf(site);
    expect(site.forks.length).toBeGreaterThan(0);
    expect(await Promise.all(applied)).toEqual(['57P02', '57P02']);
    expect((await models.progress(other, 0)).position).toBe(from);
  } finally {
    await holder.end();
  }
});

test('a Redis model written in an unknown epoch is not started over', async () => {
  await using site = await openSite(own.server.url);
  await using other = await openSite(own.server.url);
  await using redis = await openRedis(process.env.TEST_REDIS_URL!, { log: quietLogger });
  await headOf(site);
  await other.pool.query('UPDATE event_heads SET filenode = NULL');
  await storeEvents(other, 1);
  const head = await headOf(other);
  const logId = randomUUID();
  const theirs = redisProjectionStore(redis, logId, other.store.epochs);
  await theirs.apply(recentTimeline, 0, position(0), position(head), []);
  await theirs.setLive(recentTimeline, 0, true);

  const ours = redisProjectionStore(redis, logId, site.store.epochs);
  const startedOver: number[] = [];
  const counted: typeof ours = { ...ours, startOver: (...of) => (startedOver.push(of[2]), ours.startOver!(...of)) };
  let asked = 0;
  const runner = runProjection({
    projection: recentTimeline,
    partition: 0,
    projections: counted,
    // Nor is a model judged while the log does not answer.
    events: {
      ...site.store,
      heads: () => (++asked === 1 ? Promise.reject(new Error('the database is away')) : site.store.heads()),
    },
    deadLetters: postgresDeadLetters({ pool: site.pool, logger: quietLogger, metrics: createMetrics() }),
    isTransient: isTransientRedisError,
    moved: () => undefined,
    logger: quietLogger,
    metrics: createMetrics(),
  });
  site.store.epochs.onFork(({ partition, after }) => partition === 0 && runner.forked(after));
  try {
    expect(site.store.epochs.current(0)).toBeLessThan(other.store.epochs.current(0));
    await storeEvents(other, 1);
    await until(
      () => (runner.grown(position(head + 1)), runner.position === head + 1),
      'it goes on from where the other process was',
    );
    expect(startedOver).toEqual([]);
    expect(await theirs.progress(recentTimeline, 0)).toMatchObject({ position: head + 1, live: true });
  } finally {
    await runner.stop();
  }
});

test('a commit of a decider of an older epoch stores nothing, and the next goes on', async () => {
  await using site = await openSite(own.server.url);
  await using idle = await openSite(own.server.url);
  await Promise.all([headOf(site), headOf(idle)]);
  const before = await idle.store.checkpoint('test', 0);
  await restart();
  await noticed(site);
  await noticed(idle);
  const head = await headOf(site);
  expect(await storeEvents(site, 1, { epoch: before.epoch, from: before.next })).toEqual({ status: 'superseded' });
  expect(await headOf(site)).toBe(head);
  expect((await site.store.checkpoint('test', 0)).next).toBe(before.next);
  expect(await storeEvents(site, 1)).toMatchObject({ status: 'committed', batch: { head: head + 1 } });
});

test('no event is stored in another run of the database before an epoch has begun', async () => {
  await using site = await openSite(own.server.url);
  await headOf(site);
  const { epoch, next: from } = await site.store.checkpoint('test', 0);
  await restart();
  // A process that does not notice a restart: its pool does not compare the run.
  const pool = openPool({ url: own.server.url, max: 1, name: 'unaware' });
  try {
    const unaware = {
      ...site,
      pool,
      store: {
        ...postgresEventStore(pool, MADANG_EVENTS),
        checkpoint: () => Promise.resolve({ epoch, next: from, published: offset(0), mark: null, lastAt: null }),
      },
    };
    expect(await storeEvents(unaware, 1, { epoch, from })).toEqual({ status: 'superseded' });
    expect(await postgresEventStore(pool, MADANG_EVENTS).checkpoint('test', 0)).toMatchObject({ next: from });
  } finally {
    await pool.end();
  }
});

test('a restored disk snapshot is a fork, and new events are not taken for lost ones', async () => {
  await using site = await openSite(own.server.url);
  await headOf(site);
  await storeEvents(site, 2);
  const data = join(own.dir, 'postgres/data');
  await own.server.stop();
  await cp(data, `${data}.snapshot`, { recursive: true, preserveTimestamps: true });
  await own.server.start();
  await noticed(site);
  const after = await headOf(site);
  await storeEvents(site, 5);
  await headOf(site);
  const lost = [after + 1, after + 5].map((at) => ({
    partition: 0,
    position: position(at),
    epoch: site.store.epochs.epochOf({ partition: 0, position: position(at) }),
  }));
  await own.server.kill();
  await rm(data, { recursive: true });
  await rename(`${data}.snapshot`, data);
  await own.server.start();
  await noticed(site);
  expect(site.forks).toContainEqual({ partition: 0, after, lostTo: after + 5 });
  await storeEvents(site, 9);
  expect(await headOf(site)).toBe(after + 9);
  expect(lost.map((at) => site.store.epochs.has(at))).toEqual([false, false]);
});

test('a dump that is restored into a running server is a fork', async () => {
  await using site = await openSite(own.server.url);
  await headOf(site);
  await storeEvents(site, 4);
  const head = await headOf(site);
  // Like pg_restore --clean: the table is recreated, with rows from before.
  await site.pool.query(
    `BEGIN; CREATE TABLE dumped AS SELECT * FROM event_heads; DROP TABLE event_heads;
     CREATE TABLE event_heads (partition smallint PRIMARY KEY, head bigint NOT NULL DEFAULT 0,
       epoch bigint NOT NULL DEFAULT 0, server_started timestamptz, filenode oid, database oid);
     INSERT INTO event_heads SELECT partition, CASE partition
       WHEN 0 THEN head - 2 ELSE head END, epoch, server_started, filenode, database FROM dumped; DROP TABLE dumped;
     DELETE FROM events WHERE partition = 0 AND position > ${head - 2}; COMMIT`,
  );
  const lost = {
    partition: 0,
    position: position(head),
    epoch: site.store.epochs.epochOf({ partition: 0, position: position(head) }),
  };
  expect(await headOf(site)).toBe(head - 2);
  expect(site.forks).toContainEqual({ partition: 0, after: head - 2, lostTo: head });
  await storeEvents(site, 2);
  expect(await headOf(site)).toBe(head);
  expect(site.store.epochs.has(lost)).toBe(false);
});

test('a head below one that was seen is a fork, also on the same server', async () => {
  await using site = await openSite(own.server.url);
  await headOf(site);
  await storeEvents(site, 4);
  const head = await headOf(site);
  const epoch = site.store.epochs.current(0);
  await site.pool.query('UPDATE event_heads SET head = $1 WHERE partition = 0', [head - 3]);
  await site.pool.query('DELETE FROM events WHERE partition = 0 AND position > $1', [head - 3]);
  expect(await headOf(site)).toBe(head - 3);
  expect(site.store.epochs.current(0)).toBeGreaterThan(epoch);
  expect(site.forks).toEqual([{ partition: 0, after: head - 3, lostTo: head }]);
});

test('many processes that notice at the same moment begin one epoch', async () => {
  const sites = await Promise.all(Array.from({ length: 4 }, () => openSite(own.server.url)));
  try {
    await Promise.all(sites.map(headOf));
    await restart();
    await Promise.all(sites.map(noticed));
    expect(new Set(sites.map((site) => site.store.epochs.current(0))).size).toBe(1);
    const { rows } = await sites[0]!.pool.query<{ epoch: number }>('SELECT epoch FROM event_heads WHERE partition = 0');
    expect(rows[0]!.epoch).toBe(sites[0]!.store.epochs.current(0));
  } finally {
    await Promise.all(sites.map((site) => site[Symbol.asyncDispose]()));
  }
});

test("of two that find an epoch due at once, the second goes on in the first one's", async () => {
  const sites = await Promise.all([openSite(own.server.url), openSite(own.server.url)]);
  const blocker = new pg.Client(own.server.url);
  try {
    await Promise.all(sites.map(headOf));
    await sites[0].pool.query(`
      CREATE TABLE begun (epoch bigint);
      CREATE FUNCTION note_begun() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO begun
        VALUES (NEW.epoch); RETURN NULL; END $$;
      CREATE TRIGGER note_begun AFTER UPDATE OF epoch ON event_heads FOR EACH ROW
        WHEN (NEW.partition = 0) EXECUTE FUNCTION note_begun()`);
    await blocker.connect();
    // Like after a restart, but without one: no process notices before its next query.
    await blocker.query('UPDATE event_heads SET filenode = NULL');
    await blocker.query('BEGIN');
    await blocker.query('SELECT FROM event_heads ORDER BY partition FOR UPDATE');
    // A wait for the lock is short, and a writer begins again.
    const begin = ({ known, pool }: Site): Promise<void> =>
      until(
        () =>
          known.current(pool, 0, { epoch: 0, same: false }).then(
            () => true,
            (error: unknown) => {
              if (!isTransient(error)) throw error;
              return false;
            },
          ),
        'an epoch is begun, or has begun',
      );
    const all = Promise.all(sites.map(begin));
    await until(async () => {
      await blocker.query('SELECT pg_stat_clear_snapshot()');
      const { rows } = await blocker.query<{ n: number }>(
        "SELECT count(*)::integer AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' " +
          "AND application_name = 'epochs-test'",
      );
      return rows[0]!.n === 2;
    }, 'both are about to begin it');
    await blocker.query('COMMIT');
    await all;
    const { rows } = await blocker.query<{ epoch: string }>('SELECT epoch FROM begun');
    const begun = rows.map(({ epoch }) => Number(epoch));
    expect(begun).toHaveLength(1);
    expect(sites.map((site) => site.store.epochs.current(0))).toEqual([begun[0], begun[0]]);
  } finally {
    await blocker.query('DROP TABLE IF EXISTS begun; DROP FUNCTION IF EXISTS note_begun CASCADE');
    await blocker.end();
    await Promise.all(sites.map((site) => site[Symbol.asyncDispose]()));
  }
});
