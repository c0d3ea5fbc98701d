import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { fileURLToPath } from 'node:url';
import type { Epoch } from '../../src/events/ids.js';
import { commandId, offset, position, roomId, streamId, traceId, userId } from '../../src/events/ids.js';
import { createReadModelProgress } from '../../src/gateway/read-model-progress.js';
import { createSeal } from '../../src/gateway/seal.js';
import type { PostgresEpochs } from '../../src/platform/postgres/epochs.js';
import { postgresEpochs } from '../../src/platform/postgres/epochs.js';
import { isTransient } from '../../src/platform/postgres/errors.js';
import { postgresEventStore } from '../../src/platform/postgres/event-store.js';
import { migrate } from '../../src/platform/postgres/migrate.js';
import { openPool } from '../../src/platform/postgres/pool.js';
import { postgresProjectionStore } from '../../src/platform/postgres/projection-store.js';
import { openDeployment } from '../../src/platform/postgres/settings.js';
import { startPostgres } from '../../src/platform/servers/postgres.js';
import type { CommitResult, EventStore } from '../../src/platform/ports/event-store.js';
import type { Fork } from '../../src/platform/ports/log-epochs.js';
import { postgresProjections } from '../../src/projections/registry.js';
import { quietLogger, until } from '../support/conditions.js';
import type { KillableServer } from '../support/killable-servers.js';
import { openKillable } from '../support/killable-servers.js';

const MIGRATIONS = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));
const PARTITIONS = 2;
const ROOM = '0b0b7c56-9d3c-4b5e-8d5e-111111111111';

let dir: string;
let server: KillableServer;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'madang-epochs-'));
  server = await openKillable(startPostgres, { dataDir: dir });
  await using first = await openProcess();
  await migrate(first.pool, MIGRATIONS);
  await openDeployment(first.pool, PARTITIONS, PARTITIONS);
}, 60_000);

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
}, 60_000);

/** What a process knows: a pool, the branch that it is on, and the forks that it was told of. */
interface Site extends AsyncDisposable {
  readonly pool: pg.Pool;
  readonly known: PostgresEpochs;
  readonly store: EventStore;
  readonly forks: Fork[];
}

function openProcess(): Promise<Site> {
  const known = postgresEpochs();
  const pool = openPool({ url: server.url, max: 3, name: 'epochs-test', connected: known.connected });
  const forks: Fork[] = [];
  known.epochs.onFork((fork) => forks.push(fork));
  return Promise.resolve({ pool, known, store: postgresEventStore(pool, known), forks, [Symbol.asyncDispose]: () => pool.end() });
}

let next = 0;
/** Stores events as a decider does that knows the checkpoint and the epoch. */
async function store({ store: events }: Site, count: number, { epoch, from }: { readonly epoch?: Epoch; readonly from?: number } = {}): Promise<CommitResult> {
  const checkpoint = await events.checkpoint('test', 0);
  const begins = from ?? checkpoint.next;
  return events.commit({
    queue: 'test',
    partition: 0,
    epoch: epoch ?? checkpoint.epoch,
    from: offset(begins),
    to: offset(begins + count),
    published: offset(0),
    snapshots: [],
    deadLetters: [],
    outcomes: Array.from({ length: count }, (_, index) => ({
      commandId: commandId(randomUUID()),
      fingerprint: 'f'.repeat(32),
      userId: userId('mina'),
      traceId: traceId('0'.repeat(32)),
      offset: offset(begins + index),
      key: ROOM,
      at: new Date(),
      rejection: null,
      events: [{ stream: streamId(`epochs-${++next}-${randomUUID()}`), version: 1, event: { type: 'RoomCreated' as const, data: { roomId: roomId(ROOM), title: '마당', createdBy: userId('mina') } } }],
    })),
  });
}

const headOf = async ({ store: events }: Site): Promise<number> => (await events.heads())[0]!;

/** The first questions after a restart are refused, as those on broken connections are. */
async function noticed(site: Site): Promise<void> {
  await until(() => site.store.heads().then(() => true, (error: unknown) => !isTransient(error)), 'the database answers again');
}

