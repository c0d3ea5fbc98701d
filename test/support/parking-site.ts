import type { AnyEvent } from '../../src/engine/domain/event.js';
import { ofDomain } from '../../src/events/event.js';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import type { DomainEvent, RecordedEvent } from '../../src/events/event.js';
import type { RoomId } from '../../src/events/ids.js';
import { position, userId } from '../../src/engine/domain/ids.js';
import { roomId } from '../../src/events/ids.js';
import { createMetrics } from '../../src/metrics.js';
import { postgresDeadLetters } from '../../src/engine/postgres/dead-letters.js';
import { isNoFaultOfTheRecord } from '../../src/engine/postgres/errors.js';
import type { DeadLetterRecord } from '../../src/engine/store/dead-letter-admin.js';
import { deadLetterAdmin } from '../../src/engine/postgres/dead-letter-admin.js';
import { postgresProjectionStore } from '../../src/engine/postgres/projection-store.js';
import type { DeadLetters } from '../../src/engine/store/dead-letters.js';
import type { ProjectionStore } from '../../src/engine/projector/projection-store.js';
import type { RedisConnection } from '../../src/engine/redis/client.js';
import { openRedis } from '../../src/engine/redis/client.js';
import { isTransientRedisError } from '../../src/engine/redis/errors.js';
import { NEVER_FORKED } from '../../src/engine/redis/model-epochs.js';
import { redisProjectionStore } from '../../src/engine/redis/projection-store.js';
import type { ManagedServer } from '../../src/embedded/managed-server.js';
import { startRedis } from '../../src/embedded/redis.js';
import type { PostgresProjection, Projection, RedisProjection } from '../../src/engine/projector/projection.js';
import { postgresProjections, redisProjections } from '../../src/projections/registry.js';
import { runProjection } from '../../src/engine/projector/projection-runner.js';
import type { Projector } from '../../src/engine/projector/projector.js';
import { startProjector } from '../../src/engine/projector/projector.js';
import { sourceOf } from '../../src/engine/projector/reconcile.js';
import { quietLogger, until } from './conditions.js';
import { createTestDatabase } from './database.js';
import { openEventLog } from './event-log.js';

const PARTITIONS = 2;

export interface RedisServer extends AsyncDisposable {
  readonly url: string;
}

export async function startRedisServer(): Promise<RedisServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'madang-parking-'));
  const server: ManagedServer = await startRedis({ dataDir, log: quietLogger });
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

const bodyOf = (folded: { readonly event: AnyEvent }): string => {
  const { event } = ofDomain(folded);
  return event.type === 'MessagePosted' ? event.data.body : '';
};

/**
 * `timeline` and `unread`, with code that cannot apply messages with certain bodies. Removing a body from the set mends
 * the code.
 */
export function refusing(bodies: ReadonlySet<string>): {
  readonly postgres: readonly PostgresProjection[];
  readonly redis: readonly RedisProjection[];
} {
  return {
    postgres: postgresProjections.map((projection) =>
      projection.name !== 'timeline'
        ? projection
        : {
            ...projection,
            async apply(sql, events) {
              const refused = events.find((event) => bodies.has(bodyOf(event)));
              if (refused) await sql.query('SELECT $1::integer', [`cannot take ${bodyOf(refused)}`]);
              await projection.apply(sql, events);
            },
          },
    ),
    redis: redisProjections.map((projection) =>
      projection.name !== 'unread'
        ? projection
        : // The script breaks off at it, after writing the events before it.
          {
            ...projection,
            encode: (event) => ({
              ...projection.encode(event),
              ...(bodies.has(bodyOf(event)) ? { seq: 'no number' } : {}),
            }),
          },
    ),
  };
}

export interface Held {
  readonly postgres: unknown;
  /** Keys with their contents. */
  readonly redis: readonly (readonly [string, unknown])[];
}

export interface Wrapped {
  store(store: ProjectionStore<Projection>): ProjectionStore<Projection>;
  letters(letters: DeadLetters): DeadLetters;
}

const bare: Wrapped = { store: (store) => store, letters: (letters) => letters };

