import { MADANG_EVENTS } from '../../src/events/definitions.js';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { startPostgres } from '../../src/embedded/postgres.js';
import type { Epoch } from '../../src/engine/domain/ids.js';
import { commandId, offset, streamId, traceId, userId } from '../../src/engine/domain/ids.js';
import { roomId } from '../../src/events/ids.js';
import type { PostgresEpochs } from '../../src/engine/postgres/epochs.js';
import { postgresEpochs } from '../../src/engine/postgres/epochs.js';
import { isTransient } from '../../src/engine/postgres/errors.js';
import { postgresEventStore } from '../../src/engine/postgres/event-store.js';
import { MIGRATIONS, migrate } from '../../src/engine/postgres/migrate.js';
import { openPool } from '../../src/engine/postgres/pool.js';
import { openDeployment } from '../../src/engine/postgres/settings.js';
import type { CommitResult, EventStore } from '../../src/engine/store/event-store.js';
import type { Fork } from '../../src/engine/log/log-epochs.js';
import { until } from './conditions.js';
import type { KillableServer } from './killable-servers.js';
import { openKillable } from './killable-servers.js';

export const PARTITIONS = 2;
const ROOM = '0b0b7c56-9d3c-4b5e-8d5e-111111111111';

/** A process's view: a pool, the branch of the log, and the forks that it was notified of. */
export interface Site extends AsyncDisposable {
  readonly pool: pg.Pool;
  readonly known: PostgresEpochs;
  readonly store: EventStore;
  readonly forks: Fork[];
}

export function openSite(url: string): Promise<Site> {
  const known = postgresEpochs();
  const pool = openPool({ url, max: 3, name: 'epochs-test', run: known });
  const forks: Fork[] = [];
  known.epochs.onFork((fork) => forks.push(fork));
  return Promise.resolve({
    pool,
    known,
    store: postgresEventStore(pool, MADANG_EVENTS, known),
    forks,
    [Symbol.asyncDispose]: () => pool.end(),
  });
}

/** Sets an empty database up. */
export async function prepare(url: string): Promise<void> {
  await using first = await openSite(url);
  await migrate(first.pool, MIGRATIONS);
  await openDeployment(first.pool, PARTITIONS, PARTITIONS);
}

/** A PostgreSQL of the test file's own, which tests may kill; it runs during its tests. */
export function ownPostgres(): {
  readonly server: KillableServer;
  /** Its data directory. */
  readonly dir: string;
  restart(): Promise<void>;
} {
  let dir: string;
  let server: KillableServer;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'madang-epochs-'));
    server = await openKillable(startPostgres, { dataDir: dir });
    await prepare(server.url);
  }, 60_000);
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(dir, { recursive: true, force: true });
  }, 60_000);
  return {
    get server() {
      return server;
    },
    get dir() {
      return dir;
    },
    async restart() {
      await server.kill();
      await server.start();
    },
  };
}

let next = 0;
/** Stores events like a decider with this checkpoint and epoch. */
export async function storeEvents(
  { store: events }: Site,
  count: number,
  { epoch, from }: { readonly epoch?: Epoch; readonly from?: number } = {},
): Promise<CommitResult> {
  const checkpoint = await events.checkpoint('test', 0);
  const begins = from ?? checkpoint.next;
  return events.commit({
    queue: 'test',
    partition: 0,
    epoch: epoch ?? checkpoint.epoch,
    from: offset(begins),
    to: offset(begins + count),
    lastAt: null,
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
      events: [
        {
          stream: streamId(`epochs-${++next}-${randomUUID()}`),
          version: 1,
          event: {
            type: 'RoomCreated' as const,
            data: { roomId: roomId(ROOM), title: '마당', createdBy: userId('mina') },
          },
        },
      ],
    })),
  });
}

export const headOf = async ({ store: events }: Site): Promise<number> => (await events.heads())[0]!;

/** The first queries after a restart fail, like those on broken connections. */
export async function noticed(site: Site): Promise<void> {
  await until(
    () =>
      site.store.heads().then(
        () => true,
        (error: unknown) => !isTransient(error),
      ),
    'the database answers again',
  );
}
