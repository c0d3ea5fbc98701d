import { commandDefinition } from '../../src/commands/registry.js';
import { randomUUID } from 'node:crypto';
import type { CommandId, Partition } from '../../src/engine/domain/ids.js';
import { commandId, position, traceId, userId } from '../../src/engine/domain/ids.js';
import type { CommandGateway, Submit } from '../../src/engine/gateway/command-gateway.js';
import { createCommandGateway } from '../../src/engine/gateway/command-gateway.js';
import { createReadModelProgress } from '../../src/engine/gateway/read-model-progress.js';
import { createReceiptWaiters } from '../../src/engine/gateway/receipt-waiters.js';
import { createSessionPositions } from '../../src/engine/gateway/session-positions.js';
import { createMetrics } from '../../src/metrics.js';
import { partitionOf } from '../../src/engine/log/partitioning.js';
import type { Consumer } from '../../src/engine/log/command-log.js';
import { openPostgresCommandLog } from '../../src/engine/postgres/command-log.js';
import { postgresDeadLetters } from '../../src/engine/postgres/dead-letters.js';
import { isTransient } from '../../src/engine/postgres/errors.js';
import { postgresProjectionStore } from '../../src/engine/postgres/projection-store.js';
import type { RedisConnection } from '../../src/engine/redis/client.js';
import { openRedis } from '../../src/engine/redis/client.js';
import { isTransientRedisError } from '../../src/engine/redis/errors.js';
import { NEVER_FORKED } from '../../src/engine/redis/model-epochs.js';
import { redisProjectionStore } from '../../src/engine/redis/projection-store.js';
import { postgresProjections, redisProjections } from '../../src/projections/registry.js';
import { startDecider } from '../../src/engine/decider/decider.js';
import type { Projector } from '../../src/engine/projector/projector.js';
import { startProjector } from '../../src/engine/projector/projector.js';
import { quietLogger } from '../support/conditions.js';
import { openEventLog } from '../support/event-log.js';

const PARTITIONS = 3;
const within = (ms: number): AbortSignal => AbortSignal.timeout(ms);
const never = new AbortController().signal;

interface Settings {
  readonly timeoutMs?: number;
  readonly pollIntervalMs?: number;
  readonly redisUrl?: string;
  /** Whether the waiters receive the feed. */
  readonly feed?: 'heard' | 'silent';
}

async function openSite({
  timeoutMs = 20_000,
  pollIntervalMs = 50,
  redisUrl = process.env.TEST_REDIS_URL!,
  feed = 'heard',
}: Settings = {}) {
  const events = await openEventLog(PARTITIONS);
  const { pool } = events.database;
  const metrics = createMetrics();
  const deadLetters = postgresDeadLetters({ pool, logger: quietLogger, metrics });
  const log = openPostgresCommandLog({
    pool,
    wakeUp: events.wakeUp,
    queue: 'commands',
    partitions: PARTITIONS,
    log: quietLogger,
  });
  const redis: RedisConnection = await openRedis(redisUrl, { log: quietLogger });
  const stored = postgresProjectionStore(pool);
  const cached = redisProjectionStore(redis, randomUUID(), NEVER_FORKED);
  const models = [
    { store: stored, projections: postgresProjections, isTransient },
    { store: cached, projections: redisProjections, isTransient: isTransientRedisError },
  ];
  const progress = createReadModelProgress({
    models,
    events: events.store,
    partitions: PARTITIONS,
    pollIntervalMs,
    logger: quietLogger,
  });
  const waiters = createReceiptWaiters({ store: events.store, pollIntervalMs, logger: quietLogger });
  const follower = await events.feed.follow({
    onBatch: (batch) => {
      if (feed === 'heard') waiters.onDecided(batch);
    },
  });
  const gateway = createCommandGateway({
    commands: commandDefinition,
    log,
    store: events.store,
    waiters,
    progress,
    sessions: createSessionPositions(100, 60_000),
    timeoutMs,
    logger: quietLogger,
    metrics,
  });
  const started: (Consumer | Projector)[] = [];

  return {
    events,
    gateway,
    progress,
    waiters,
    stored,
    cached,
    async decide(): Promise<Consumer> {
      const decider = await startDecider({
        commands: commandDefinition,
        log,
        store: events.store,
        feed: events.feed,
        deadLetters,
        isTransient,
        logger: quietLogger,
        metrics,
      });
      started.push(decider);
      return decider;
    },
    async project(): Promise<Projector> {
      const options = {
        feed: events.feed,
        events: events.store,
        models,
        deadLetters,
        pollIntervalMs: 50,
        logger: quietLogger,
        metrics,
      };
      const projector = await startProjector({ ...options, moved: (partition) => progress.moved(partition) });
      started.push(projector);
      return projector;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map((each) => each.stop()));
      await follower.stop();
      await waiters.stop();
      await progress.stop();
      await redis.close();
      await log.stop();
      await events[Symbol.asyncDispose]();
    },
  };
}

