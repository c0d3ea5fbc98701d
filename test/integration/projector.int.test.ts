import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type pg from 'pg';
import type { DomainEvent } from '../../src/events/event.js';
import type { RoomId } from '../../src/events/ids.js';
import { position, userId } from '../../src/engine/domain/ids.js';
import { roomId } from '../../src/events/ids.js';
import { createMetrics } from '../../src/metrics.js';
import { postgresDeadLetters } from '../../src/engine/postgres/dead-letters.js';
import type { EventStore } from '../../src/engine/store/event-store.js';
import { isTransient } from '../../src/engine/postgres/errors.js';
import { postgresProjectionStore } from '../../src/engine/postgres/projection-store.js';
import type { RedisConnection } from '../../src/engine/redis/client.js';
import { openRedis } from '../../src/engine/redis/client.js';
import { isTransientRedisError } from '../../src/engine/redis/errors.js';
import { NEVER_FORKED } from '../../src/engine/redis/model-epochs.js';
import { redisProjectionStore } from '../../src/engine/redis/projection-store.js';
import type { ManagedServer } from '../../src/embedded/managed-server.js';
import { startRedis } from '../../src/embedded/redis.js';
import { postgresProjections, redisProjections } from '../../src/projections/registry.js';
import type { Projector } from '../../src/engine/projector/projector.js';
import { startProjector } from '../../src/engine/projector/projector.js';
import { quietLogger, until } from '../support/conditions.js';
import { createTestDatabase } from '../support/database.js';
import type { EventLog } from '../support/event-log.js';
import { WRITER, openEventLog } from '../support/event-log.js';

const PARTITIONS = 3;
const TABLES = postgresProjections.flatMap(({ tables }) => tables);

