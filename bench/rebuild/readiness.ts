import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { createLifecycle } from '../../src/engine/runtime/lifecycle.js';
import { openReadModels } from '../../src/workers/projector.js';
import type { Deployment } from '../support/deployment.js';

const LOOK_MS = 50;

/** Watches the lag of the live read models from outside. */
export interface Watch extends AsyncDisposable {
  /** The lag of each read model in events, over all partitions; null while its store is away or it is not live. */
  lags(): Promise<ReadonlyMap<string, number | null>>;
  /** Resolves with the seconds until all of these are live without lag. Null: all read models. */
  whole(names: readonly string[] | null, timeoutMs: number): Promise<number>;
  /** FLUSHALL. */
  emptyRedis(): Promise<void>;
}

export async function openWatch(deployment: Deployment, redisUrl: string): Promise<Watch> {
  const { pool, store } = deployment;
  const logger = pino({ level: 'silent' });
  const lifecycle = createLifecycle(logger);
  const { logId, partitions } = await deployment.settings();
  const { sets, redis } = await openReadModels(pool, redisUrl, logId, store.epochs, lifecycle, logger);

  const lags = async (): Promise<ReadonlyMap<string, number | null>> => {
    // Before the checkpoints: events in between count for no read model.
    const heads = await store.heads();
    const found = new Map<string, number | null>();
    for (const set of sets) {
      const progress = await set.store.progressOfAll(set.projections, partitions).catch(() => null);
      set.projections.forEach(({ name }, n) => {
        const at = progress?.[n];
        const live = at?.every(({ live: isLive }, partition) => isLive || heads[partition] === 0) ?? false;
        found.set(
          name,
          live ? heads.reduce((sum, head, partition) => sum + Math.max(0, head - at![partition]!.position), 0) : null,
        );
      });
    }
    return found;
  };

  return {
    lags,
    async whole(names, timeoutMs) {
      const began = performance.now();
      for (;;) {
        const found = await lags();
        if ((names ?? [...found.keys()]).every((name) => found.get(name) === 0))
          return (performance.now() - began) / 1_000;
        if (performance.now() - began > timeoutMs)
          throw new Error(`after ${timeoutMs / 1_000} s the read models are not whole: ${JSON.stringify([...found])}`);
        await delay(LOOK_MS);
      }
    },
    emptyRedis: async () => void (await redis.ask((client) => client.flushall())),
    [Symbol.asyncDispose]: () => lifecycle.stop(),
  };
}