const createRoom = (title = '마당', more: Partial<Submit['command']> = {}): Submit['command'] => {
  const roomId = randomUUID();
  return {
    commandId: commandId(randomUUID()),
    type: 'CreateRoom',
    key: roomId,
    userId: userId('ann'),
    traceId: traceId('a'.repeat(32)),
    data: { roomId, title },
    ...more,
  };
};
const submit = (gateway: CommandGateway, command: Submit['command'], waitFor: Submit['waitFor'] = 'DECIDED') =>
  gateway.submit({ command, mayRepeat: true, waitFor });

describe('a command', () => {
  test('is answered with its receipt and its events', async () => {
    await using site = await openSite();
    await site.decide();
    const command = createRoom();
    const answer = await submit(site.gateway, command);
    expect(answer).toMatchObject({
      status: 'DECIDED',
      receipt: { commandId: command.commandId, rejection: null, events: 2 },
    });
    expect(answer).toMatchObject({
      events: [{ event: { type: 'RoomCreated', data: command.data } }, { event: { type: 'MemberJoined' } }],
    });
    expect(site.gateway.lastWrites(command.userId)).toEqual([
      { partition: partitionOf(command.key, PARTITIONS), position: 2 },
    ]);
  });

  test('that is sent again has the first receipt, and its events come from the store', async () => {
    await using site = await openSite();
    await site.decide();
    const command = createRoom();
    const first = await submit(site.gateway, command);
    // In a different batch, whose notification has the receipt but not the events.
    const second = await submit(site.gateway, command);
    expect(second).toEqual(first);
    expect(await site.events.store.readPartition(partitionOf(command.key, PARTITIONS), position(0), 10)).toHaveLength(
      2,
    );
  });

  test('with waitFor ACCEPTED is accepted, and a repeat of it has the first receipt', async () => {
    await using site = await openSite();
    const command = createRoom();
    expect(await submit(site.gateway, command, 'ACCEPTED')).toEqual({
      status: 'ACCEPTED',
      commandId: command.commandId,
    });
    expect(await submit(site.gateway, command, 'ACCEPTED')).toEqual({
      status: 'ACCEPTED',
      commandId: command.commandId,
    });
    await site.decide();
    const decided = await submit(site.gateway, command);
    expect(decided.status).toBe('DECIDED');
    expect(await submit(site.gateway, command, 'ACCEPTED')).toEqual(decided);
  });

  test.each(['ACCEPTED', 'DECIDED'] as const)(
    'one whose id was used for other content or user is refused when it asks for %s',
    async (waitFor) => {
      await using site = await openSite();
      await site.decide();
      const command = createRoom();
      const first = await submit(site.gateway, command);
      const refusals = [
        { ...command, data: { ...(command.data as object), title: 'other' } },
        { ...command, userId: userId('eve') },
        // In another room, and so perhaps decided in another partition.
        ...Array.from({ length: 3 }, () => createRoom('other', { commandId: command.commandId })),
      ];
      for (const reused of refusals) {
        const answer = await submit(site.gateway, reused, waitFor);
        expect(answer).toMatchObject({
          status: 'DECIDED',
          receipt: { userId: reused.userId, rejection: { code: 'COMMAND_ID_REUSED' }, events: 0 },
          events: [],
        });
      }
      expect((first as { readonly receipt: unknown }).receipt).toEqual(
        await site.gateway.receipt(command.commandId, command.userId),
      );
      const heads = await site.events.store.heads();
      expect(heads.reduce((all, head) => all + head, 0)).toBe(2);
    },
  );

  test('does not show its outcome to another user', async () => {
    await using site = await openSite();
    await site.decide();
    const command = createRoom();
    await submit(site.gateway, command);
    expect(await site.gateway.receipt(command.commandId, userId('eve'))).toBeNull();
    expect(await site.gateway.settled(command.commandId, userId('eve'), within(5_000))).toBeNull();
  });

  test('that takes longer than the wait is accepted, and has its outcome later', async () => {
    await using site = await openSite({ timeoutMs: 100 });
    const command = createRoom();
    expect(await submit(site.gateway, command)).toEqual({ status: 'ACCEPTED', commandId: command.commandId });
    expect(await site.gateway.settled(command.commandId, command.userId, within(20))).toBeNull();
    const settled = site.gateway.settled(command.commandId, command.userId, within(20_000));
    await site.decide();
    expect(await settled).toMatchObject({ commandId: command.commandId, rejection: null });
    expect(await site.gateway.settled(command.commandId, command.userId, within(20_000))).toEqual(await settled);
  });

  test('with waitFor PROJECTED waits for every read model, or is accepted', async () => {
    await using site = await openSite({ timeoutMs: 300 });
    await site.decide();
    const early = createRoom();
    expect(await submit(site.gateway, early, 'PROJECTED')).toEqual({ status: 'ACCEPTED', commandId: early.commandId });
    await using patient = await openSite();
    await Promise.all([patient.decide(), patient.project()]);
    const command = createRoom();
    const answer = await submit(patient.gateway, command, 'PROJECTED');
    expect(answer).toMatchObject({ status: 'DECIDED', receipt: { rejection: null } });
    expect((await patient.events.database.pool.query('SELECT FROM rooms WHERE id = $1', [command.key])).rowCount).toBe(
      1,
    );
  });
});

