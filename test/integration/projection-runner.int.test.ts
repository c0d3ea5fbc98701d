import { randomUUID } from 'node:crypto';
import type { LogEntry } from '../../src/engine/domain/event.js';
import { epoch, position } from '../../src/engine/domain/ids.js';
import { createLogEpochs } from '../../src/engine/log/known-epochs.js';
import { runProjection } from '../../src/engine/projector/projection-runner.js';
import type { ProjectionStore } from '../../src/engine/projector/projection-store.js';
import type { RedisProjection } from '../../src/engine/projector/projection.js';
import type { RedisConnection } from '../../src/engine/redis/client.js';
import { openRedis } from '../../src/engine/redis/client.js';
import { isTransientRedisError } from '../../src/engine/redis/errors.js';
import { redisProjectionStore } from '../../src/engine/redis/projection-store.js';
import { createMetrics } from '../../src/metrics.js';
import type { DeadLetters } from '../../src/engine/store/dead-letters.js';
import { MADANG_EVENTS } from '../../src/events/definitions.js';
import { recentTimeline } from '../../src/projections/message/recent-timeline/project.js';
import { quietLogger, until } from '../support/conditions.js';
import { ROOM, created, joined, posted } from '../support/room-events.js';
import { PARTITION, project, recorded } from './projections/recorded.js';

// One runner over a given log, and a real Redis.

let redis: RedisConnection;
let logId: string;
beforeAll(async () => {
  redis = await openRedis(process.env.TEST_REDIS_URL!, { log: quietLogger });
});
beforeEach(() => {
  logId = randomUUID();
});
afterEach(() =>
  redis.ask(async (client) => {
    const keys = await client.keys(`madang:${logId}:*`);
    return keys.length > 0 ? client.unlink(...keys) : 0;
  }),
);
afterAll(() => redis.close());

type Store = ProjectionStore<RedisProjection>;

/** A runner of `recent-timeline` over the present entries of `log`. */
function run(log: () => readonly LogEntry[], wrapped: (store: Store) => Store) {
  const epochs = createLogEpochs();
  epochs.learn(PARTITION, []);
  const store = redisProjectionStore(redis, logId, epochs);
  const runner = runProjection({
    projection: recentTimeline,
    partition: PARTITION,
    projections: wrapped(store),
    events: {
      catalog: MADANG_EVENTS,
      epochs,
      heads: async () => Array.from({ length: PARTITION + 1 }, () => position(log().length)),
      readEntries: async (_partition, after, limit) =>
        log()
          .filter((entry) => entry.position > after)
          .slice(0, limit),
      readKeyEntries: () => Promise.resolve([]),
    },
    deadLetters: { open: () => Promise.resolve([]) } as unknown as DeadLetters,
    isTransient: isTransientRedisError,
    moved: () => undefined,
    logger: quietLogger,
    metrics: createMetrics(),
  });
  epochs.onFork(({ after }) => runner.forked(after));
  return { runner, epochs, store, [Symbol.asyncDispose]: () => runner.stop() };
}

const bodies = async (): Promise<readonly string[]> => {
  const messages = await redis.ask((client) =>
    client.hvals(`madang:${logId}:{${PARTITION}}:recent-timeline:v1:${ROOM}:m`),
  );
  return messages.map((json) => (JSON.parse(json) as { readonly body: string }).body).sort();
};

test('a read model that fills turns live at the head of the start, and not before', async () => {
  const log = recorded(
    created('ann'),
    joined('ann'),
    ...Array.from({ length: 2_400 }, (_, n) => posted('ann', n + 1, `${n + 1}`)),
  );
  const steps: (number | 'live')[] = [];
  await using site = run(
    () => log,
    (store) => ({
      ...store,
      async apply(...asked) {
        const outcome = await store.apply(...asked);
        steps.push(asked[3]);
        return outcome;
      },
      async setLive(...asked) {
        await store.setLive(...asked);
        if (asked[2]) steps.push('live');
      },
    }),
  );
  site.runner.grown(position(log.length));
  await until(() => steps.includes('live'), 'it is live');
  expect(steps).toEqual([1_000, 2_000, 2_402, 'live']);
});

test('a batch that is tried again by parts is not applied behind a fork', async () => {
  const common = [created('ann'), joined('ann'), posted('ann', 1, 'one')];
  const lost = recorded(...common, posted('ann', 2, 'lost'), posted('ann', 3, 'lost as well'));
  const found = recorded(...common, posted('ann', 2, 'found'), posted('ann', 3, 'found as well'));
  let log = lost;
  let tries = 0;
  await using site = run(
    () => log,
    (store) => ({
      ...store,
      async apply(...asked) {
        if (tries++ > 0) return store.apply(...asked);
        // The whole batch is refused, and before its first part is tried the log is another one.
        log = found;
        site.epochs.learn(PARTITION, [{ epoch: epoch(1), fork: position(3) }]);
        throw new TypeError('too much at once');
      },
    }),
  );
  site.runner.grown(position(lost.length));
  await until(() => site.runner.position === 5, 'it is at the end');
  expect(await bodies()).toEqual(['found', 'found as well', 'one']);
  expect(tries).toBeGreaterThan(1);
});

test('a read model behind which the log ends is folded anew before an epoch begins', async () => {
  const common = [created('ann'), joined('ann'), posted('ann', 1, 'one')];
  const lost = recorded(...common, posted('ann', 2, 'lost'), posted('ann', 3, 'lost as well'));
  const log = recorded(...common);
  const epochs = createLogEpochs();
  epochs.learn(PARTITION, []);
  const before = redisProjectionStore(redis, logId, epochs);
  await project(before, [recentTimeline], lost);
  expect(await before.progress(recentTimeline, PARTITION)).toMatchObject({ position: 5, live: true });
  const over: number[] = [];
  await using site = run(
    () => log,
    (store) => ({ ...store, startOver: (...asked) => (over.push(asked[2]), store.startOver!(...asked)) }),
  );
  site.runner.grown(position(log.length));
  await until(async () => {
    const { live, position: at } = await site.store.progress(recentTimeline, PARTITION);
    return live && at === 3;
  }, 'it is live, with the events that there are');
  expect([over, site.runner.position]).toEqual([[5], 3]);
});