const restart = async (): Promise<void> => {
  await server.kill();
  await server.start();
};

test('a restart that loses nothing begins an epoch at the end, and every position stays good', async () => {
  await using site = await openProcess();
  await headOf(site);
  await store(site, 3);
  const seal = createSeal(Buffer.alloc(32, 1), site.store.epochs);
  const head = await headOf(site);
  const before = [1, head].map((at) => seal.position({ partition: 0, position: position(at) }));
  const epoch = site.store.epochs.current(0);
  await restart();
  await noticed(site);
  expect(site.store.epochs.current(0)).toBeGreaterThan(epoch);
  expect(site.forks).toEqual([0, 1].map((partition) => ({ partition, after: partition === 0 ? head : 0, lostTo: partition === 0 ? head : 0 })));
  expect(before.map((sealed) => site.store.epochs.has(seal.openPosition(sealed)))).toEqual([true, true]);
  expect(before).toEqual([1, head].map((at) => seal.position({ partition: 0, position: position(at) })));
  await store(site, 1);
  expect(site.store.epochs.epochOf({ partition: 0, position: position(head + 1) })).toBe(site.store.epochs.current(0));
}, 60_000);

test('who asked before the database was restarted is refused once, and then served', async () => {
  await using site = await openProcess();
  await headOf(site);
  await restart();
  const refused = await until(() => site.pool.query('SELECT 1').then(() => true, (error: unknown) => (error as { code?: string }).code === '57P02'), 'the database answers').then(
    () => site.pool.query('SELECT 1'),
  );
  expect(refused.rowCount).toBe(1);
  expect(site.forks.length).toBeGreaterThan(0);
}, 60_000);

test('a commit of a decider that knows an older epoch stores nothing, and the next one goes on', async () => {
  await using site = await openProcess();
  await using idle = await openProcess();
  await Promise.all([headOf(site), headOf(idle)]);
  const before = await idle.store.checkpoint('test', 0);
  await restart();
  await noticed(site);
  await noticed(idle);
  const head = await headOf(site);
  expect(await store(site, 1, { epoch: before.epoch, from: before.next })).toEqual({ status: 'superseded' });
  expect(await headOf(site)).toBe(head);
  expect((await site.store.checkpoint('test', 0)).next).toBe(before.next);
  expect(await store(site, 1)).toMatchObject({ status: 'committed', batch: { head: head + 1 } });
}, 60_000);

test('nobody stores an event in another run of the database before an epoch has begun', async () => {
  await using site = await openProcess();
  await headOf(site);
  const { epoch, next: from } = await site.store.checkpoint('test', 0);
  await restart();
  // A process that knows of no restart: its pool does not ask which run it leads to.
  const pool = openPool({ url: server.url, max: 1, name: 'unaware' });
  try {
    const unaware = { ...site, pool, store: { ...postgresEventStore(pool), checkpoint: () => Promise.resolve({ epoch, next: from, published: offset(0) }) } };
    expect(await store(unaware, 1, { epoch, from })).toEqual({ status: 'superseded' });
    expect(await postgresEventStore(pool).checkpoint('test', 0)).toMatchObject({ next: from });
  } finally {
    await pool.end();
  }
}, 60_000);

test('a snapshot of the disk that is restored is a fork, and what is stored then is not taken for what was lost', async () => {
  await using site = await openProcess();
  await headOf(site);
  await store(site, 2);
  const data = join(dir, 'postgres/data');
  await server.stop();
  await cp(data, `${data}.snapshot`, { recursive: true, preserveTimestamps: true });
  await server.start();
  await noticed(site);
  const after = await headOf(site);
  await store(site, 5);
  await headOf(site);
  const lost = [after + 1, after + 5].map((at) => ({ partition: 0, position: position(at), epoch: site.store.epochs.epochOf({ partition: 0, position: position(at) }) }));
  await server.kill();
  await rm(data, { recursive: true });
  await rename(`${data}.snapshot`, data);
  await server.start();
  await noticed(site);
  expect(site.forks).toContainEqual({ partition: 0, after, lostTo: after + 5 });
  await store(site, 9);
  expect(await headOf(site)).toBe(after + 9);
  expect(lost.map((at) => site.store.epochs.has(at))).toEqual([false, false]);
}, 90_000);

