import { ofDomain } from '../../src/events/event.js';
import { randomUUID } from 'node:crypto';
import type { ExecutionResult, GraphQLError } from 'graphql';
import { parse } from 'graphql';
import type { DomainEvent, RecordedEvent } from '../../src/events/event.js';
import type { RoomId } from '../../src/events/ids.js';
import type { Position } from '../../src/engine/domain/ids.js';
import { userId } from '../../src/engine/domain/ids.js';
import { roomId } from '../../src/events/ids.js';
import type { Sink } from '../../src/engine/fan-out/subscriber.js';
import type { FanOut } from '../../src/engine/fan-out/fan-out.js';
import { createFanOut } from '../../src/engine/fan-out/fan-out.js';
import { createMemberships } from '../../src/schema/membership/memberships.js';
import { createCursorSigner } from '../../src/engine/gateway/signed-cursor.js';
import { createReadModelProgress } from '../../src/engine/gateway/read-model-progress.js';
import { createMetrics } from '../../src/metrics.js';
import { noCache } from '../../src/engine/projector/read-cache.js';
import { isTransient } from '../../src/engine/postgres/errors.js';
import { openPrisma } from '../../src/projections/prisma-client.js';
import { postgresProjectionStore } from '../../src/engine/postgres/projection-store.js';
import { createPerTickLimiter } from '../../src/engine/runtime/per-tick-limiter.js';
import { createQueries } from '../../src/projections/queries.js';
import type { Queries } from '../../src/projections/queries.js';
import { postgresProjections } from '../../src/projections/registry.js';
import { createHotPages } from '../../src/schema/hot-room/pages.js';
import { createPersonalReads } from '../../src/schema/hot-room/personal-reads.js';
import type { SharedAnswer } from '../../src/server/http/shared-answers.js';
import { createSharedFetches } from '../../src/schema/hot-room/shared-fetches.js';
import { createDocuments } from '../../src/server/limits/documents.js';
import { DEFAULT_LIMITS } from '../../src/server/limits/limits.js';
import { openRoomEvents } from '../../src/schema/message/open-room-events.js';
import { subscribeShared } from '../../src/schema/shared-subscription.js';
import { ask, contextOf, schema, someone } from './ask-schema.js';
import { quietLogger } from './conditions.js';
import type { EventLog } from './event-log.js';
import { openEventLog } from './event-log.js';
import type { PausedReplica } from './paused-replica.js';
import { openPausedReplica } from './paused-replica.js';

/** Called before the room is read: another actor may act there. */
export interface Between {
  page: () => Promise<void> | void;
  newest: () => Promise<void> | void;
  members: () => Promise<void> | void;
}

/** A running subscription. */
export interface Followed {
  /** The texts of its messages, in order. */
  readonly bodies: readonly string[];
  end(): void;
}

const FOLLOW = parse(
  'subscription ($room: ID!, $after: Position) { roomEvents(roomId: $room, after: $after) { ' +
    '... on MessagePosted { message { body } } } }',
);

/** The API of one room on a real event log and real read models; the test decides which events each of them has. */
export interface RoomSite extends AsyncDisposable {
  readonly log: EventLog;
  readonly room: RoomId;
  readonly fanOut: FanOut;
  readonly between: Between;
  heat: 'HOT' | 'NORMAL';
  /** Stores events, without delivering them. */
  store(...events: readonly DomainEvent[]): Promise<readonly RecordedEvent[]>;
  /** Brings read models in PostgreSQL to the end: all of them, or those named. */
  project(...names: readonly string[]): Promise<void>;
  /** Delivers all events to the fan-out, and with it to the process. */
  hear(): Promise<void>;
  /** From now on, pages come from a replica that gets nothing more. Closed with the site. */
  readFromPausedReplica(): Promise<PausedReplica>;
  query(user: string, query: string, variables?: Readonly<Record<string, unknown>>): Promise<ExecutionResult>;
  /** The code of the refusal, or null where a subscription to the room's events is opened. */
  subscribe(user: string): Promise<unknown>;
  /** Subscribes to the messages of the room after a position. */
  follow(user: string, after: Position): Promise<Followed>;
  /** The answer of the fast path to the same query: the whole answer, or the way of the request. */
  shared(user: string, query: string): Promise<string>;
}