/** A Redis of its own, which these tests empty. */
let dataDir: string;
let server: ManagedServer;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'madang-projector-'));
  server = await startRedis({ dataDir, log: quietLogger });
});
afterAll(async () => {
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function openSite(redisUrl = server.url) {
  const log = await openEventLog(PARTITIONS);
  const redis = await openRedis(redisUrl, { log: quietLogger });
  const metrics = createMetrics();
  const { pool } = log.database;
  const stored = postgresProjectionStore(pool);
  const cached = redisProjectionStore(redis, randomUUID(), NEVER_FORKED);
  const deadLetters = postgresDeadLetters({ pool, logger: quietLogger, metrics });
  const projectors: Projector[] = [];

  return {
    log,
    redis,
    metrics,
    stored,
    cached,
    async startProjector(
      pollIntervalMs = 100,
      moved: (partition: number) => void = () => undefined,
      events: EventStore = log.store,
    ) {
      const projector = await startProjector({
        feed: await log.openFeed(),
        events,
        models: [
          { store: stored, projections: postgresProjections, isTransient },
          { store: cached, projections: redisProjections, isTransient: isTransientRedisError },
        ],
        deadLetters,
        moved,
        pollIntervalMs,
        logger: quietLogger,
        metrics,
      });
      projectors.push(projector);
      return projector;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(projectors.map((projector) => projector.stop()));
      await redis.close();
      await log[Symbol.asyncDispose]();
    },
  };
}
type Site = Awaited<ReturnType<typeof openSite>>;

/** Whether every read model of the store has every event and is live. */
async function areCaughtUp(
  { log, stored, cached }: Site,
  which: 'postgres' | 'redis' | 'all' = 'all',
): Promise<boolean> {
  const heads = await log.store.heads();
  const progress = [
    ...(which === 'redis' ? [] : await stored.progressOfAll(postgresProjections, PARTITIONS)),
    ...(which === 'postgres' ? [] : await cached.progressOfAll(redisProjections, PARTITIONS)),
  ];
  return progress.every((partitions) =>
    partitions.every((at, partition) => at.live && at.position === heads[partition]),
  );
}
const caughtUp = (site: Site, which?: 'postgres' | 'redis') =>
  until(() => areCaughtUp(site, which).catch(() => false), 'the read models have everything and are live');

async function rowsOf(pool: pg.Pool): Promise<unknown> {
  const tables = TABLES.map(
    async (table) =>
      (await pool.query<{ row: string }>(`SELECT to_jsonb(t)::text AS row FROM ${table} t ORDER BY 1`)).rows,
  );
  return Promise.all(tables);
}

/** The rows of a fold of the whole log from its first event. */
async function foldOf({ store }: EventLog): Promise<unknown> {
  await using fresh = await createTestDatabase();
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const events = await store.readPartition(partition, position(0), 100_000);
    for (const { handles, apply } of postgresProjections) {
      const handled = events.filter(({ event }) => handles.includes(event.type));
      if (handled.length > 0) await apply(fresh.pool, handled);
    }
  }
  // Awaited here: the database is dropped with this block.
  return await rowsOf(fresh.pool);
}

const post = (room: RoomId, seq: number, body = `${seq}`): DomainEvent => ({
  type: 'MessagePosted',
  data: { roomId: room, seq, authorId: userId('ann'), body },
});

/** A room in each partition, in which a member talks, reads, reacts, leaves and comes back. */
function openRooms(log: EventLog) {
  const rooms = Array.from({ length: PARTITIONS }, () => roomId(randomUUID()));
  const seqs = rooms.map(() => 0);
  const [ann, ben] = [userId('ann'), userId('ben')];
  return {
    rooms,
    create: (partition: number) =>
      log.write(partition, [
        { type: 'RoomCreated', data: { roomId: rooms[partition]!, title: 'Room', createdBy: ann } },
        { type: 'MemberJoined', data: { roomId: rooms[partition]!, userId: ann, seq: 0 } },
        { type: 'MemberJoined', data: { roomId: rooms[partition]!, userId: ben, seq: 0 } },
      ]),
    async talk(partition: number, body?: string) {
      const room = rooms[partition]!;
      const seq = ++seqs[partition]!;
      const events: DomainEvent[] = [post(room, seq, body)];
      if (seq % 2 === 0) events.push({ type: 'ReactionAdded', data: { roomId: room, seq, userId: ben, emoji: '👍' } });
      if (seq % 4 === 0)
        events.push({ type: 'ReactionRemoved', data: { roomId: room, seq, userId: ben, emoji: '👍' } });
      if (seq % 5 === 0) events.push({ type: 'MessagesRead', data: { roomId: room, userId: ben, seq } });
      if (seq % 7 === 0) {
        events.push(
          { type: 'MemberLeft', data: { roomId: room, userId: ben } },
          { type: 'MemberJoined', data: { roomId: room, userId: ben, seq } },
        );
      }
      return log.write(partition, events);
    },
  };
}

async function talkEverywhere(rooms: ReturnType<typeof openRooms>, times: number): Promise<void> {
  for (let n = 0; n < times; n++)
    for (let partition = 0; partition < PARTITIONS; partition++) await rooms.talk(partition);
}

test('events come to the read models by the feed and not by the periodic poll', async () => {
  await using site = await openSite();
  // Longer than this test takes.
  await site.startProjector(600_000);
  await caughtUp(site);
  const rooms = openRooms(site.log);
  for (let partition = 0; partition < PARTITIONS; partition++) await rooms.create(partition);
  await talkEverywhere(rooms, 20);
  await caughtUp(site);
  expect(await rowsOf(site.log.database.pool)).toEqual(await foldOf(site.log));
});

test('events that the feed left out are found by the poll, read once for all', async () => {
  await using site = await openSite();
  const reads: Parameters<EventStore['readEntries']>[] = [];
  const counted: EventStore = {
    ...site.log.store,
    readEntries: (...asked) => (reads.push(asked), site.log.store.readEntries(...asked)),
  };
  const projector = await site.startProjector(100, undefined, counted);
  await caughtUp(site);
  await site.log.commit(0, [post(roomId(randomUUID()), 1)]);
  await caughtUp(site);
  await until(() => Math.max(...projector.lag().map(({ events }) => events)) === 0, 'nothing is lagging');
  expect(reads).toEqual([[0, 0, expect.any(Number)]]);
});

test('read models with the same events are stored in one transaction', async () => {
  await using site = await openSite();
  const projector = await site.startProjector();
  await caughtUp(site);
  const rooms = openRooms(site.log);
  for (const act of [rooms.create, rooms.talk, rooms.talk]) {
    await act(0);
    await caughtUp(site);
    await until(() => Math.max(...projector.lag().map(({ events }) => events)) === 0, 'nothing is lagging');
  }
  // A row's xmin is the transaction that wrote it last.
  const { rows } = await site.log.database.pool.query(
    'SELECT count(*)::int AS models, count(DISTINCT xmin::text)::int AS writers ' +
      'FROM projection_checkpoints WHERE partition = 0',
  );
  expect(rows).toEqual([{ models: postgresProjections.length, writers: 1 }]);
});

test('a read model whose table is locked delays the others only for a moment', async () => {
  await using site = await openSite();
  await site.startProjector();
  await caughtUp(site);
  const { pool } = site.log.database;
  const rooms = openRooms(site.log);
  await rooms.create(0);
  await caughtUp(site);
  const locking = await pool.connect();
  try {
    await locking.query('BEGIN; LOCK TABLE messages IN ACCESS EXCLUSIVE MODE');
    for (let n = 0; n < 5; n++) await rooms.talk(0);
    const head = (await site.log.store.heads())[0]!;
    const behind = async () => {
      const progress = await site.stored.progressOfAll(postgresProjections, PARTITIONS);
      return postgresProjections.filter((_, index) => progress[index]![0]!.position < head).map(({ name }) => name);
    };
    await until(async () => (await behind()).length === 1, 'all others have everything');
    expect(await behind()).toEqual(['timeline']);
    await locking.query('COMMIT');
  } finally {
    locking.release();
  }
  await caughtUp(site);
  expect(await rowsOf(pool)).toEqual(await foldOf(site.log));
  expect((await pool.query('SELECT FROM dead_letters')).rowCount).toBe(0);
});

test('a projector that stops hands its partitions over without a gap or a repeat', async () => {
  await using site = await openSite();
  const first = await site.startProjector();
  await caughtUp(site);
  const second = await site.startProjector();
  const partitionsOf = (projector: Projector) => new Set(projector.lag().map(({ partition }) => partition)).size;
  await until(
    () =>
      partitionsOf(first) > 0 && partitionsOf(second) > 0 && partitionsOf(first) + partitionsOf(second) === PARTITIONS,
    'both have a share',
  );
  const rooms = openRooms(site.log);
  for (let partition = 0; partition < PARTITIONS; partition++) await rooms.create(partition);
  await talkEverywhere(rooms, 15);
  const stopped = first.stop();
  await talkEverywhere(rooms, 15);
  await stopped;
  await talkEverywhere(rooms, 5);
  await until(() => partitionsOf(second) === PARTITIONS, 'the other one has taken over');
  await caughtUp(site);
  expect(await rowsOf(site.log.database.pool)).toEqual(await foldOf(site.log));
});

test('an event that a read model cannot apply is a dead letter and stops only its room', async () => {
  await using site = await openSite();
  const { pool } = site.log.database;
  await pool.query(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.body = 'poison' THEN RAISE EXCEPTION 'this body is refused' USING ERRCODE = '22023'; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION refuse()`);
  const rooms = openRooms(site.log);
  for (let partition = 0; partition < PARTITIONS; partition++) await rooms.create(partition);
  await talkEverywhere(rooms, 10);
  const [poison] = await rooms.talk(1, 'poison');
  await talkEverywhere(rooms, 10);
  await site.startProjector();
  await caughtUp(site);
  const { rows } = await pool.query('SELECT source, partition, place, key, reason, payload::jsonb FROM dead_letters');
  expect(rows).toEqual([
    {
      source: 'projection:timeline',
      partition: 1,
      place: poison!.position,
      key: rooms.rooms[1],
      reason: 'this body is refused',
      payload: poison!.event,
    },
  ]);
  const { rows: bodies } = await pool.query<{ seq: number }>(
    'SELECT seq FROM messages WHERE room_id = $1 ORDER BY seq',
    [rooms.rooms[1]],
  );
  expect(bodies.map(({ seq }) => seq)).toEqual(Array.from({ length: 10 }, (_, n) => n + 1));
  const { rows: others } = await pool.query(
    'SELECT count(*)::int AS messages FROM messages WHERE room_id = ANY($1::text[])',
    [[rooms.rooms[0], rooms.rooms[2]]],
  );
  expect(others).toEqual([{ messages: 40 }]);
  // The other read models have the message.
  expect((await pool.query('SELECT last_seq FROM rooms WHERE id = $1', [rooms.rooms[1]])).rows).toEqual([
    { last_seq: 21 },
  ]);
});

test('nothing is lost when the database cuts every connection in the middle', async () => {
  await using site = await openSite();
  await site.startProjector();
  const { pool } = site.log.database;
  await caughtUp(site);
  const rooms = openRooms(site.log);
  for (let partition = 0; partition < PARTITIONS; partition++) await rooms.create(partition);
  for (let round = 0; round < 3; round++) {
    await talkEverywhere(rooms, 8);
    await pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> $1`,
      [WRITER],
    );
  }
  await talkEverywhere(rooms, 5);
  await caughtUp(site);
  expect(await rowsOf(pool)).toEqual(await foldOf(site.log));
  expect((await pool.query('SELECT FROM dead_letters')).rowCount).toBe(0);
});

