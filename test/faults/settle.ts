import { MADANG_EVENTS } from '../../src/events/definitions.js';
import { position } from '../../src/engine/domain/ids.js';
import { createCursorSigner } from '../../src/engine/gateway/signed-cursor.js';
import { postgresEventStore } from '../../src/engine/postgres/event-store.js';
import { postgresProjectionStore } from '../../src/engine/postgres/projection-store.js';
import { openDeployment } from '../../src/engine/postgres/settings.js';
import { openRedis } from '../../src/engine/redis/client.js';
import { redisProjectionStore } from '../../src/engine/redis/projection-store.js';
import { postgresProjections, redisProjections } from '../../src/projections/registry.js';
import { quietLogger, until } from '../support/conditions.js';
import type { Cluster } from './cluster.js';
import type { Load } from './load/load.js';

const TIMEOUT_MS = 120_000;

/**
 * After the last fault: all begun work gets its outcome; read models and subscribers reach the end.
 * @throws naming the parts that did not, in time
 */
export async function settleDown(cluster: Cluster, load: Load): Promise<void> {
  const { processes, pool, env } = cluster;
  await until(
    async () =>
      (
        await Promise.all(
          processes.running.map(
            async (name) => (await fetch(`${processes.url(name)}/readyz`).catch(() => null))?.status === 200,
          ),
        )
      ).every(Boolean),
    'every process is ready',
    TIMEOUT_MS,
  );
  await withTimeout(load.close(), 'every client has the outcome of everything that it began');

  const store = postgresEventStore(pool, MADANG_EVENTS);
  const { logId, partitions, cursorKey: sealKey } = await openDeployment(pool, null, 1);
  await using redis = await openRedis(env.REDIS_URL!, { log: quietLogger });
  const stores = [
    () => postgresProjectionStore(pool).progressOfAll(postgresProjections, partitions),
    () => redisProjectionStore(redis, logId, store.epochs).progressOfAll(redisProjections, partitions),
  ];
  await until(
    async () => {
      const heads = await store.heads();
      const progress = (await Promise.all(stores.map((look) => look()))).flat();
      return progress.every((model) =>
        model.every(({ position: at, live }, partition) => live && at >= (heads[partition] ?? position(0))),
      );
    },
    'every read model is live and at the end of the events',
    TIMEOUT_MS,
  );

  const seal = createCursorSigner(sealKey, store.epochs);
  for (const { roomId, from, events } of load.history.subscribers) {
    const { partition, position: began } = seal.openPosition(from);
    // Events that subscribers do not see are left out.
    const { rows } = await pool.query<{ last: number | null }>(
      'SELECT max(position) AS last FROM events WHERE key = $1 AND partition = $2 ' +
        "AND type = ANY('{MessagePosted,ReactionAdded,ReactionRemoved,MemberJoined,MemberLeft}')",
      [roomId, partition],
    );
    const last = rows[0]?.last ?? 0;
    const at = (): number => (events.length === 0 ? began : seal.openPosition(events.at(-1)!.position).position);
    await until(
      () => at() >= last,
      `a subscriber of ${roomId}, who is at ${at()}, hears the event at ${last}`,
      TIMEOUT_MS,
    );
  }
}

async function withTimeout(work: Promise<unknown>, what: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${TIMEOUT_MS} ms in vain: ${what}`)), TIMEOUT_MS);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