export async function openRoomSite(): Promise<RoomSite> {
  const log = await openEventLog(1);
  const { pool } = log.database;
  const room = roomId(randomUUID());
  const metrics = createMetrics();
  const stored = postgresProjectionStore(pool);
  const prisma = openPrisma(pool);
  let replica: PausedReplica | null = null;
  const real = createQueries(prisma, noCache, (needs, query) =>
    replica ? replica.reads.read(needs, query) : query(prisma),
  );
  const between: Between = { page: () => undefined, newest: () => undefined, members: () => undefined };
  const queries: Queries = {
    ...real,
    members: {
      ...real.members,
      async page(query) {
        await between.members();
        return real.members.page(query);
      },
    },
    timeline: {
      ...real.timeline,
      async page(query) {
        await between.page();
        return real.timeline.page(query);
      },
      async newest(...asked) {
        await between.newest();
        return real.timeline.newest(...asked);
      },
    },
  };
  const progress = createReadModelProgress({
    models: [{ store: stored, projections: postgresProjections, isTransient }],
    events: log.store,
    partitions: 1,
    pollIntervalMs: 5,
    logger: quietLogger,
  });
  // Its feed is silent: it reads the store when `caughtUp` is called.
  const fanOut = createFanOut({
    feed: {
      ...log.feed,
      follow: () =>
        Promise.resolve({
          owned: () => [0],
          stop: () => Promise.resolve(),
          [Symbol.asyncDispose]: () => Promise.resolve(),
        }),
    },
    store: log.store,
    partitions: 1,
    groupsPerRoom: 10,
    groupsPerUser: 10,
    pollIntervalMs: 1e8,
    onBatch: () => undefined,
    onEvents: (events) => memberships.onEvents(events),
    logger: quietLogger,
    metrics,
  });
  const memberships = createMemberships({ members: real.members, fanOut, progress, partitions: 1 });
  await fanOut.start();

  const granted = () => Promise.resolve({ granted: true } as const);
  const cursorSigner = createCursorSigner(Buffer.alloc(32, 1), log.store.epochs);
  const services = {
    cursorSigner,
    queries,
    progress,
    fanOut,
    memberships,
    commands: { lastWrites: () => [] },
    heat: {
      fetched: () => undefined,
      all: () => [],
      of: () => ({
        roomId: room,
        state: site.heat,
        fetchesPerSecond: 0,
        paceMs: site.heat === 'HOT' ? 1_000 : 0,
        until: null,
      }),
    },
    pages: createHotPages(),
    personal: createPersonalReads(queries),
    buckets: { take: granted, reserve: granted, isReserved: () => false },
    limiters: { coming: createPerTickLimiter(16), leaving: createPerTickLimiter(16) },
    epochs: log.store.epochs,
    metrics,
    partitions: 1,
  };
  const { services: whole } = contextOf({ viewer: null, services });
  const documents = createDocuments(schema, DEFAULT_LIMITS);
  const fetches = createSharedFetches({
    schema,
    documents,
    services: whole,
    limits: DEFAULT_LIMITS,
    logger: quietLogger,
  });

  const site: RoomSite = {
    log,
    room,
    fanOut,
    between,
    heat: 'NORMAL',
    store: async (...events) => (await log.commit(0, events)).events.map(ofDomain),
    async project(...names) {
      const [head] = await log.store.heads();
      for (const projection of postgresProjections.filter(({ name }) => names.length === 0 || names.includes(name))) {
        const { position: from } = await stored.progress(projection, 0);
        const events = await log.store.readPartition(0, from, 1_000);
        const handled = events.filter(
          (event): event is RecordedEvent => 'event' in event && projection.handles.includes(event.event.type),
        );
        await stored.apply(projection, 0, from, head!, handled);
        await stored.setLive(projection, 0, true);
      }
      // As a projector does, so that nobody waits for the fan-out instead.
      if (names.length === 0) await progress.reached({ partition: 0, position: head! }, AbortSignal.timeout(10_000));
    },
    async hear() {
      if (!(await fanOut.caughtUp(0))) throw new Error('the fan-out did not catch up');
    },
    readFromPausedReplica: async () => (replica ??= await openPausedReplica(log.database.url, prisma, log.store)),
    query: (user, query, variables = { id: room }) => ask(query, { viewer: someone(user), services, variables }),
    async subscribe(user) {
      try {
        await openRoomEvents({ roomId: room }, contextOf({ viewer: someone(user), services }));
        return null;
      } catch (error) {
        return (error as GraphQLError).extensions.code;
      }
    },
    async follow(user, after) {
      const bodies: string[] = [];
      const take = (result: string): void => {
        const { data } = JSON.parse(result) as { data: { roomEvents: { message?: { body: string } } } };
        if (data.roomEvents.message) bodies.push(data.roomEvents.message.body);
      };
      const sink: Sink = {
        transport: 'websocket',
        backlog: () => 0,
        next: take,
        deliver({ results }) {
          results.forEach(take);
          return true;
        },
      };
      const ending = new AbortController();
      const started = await subscribeShared({
        schema,
        document: FOLLOW,
        variableValues: { room, after: cursorSigner.position({ partition: 0, position: after }) },
        contextValue: { ...contextOf({ viewer: someone(user), services }, ending.signal), sink },
      });
      if (!(Symbol.asyncIterator in started)) throw new Error(JSON.stringify(started));
      started.next().catch((error: unknown) => bodies.push(String(error)));
      return { bodies, end: () => ending.abort() };
    },
    async shared(user, query) {
      const answer: SharedAnswer | null = fetches.answerTo({ query, operationName: null, variables: { id: room } });
      return String(await answer!.of(someone(user), true));
    },
    async [Symbol.asyncDispose]() {
      await fanOut.stop();
      await progress.stop();
      await replica?.[Symbol.asyncDispose]();
      await prisma.$disconnect();
      await log[Symbol.asyncDispose]();
    },
  };
  return site;
}

const user = (id: string) => ({ userId: userId(id) });

/** The events of a room, by user. */
export const inRoom = (room: RoomId) => ({
  created: (by: string): DomainEvent => ({
    type: 'RoomCreated',
    data: { roomId: room, title: 'Room', createdBy: userId(by) },
  }),
  joined: (who: string): DomainEvent => ({ type: 'MemberJoined', data: { roomId: room, ...user(who), seq: 0 } }),
  left: (who: string): DomainEvent => ({ type: 'MemberLeft', data: { roomId: room, ...user(who) } }),
  posted: (by: string, seq: number, body: string): DomainEvent => ({
    type: 'MessagePosted',
    data: { roomId: room, seq, authorId: userId(by), body },
  }),
});