/** The whole content of Redis, without the deployment's id. */
async function dump(redis: RedisConnection): Promise<unknown> {
  return redis.ask(async (client) => {
    const keys = (await client.keys('*')).sort();
    return Promise.all(
      keys.map(async (key) => [
        key.replace(/^madang:[^:]+:/, ''),
        (await client.type(key)) === 'hash' ? await client.hgetall(key) : await client.dump(key),
      ]),
    );
  });
}

test.each(['while events come', 'while nothing happens'])(
  'a Redis that is emptied %s fills again by itself, also without events',
  async (when) => {
    await using site = await openSite();
    await site.redis.ask((client) => client.flushall());
    await site.startProjector();
    const rooms = openRooms(site.log);
    // The last partition has no events at all.
    for (const partition of [0, 1]) await rooms.create(partition);
    const talk = async () => {
      for (let n = 0; n < 10; n++) for (const partition of [0, 1]) await rooms.talk(partition);
    };
    await talk();
    await caughtUp(site);
    const before = await dump(site.redis);
    const emptied = site.redis.ask((client) => client.flushall());
    if (when === 'while events come') await talk();
    await emptied;
    await caughtUp(site);
    if (when === 'while nothing happens') expect(await dump(site.redis)).toEqual(before);
    // Filled twice in a row, each time from the beginning: the result is that of one fold.
    const once = await dump(site.redis);
    await site.redis.ask((client) => client.flushall());
    await caughtUp(site);
    expect(await dump(site.redis)).toEqual(once);
  },
);