/** Read models in both stores over one log, kept by projectors whose code refuses the bodies in `poison`. */
export async function openParkingSite(redisUrl: string) {
  const log = await openEventLog(PARTITIONS);
  const { pool } = log.database;
  const redis = await openRedis(redisUrl, { log: quietLogger });
  const metrics = createMetrics();
  const logId = randomUUID();
  const poison = new Set<string>();
  const models = refusing(poison);
  const stored = postgresProjectionStore(pool) as ProjectionStore<Projection>;
  const cached = redisProjectionStore(redis, logId, NEVER_FORKED) as ProjectionStore<Projection>;
  const sets = [
    { store: stored, projections: models.postgres, isTransient: isNoFaultOfTheRecord },
    { store: cached, projections: models.redis, isTransient: isTransientRedisError },
  ] as const;
  const projectors = new Set<Projector>();
  const admin = deadLetterAdmin(pool);

  const site = {
    log,
    pool,
    redis,
    metrics,
    poison,
    admin,
    async start({ store, letters }: Wrapped = bare): Promise<Projector> {
      const projector = await startProjector({
        feed: await log.openFeed(),
        events: log.store,
        models: sets.map((set) => ({ ...set, store: store(set.store) })),
        deadLetters: letters(postgresDeadLetters({ pool, logger: quietLogger, metrics })),
        moved: () => undefined,
        pollIntervalMs: 50,
        logger: quietLogger,
        metrics,
      });
      projectors.add(projector);
      return projector;
    },
    /**
     * A projector that took partition 0 over without the first one knowing. It reconciles dead letters at once, and
     * receives events only when the test says so.
     */
    rival() {
      const deadLetters = postgresDeadLetters({ pool, logger: quietLogger, metrics });
      const moved = (): void => undefined;
      const runners = sets.flatMap(({ store, projections, isTransient }) =>
        projections.map((projection) =>
          runProjection({
            projection,
            partition: 0,
            projections: store,
            events: log.store,
            deadLetters,
            isTransient,
            moved,
            logger: quietLogger,
            metrics,
          }),
        ),
      );
      const sources = runners.map(({ projection }) => sourceOf(projection));
      let reconciling = Promise.resolve();
      const reconcile = async (): Promise<void> => {
        const letters = await deadLetters.open(sources);
        for (const runner of runners)
          runner.reconcile(
            letters.filter(({ source, partition }) => partition === 0 && source === sourceOf(runner.projection)),
          );
      };
      const timer = setInterval(() => {
        reconciling = reconcile();
      }, 50);
      return {
        grown: async () => {
          const [head] = await log.store.heads();
          for (const runner of runners) runner.grown(head!);
        },
        async [Symbol.asyncDispose]() {
          clearInterval(timer);
          await reconciling;
          await Promise.all(runners.map((runner) => runner.stop()));
        },
      };
    },
    /** Every checkpoint is at the end of the log, and every read model is live. */
    async atEnd(): Promise<void> {
      for (let partition = 0; partition < PARTITIONS; partition++) await site.atPartitionEnd(partition);
    },
    atPartitionEnd: (partition: number) =>
      until(async () => {
        const head = (await log.store.heads())[partition];
        const progress = await Promise.all(
          sets.map(({ store, projections }) => store.progressOfAll(projections, PARTITIONS)),
        ).catch(() => []);
        return (
          progress.length > 0 &&
          progress.flat().every((partitions) => partitions[partition]!.live && partitions[partition]!.position === head)
        );
      }, `every read model to be at the end of partition ${partition}`),
    async parked(): Promise<readonly string[]> {
      const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
      const found = await Promise.all(
        sets.flatMap(({ store, projections }) =>
          projections.flatMap((projection) =>
            partitions.map(async (partition) =>
              (await store.parked(projection, partition)).map(({ key }) => `${projection.name} ${key}`),
            ),
          ),
        ),
      );
      return found.flat().sort();
    },
    letters: async (): Promise<readonly DeadLetterRecord[]> =>
      [...(await admin.list({ closed: true }))].sort((a, b) => a.source.localeCompare(b.source) || a.place - b.place),
    /** Requests a retry, and waits for the result. */
    async retry({ id }: DeadLetterRecord): Promise<DeadLetterRecord> {
      await admin.request(id);
      return site.answered(id);
    },
    async drop({ id }: DeadLetterRecord): Promise<DeadLetterRecord> {
      await admin.drop(id, { answered: true });
      return site.answered(id);
    },
    async answered(id: number): Promise<DeadLetterRecord> {
      let letter: DeadLetterRecord | null = null;
      await until(async () => (letter = await admin.find(id))?.requestedAt === null, `letter ${id} to be answered`);
      return letter!;
    },
    /** The contents of the read models. */
    held: async (): Promise<Held> => ({ postgres: await rowsOf(pool), redis: await dump(redis, logId) }),
    /** The contents that a fold of the whole log by the real read models would give, without some events. */
    async fold(without: (event: RecordedEvent, projection: Projection) => boolean = () => false): Promise<Held> {
      await using fresh = await createTestDatabase();
      const id = randomUUID();
      const store = redisProjectionStore(redis, id, NEVER_FORKED);
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const events = await log.store.readPartition(partition, position(0), 100_000);
        const of = (projection: Projection) =>
          events.filter((each) => projection.handles.includes(each.event.type) && !without(ofDomain(each), projection));
        for (const projection of postgresProjections)
          if (of(projection).length > 0) await projection.apply(fresh.pool, of(projection));
        for (const projection of redisProjections)
          await store.apply(projection, partition, position(0), position(events.length), of(projection));
      }
      // Awaited here: the database is dropped with this block.
      return { postgres: await rowsOf(fresh.pool), redis: await dump(redis, id) };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...projectors].map((projector) => projector.stop()));
      await redis.close();
      await log[Symbol.asyncDispose]();
    },
  };
  return site;
}
export type ParkingSite = Awaited<ReturnType<typeof openParkingSite>>;

