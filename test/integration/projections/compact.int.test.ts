import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { RecordedEvent } from '../../../src/events/event.js';
import { position } from '../../../src/engine/domain/ids.js';
import { openRedis } from '../../../src/engine/redis/client.js';
import { NEVER_FORKED } from '../../../src/engine/redis/model-epochs.js';
import { redisProjectionStore } from '../../../src/engine/redis/projection-store.js';
import type { Projection } from '../../../src/engine/projector/projection.js';
import { postgresProjections, redisProjections } from '../../../src/projections/registry.js';
import { quietLogger } from '../../support/conditions.js';
import { createTestDatabase } from '../../support/database.js';
import { dump, rowsOf } from '../../support/parking-site.js';
import { history, step } from './history.js';
import { PARTITION, handledBy, recorded } from './recorded.js';

const compacting = {
  postgres: postgresProjections.filter(({ compact }) => compact),
  redis: redisProjections.filter(({ compact }) => compact),
};

function leftOf(projection: Projection, events: readonly RecordedEvent[]): readonly RecordedEvent[] {
  const left = new Set<unknown>(projection.compact!(events));
  return events.filter((event) => left.has(event));
}

/** A database of Redis of this test: there KEYS does not go through the keys of all other suites. */
const REDIS_DATABASE = 1;

test('compacted events give the result of all of them, from any state of the model', async () => {
  await using whole = await createTestDatabase();
  await using compacted = await createTestDatabase();
  await using redis = await openRedis(new URL(`/${REDIS_DATABASE}`, process.env.TEST_REDIS_URL).href, {
    log: quietLogger,
  });
  let leftOut = 0;

  /** The rows after both batches, each projected as a whole. They are rolled back: the next case starts empty. */
  async function projectedRows(
    { pool }: typeof whole,
    batchesOf: (projection: Projection) => (readonly RecordedEvent[])[],
  ) {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      for (const projection of compacting.postgres)
        for (const batch of batchesOf(projection)) if (batch.length > 0) await projection.apply(client, batch);
      return await rowsOf(client);
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  }

  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), fc.nat(), async (steps, middle) => {
      const events = recorded(...history(steps));
      const first = middle % (events.length + 1);
      const batches = (projection: Projection) => [
        handledBy(projection, events.slice(0, first)),
        handledBy(projection, events.slice(first)),
      ];
      const shortened = (projection: Projection) => {
        const [before, after] = batches(projection);
        return [before!, leftOf(projection, after!)];
      };
      for (const projection of compacting.postgres)
        leftOut += batches(projection)[1]!.length - shortened(projection)[1]!.length;
      expect(await projectedRows(compacted, shortened)).toEqual(await projectedRows(whole, batches));

      const ids = [randomUUID(), randomUUID()] as const;
      for (const [id, batchesOf] of [
        [ids[0], batches],
        [ids[1], shortened],
      ] as const) {
        const store = redisProjectionStore(redis, id, NEVER_FORKED);
        for (const projection of compacting.redis) {
          const [before, after] = batchesOf(projection);
          await store.apply(projection, PARTITION, position(0), position(first), before!);
          await store.apply(projection, PARTITION, position(first), position(events.length), after!);
        }
      }
      expect(await dump(redis, ids[1])).toEqual(await dump(redis, ids[0]));
      for (const id of ids) await redis.ask(async (client) => client.unlink(...(await client.keys(`madang:${id}:*`))));
    }),
    { numRuns: 200 },
  );
  expect(compacting.postgres.length + compacting.redis.length).toBe(4);
  expect(leftOut).toBeGreaterThan(100);
});
