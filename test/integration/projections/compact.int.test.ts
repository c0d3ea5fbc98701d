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

test('compacted events give the result of all of them, from any state of the model', async () => {
  await using whole = await createTestDatabase();
  await using compacted = await createTestDatabase();
  await using redis = await openRedis(process.env.TEST_REDIS_URL!, { log: quietLogger });
  const tables = postgresProjections.flatMap((projection) => projection.tables);
  let leftOut = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), fc.nat(), async (steps, middle) => {
      const events = recorded(...history(steps));
      const first = middle % (events.length + 1);
      const before = events.slice(0, first);
      const after = events.slice(first);
      for (const [{ pool }, shortened] of [
        [whole, false],
        [compacted, true],
      ] as const) {
        await pool.query(`TRUNCATE ${tables.join(', ')}`);
        for (const projection of compacting.postgres) {
          const rest = handledBy(projection, after);
          const batches = [handledBy(projection, before), shortened ? leftOf(projection, rest) : rest];
          for (const batch of batches) if (batch.length > 0) await projection.apply(pool, batch);
          if (shortened) leftOut += rest.length - batches[1]!.length;
        }
      }
      expect(await rowsOf(compacted.pool)).toEqual(await rowsOf(whole.pool));

      const ids = [randomUUID(), randomUUID()] as const;
      for (const [n, id] of ids.entries()) {
        const store = redisProjectionStore(redis, id, NEVER_FORKED);
        for (const projection of compacting.redis) {
          const rest = handledBy(projection, after);
          await store.apply(projection, PARTITION, position(0), position(first), handledBy(projection, before));
          await store.apply(
            projection,
            PARTITION,
            position(first),
            position(events.length),
            n === 1 ? leftOf(projection, rest) : rest,
          );
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