export async function rowsOf(sql: pg.Pool | pg.PoolClient): Promise<unknown> {
  const rows: (readonly { row: string }[])[] = [];
  for (const table of postgresProjections.flatMap((projection) => projection.tables))
    rows.push((await sql.query<{ row: string }>(`SELECT to_jsonb(t)::text AS row FROM ${table} t ORDER BY 1`)).rows);
  return rows;
}

/** The contents of the read models' keys of the deployment, without checkpoints and names of generations. */
export async function dump(redis: RedisConnection, logId: string): Promise<Held['redis']> {
  return redis.ask(async (client) => {
    const keys = (await client.keys(`madang:${logId}:*`)).filter((key) => !/:(?:meta|live|kept)$/.test(key)).sort();
    return Promise.all(
      keys.map(async (key): Promise<readonly [string, unknown]> => [
        key.replace(/^madang:[^:]+:/, ''),
        (await client.type(key)) === 'hash' ? await client.hgetall(key) : (await client.smembers(key)).sort(),
      ]),
    );
  });
}

/** A room in which a member talks, reads, reacts, leaves and comes back; `say` is one message with its other events. */
export function talkIn(room: RoomId = roomId(randomUUID())) {
  const [ann, ben] = [userId('ann'), userId('ben')];
  let seq = 0;
  return {
    room,
    create: (): readonly DomainEvent[] => [
      { type: 'RoomCreated', data: { roomId: room, title: 'Room', createdBy: ann } },
      { type: 'MemberJoined', data: { roomId: room, userId: ann, seq: 0 } },
      { type: 'MemberJoined', data: { roomId: room, userId: ben, seq: 0 } },
    ],
    say(body?: string): readonly DomainEvent[] {
      seq++;
      const events: DomainEvent[] = [
        { type: 'MessagePosted', data: { roomId: room, seq, authorId: ann, body: body ?? `${seq}` } },
      ];
      if (seq % 2 === 0) events.push({ type: 'ReactionAdded', data: { roomId: room, seq, userId: ben, emoji: '👍' } });
      if (seq % 4 === 0)
        events.push({ type: 'ReactionRemoved', data: { roomId: room, seq, userId: ben, emoji: '👍' } });
      if (seq % 3 === 0) events.push({ type: 'MessagesRead', data: { roomId: room, userId: ben, seq } });
      if (seq % 5 === 0)
        events.push(
          { type: 'MemberLeft', data: { roomId: room, userId: ben } },
          { type: 'MemberJoined', data: { roomId: room, userId: ben, seq } },
        );
      return events;
    },
  };
}