describe('the waits for an outcome', () => {
  test('end with the feed, without a read of the store', async () => {
    await using site = await openSite({ pollIntervalMs: 1e6 });
    await site.decide();
    expect((await submit(site.gateway, createRoom())).status).toBe('DECIDED');
  });

  test('end with the periodic poll where the feed is silent, with the events', async () => {
    await using site = await openSite({ feed: 'silent' });
    await site.decide();
    const command = createRoom();
    expect(await submit(site.gateway, command)).toMatchObject({
      status: 'DECIDED',
      events: [{ event: { type: 'RoomCreated' } }, { event: { type: 'MemberJoined' } }],
    });
  });

  test.each(['heard', 'silent'] as const)('for the same command both end, with a feed that is %s', async (feed) => {
    await using site = await openSite({ feed });
    const command = createRoom();
    const [first, second] = [site.waiters.wait(command.commandId, never), site.waiters.wait(command.commandId, never)];
    const leaving = new AbortController();
    const third = site.waiters.wait(command.commandId, leaving.signal);
    leaving.abort();
    expect(await third.outcome).toBeNull();
    await submit(site.gateway, command, 'ACCEPTED');
    await site.decide();
    expect((await first.outcome)?.receipt.commandId).toBe(command.commandId);
    expect((await second.outcome)?.receipt).toEqual((await first.outcome)?.receipt);
  });

  test('end on an abort, also an earlier one, and when the process stops', async () => {
    await using site = await openSite();
    const id: CommandId = commandId(randomUUID());
    const aborting = new AbortController();
    const given = site.waiters.wait(id, aborting.signal);
    aborting.abort();
    expect(await given.outcome).toBeNull();
    expect(await site.waiters.wait(id, AbortSignal.abort()).outcome).toBeNull();
    const cancelled = site.waiters.wait(id, never);
    cancelled.cancel();
    cancelled.cancel();
    expect(await cancelled.outcome).toBeNull();
    const stopped = site.waiters.wait(id, never);
    await site.waiters.stop();
    expect(await stopped.outcome).toBeNull();
  });
});

