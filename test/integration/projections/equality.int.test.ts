import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import pino from 'pino';
import type { DomainEvent } from '../../../src/events/event.js';
import { ERASED_USER, position } from '../../../src/engine/domain/ids.js';
import { openPrisma } from '../../../src/projections/prisma-client.js';
import { postgresProjectionStore } from '../../../src/engine/postgres/projection-store.js';
import { noCache } from '../../../src/engine/projector/read-cache.js';
import { openRedis } from '../../../src/engine/redis/client.js';
import { NEVER_FORKED } from '../../../src/engine/redis/model-epochs.js';
import { redisProjectionStore } from '../../../src/engine/redis/projection-store.js';
import { redisReadCache } from '../../../src/engine/redis/read-cache.js';
import { postgresProjections, redisProjections } from '../../../src/projections/registry.js';
import { timelineQueries } from '../../../src/projections/message/timeline/query.js';
import { unreadQueries } from '../../../src/projections/membership/unread/query.js';
import { createTestDatabase } from '../../support/database.js';
import { ROOMS, USERS, history, step } from './history.js';
import { NOTHING_SHOWN, PARTITION, handledBy, project, recorded } from './recorded.js';

/** The events in the record after all erased members are redacted. */
function redacted(events: readonly DomainEvent[]): readonly DomainEvent[] {
  const gone = new Set(
    events.flatMap(({ type, data }) => (type === 'MemberErased' ? [`${data.roomId} ${data.userId}`] : [])),
  );
  return events.map((event) =>
    event.type === 'MessagePosted' && gone.has(`${event.data.roomId} ${event.data.authorId}`)
      ? { ...event, data: { ...event.data, authorId: ERASED_USER, body: '' } }
      : event,
  );
}

const question = fc.record({
  direction: fc.constantFrom('before' as const, 'after' as const),
  from: fc.option(fc.integer({ min: 0, max: 300 })),
  limit: fc.integer({ min: 1, max: 100 }),
  viewer: fc.option(fc.constantFrom(...USERS)),
});

test('Redis answers as PostgreSQL does, in all batches and repeats', async () => {
  await using database = await createTestDatabase();
  const log = pino({ level: 'silent' });
  await using redis = await openRedis(process.env.TEST_REDIS_URL!, { log });
  const prisma = openPrisma(database.pool);
  const tables = postgresProjections.flatMap((projection) => projection.tables);
  let served = 0;

  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 60 }),
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 }),
      fc.array(question, { minLength: 5, maxLength: 12 }),
      async (steps, sizes, questions) => {
        const logId = randomUUID();
        await database.pool.query(`TRUNCATE projection_checkpoints, ${tables.join(', ')}`);
        const events = recorded(...history(steps));
        const stored = postgresProjectionStore(database.pool);
        const cached = redisProjectionStore(redis, logId, NEVER_FORKED);
        await project(stored, postgresProjections, events, sizes);
        // One is folded live, the other from a record that was redacted meanwhile.
        await project(cached, redisProjections, recorded(...redacted(history(steps))), [...sizes].reverse());
        const half = events.slice(0, Math.ceil(events.length / 2));
        for (const projection of postgresProjections) {
          const again = handledBy(projection, half);
          if (again.length > 0) await projection.apply(database.pool, again);
        }

        const cache = redisReadCache(redis, logId, { log, ...NOTHING_SHOWN });
        const timeline = timelineQueries({ prisma, cache: noCache });
        for (const room of ROOMS) {
          for (const asked of questions) {
            const query = { ...asked, roomId: room, partition: PARTITION, atLeast: position(events.length) };
            const { source, ...answer } = await timelineQueries({ prisma, cache }).page(query);
            if (source === 'redis') served++;
            expect({ ...answer, source: 'postgres' }).toEqual(await timeline.page(query));
          }
        }
        const keys = ROOMS.flatMap((room) =>
          USERS.map((user) => ({ roomId: room, userId: user, partition: PARTITION, atLeast: position(0) })),
        );
        expect(await unreadQueries({ prisma, cache }).of(keys)).toEqual(
          await unreadQueries({ prisma, cache: noCache }).of(keys),
        );
        await redis.ask(async (client) => client.unlink(...(await client.keys(`madang:${logId}:*`))));
      },
    ),
    { numRuns: 25 },
  );
  expect(served).toBeGreaterThan(50);
  await prisma.$disconnect();
});