/** A port without a listener. */
async function closedPort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => listener.once('listening', resolve));
  const { port } = listener.address() as AddressInfo;
  await new Promise((resolve) => listener.close(resolve));
  return port;
}

test('a read model whose last commits a crash has taken is made whole again', async () => {
  await using site = await openSite();
  await site.startProjector();
  await caughtUp(site);
  const rooms = openRooms(site.log);
  for (let partition = 0; partition < PARTITIONS; partition++) await rooms.create(partition);
  await talkEverywhere(rooms, 5);
  await caughtUp(site);
  const { pool } = site.log.database;
  // The result of such a crash: rows and checkpoint of an earlier time, together. Here of the very beginning.
  await pool.query(
    'WITH gone AS (DELETE FROM read_positions) UPDATE projection_checkpoints SET position = 0 ' +
      `WHERE name = 'read-positions'`,
  );
  await caughtUp(site);
  expect(await rowsOf(pool)).toEqual(await foldOf(site.log));
});

test('the read models in PostgreSQL go on without Redis', async () => {
  await using site = await openSite(`redis://127.0.0.1:${await closedPort()}`);
  await site.startProjector();
  const rooms = openRooms(site.log);
  for (let partition = 0; partition < PARTITIONS; partition++) await rooms.create(partition);
  await talkEverywhere(rooms, 10);
  await caughtUp(site, 'postgres');
  expect(await rowsOf(site.log.database.pool)).toEqual(await foldOf(site.log));
});

test('a hanging Redis delays nothing, and catches up once it answers', async () => {
  await using site = await openSite();
  await site.startProjector();
  const rooms = openRooms(site.log);
  for (let partition = 0; partition < PARTITIONS; partition++) await rooms.create(partition);
  await caughtUp(site);
  process.kill(server.pid, 'SIGSTOP');
  try {
    await talkEverywhere(rooms, 5);
    const asked = performance.now();
    await caughtUp(site, 'postgres');
    expect(performance.now() - asked).toBeLessThan(5_000);
  } finally {
    process.kill(server.pid, 'SIGCONT');
  }
  await caughtUp(site);
});