describe('how far the read models are', () => {
  const PARTITION: Partition = 1;
  const post = (site: Awaited<ReturnType<typeof openSite>>) =>
    site.events.write(PARTITION, [
      { type: 'MessagePosted', data: { roomId: randomUUID() as never, seq: 1, authorId: userId('ann'), body: 'hi' } },
    ]);

  test('a position is reached once every read model has it, or the wait is ended', async () => {
    await using site = await openSite({ pollIntervalMs: 20 });
    await post(site);
    const at = { partition: PARTITION, position: position(1) };
    // Before any projector ever ran, too: the tables are empty, and queries read them.
    expect(await site.progress.reached(at, within(100))).toBe(false);
    expect(await site.progress.reached(at, AbortSignal.abort())).toBe(false);
    expect(await site.progress.reached({ partition: PARTITIONS, position: position(1) }, never)).toBe(false);
    const waiting = site.progress.reached(at, within(20_000));
    await site.project();
    expect(await waiting).toBe(true);
    expect(await site.progress.reached(at, AbortSignal.abort())).toBe(true);
    expect(await site.progress.reached({ ...at, position: position(2) }, within(100))).toBe(false);
  });

  test('a read model that is behind is waited for', async () => {
    await using site = await openSite({ pollIntervalMs: 20 });
    await post(site);
    const move = (models: readonly (typeof postgresProjections)[number][]) =>
      Promise.all(
        models.map((model) =>
          site.stored
            .apply(model, PARTITION, position(0), position(1), [])
            .then(() => site.stored.setLive(model, PARTITION, true)),
        ),
      );
    await move(postgresProjections.slice(1));
    const at = { partition: PARTITION, position: position(1) };
    expect(await site.progress.reached(at, within(100))).toBe(false);
    const waiting = site.progress.reached(at, within(20_000));
    await move(postgresProjections.slice(0, 1));
    expect(await waiting).toBe(true);
  });

  test('a notification of a local projector ends the wait without the periodic poll', async () => {
    await using site = await openSite({ pollIntervalMs: 1e6 });
    await post(site);
    const waiting = site.progress.reached({ partition: PARTITION, position: position(1) }, within(20_000));
    await site.project();
    expect(await waiting).toBe(true);
  });

  test('an absent Redis, or one whose read models fill, is not waited for', async () => {
    await using away = await openSite({ redisUrl: 'redis://127.0.0.1:1' });
    await using filling = await openSite();
    for (const site of [away, filling]) {
      await post(site);
      for (const model of postgresProjections) {
        await site.stored.apply(model, PARTITION, position(0), position(1), []);
        await site.stored.setLive(model, PARTITION, true);
      }
    }
    await filling.cached.apply(redisProjections[0]!, PARTITION, position(0), position(0), []);
    for (const site of [away, filling]) {
      expect(await site.progress.reached({ partition: PARTITION, position: position(1) }, within(10_000))).toBe(true);
    }
  });

  test('settled means everything decided up to now', async () => {
    await using site = await openSite();
    await site.project();
    expect(await site.progress.settled(PARTITION, within(20_000))).toBe(true);
    for (let n = 0; n < 20; n++) await post(site);
    expect(await site.progress.settled(PARTITION, within(20_000))).toBe(true);
    const [rows] = (await site.events.database.pool.query<{ n: number }>('SELECT count(*)::int AS n FROM messages'))
      .rows;
    expect(rows!.n).toBe(20);
    expect(await site.progress.settled(PARTITIONS, never)).toBe(false);
  });

  test('the waits end when the process stops', async () => {
    await using site = await openSite();
    await post(site);
    const waiting = site.progress.reached({ partition: PARTITION, position: position(1) }, never);
    await site.progress.stop();
    expect(await waiting).toBe(false);
  });
});