test('a dump that is restored into a server that runs on is a fork', async () => {
  await using site = await openProcess();
  await headOf(site);
  await store(site, 4);
  const head = await headOf(site);
  // As pg_restore --clean does: the table is made anew, with rows from before.
  await site.pool.query(
    `BEGIN; CREATE TABLE dumped AS SELECT * FROM event_heads; DROP TABLE event_heads;
     CREATE TABLE event_heads (partition smallint PRIMARY KEY, head bigint NOT NULL DEFAULT 0, epoch bigint NOT NULL DEFAULT 0, server_started timestamptz, filenode oid);
     INSERT INTO event_heads SELECT partition, CASE partition WHEN 0 THEN head - 2 ELSE head END, epoch, server_started, filenode FROM dumped; DROP TABLE dumped;
     DELETE FROM events WHERE partition = 0 AND position > ${head - 2}; COMMIT`,
  );
  const lost = { partition: 0, position: position(head), epoch: site.store.epochs.epochOf({ partition: 0, position: position(head) }) };
  expect(await headOf(site)).toBe(head - 2);
  expect(site.forks).toContainEqual({ partition: 0, after: head - 2, lostTo: head });
  await store(site, 2);
  expect(await headOf(site)).toBe(head);
  expect(site.store.epochs.has(lost)).toBe(false);
}, 60_000);

test('a head below one that was seen is a fork, though the server says that it is the same', async () => {
  await using site = await openProcess();
  await headOf(site);
  await store(site, 4);
  const head = await headOf(site);
  const epoch = site.store.epochs.current(0);
  await site.pool.query('UPDATE event_heads SET head = $1 WHERE partition = 0', [head - 3]);
  await site.pool.query('DELETE FROM events WHERE partition = 0 AND position > $1', [head - 3]);
  expect(await headOf(site)).toBe(head - 3);
  expect(site.store.epochs.current(0)).toBeGreaterThan(epoch);
  expect(site.forks).toEqual([{ partition: 0, after: head - 3, lostTo: head }]);
}, 60_000);

test('many processes that notice at the same moment begin one epoch', async () => {
  const sites = await Promise.all(Array.from({ length: 4 }, () => openProcess()));
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
}, 60_000);

test('atLeast waits again after a crash of PostgreSQL that took the last commits of the read models', async () => {
  await using site = await openProcess();
  await store(site, 2);
  const head = await headOf(site);
  const models = postgresProjectionStore(site.pool);
  const progress = createReadModelProgress({
    models: [{ store: models, projections: postgresProjections, isTransient }],
    events: site.store,
    partitions: PARTITIONS,
    lookEveryMs: 20,
    logger: quietLogger,
  });
  site.store.epochs.onFork(({ partition, after }) => progress.forked(partition, after));
  try {
    const stand = (at: number): Promise<unknown> =>
      site.pool.query(
        'INSERT INTO projection_checkpoints (name, version, partition, position, live) SELECT name, version, 0, $3, true FROM unnest($1::text[], $2::integer[]) AS p (name, version) ON CONFLICT (name, partition) DO UPDATE SET position = $3',
        [postgresProjections.map(({ name }) => name), postgresProjections.map(({ version }) => version), at],
      );
    await stand(head);
    const at = { partition: 0, position: position(head) };
    expect(await progress.reached(at, AbortSignal.timeout(5_000))).toBe(true);
    // What a crash may leave of commits that did not wait for the disk.
    await stand(head - 1);
    await restart();
    await noticed(site);
    const waits = progress.reached(at, AbortSignal.timeout(30_000));
    let answered = false;
    void waits.then(() => (answered = true));
    await progress.reached({ partition: 0, position: position(head - 1) }, AbortSignal.timeout(30_000));
    expect(answered).toBe(false);
    await stand(head);
    expect(await waits).toBe(true);
  } finally {
    await progress.stop();
  }
}, 60_000);
