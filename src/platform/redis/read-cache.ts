import type { Logger } from '../logging.js';
import type { ReadCache } from '../ports/read-cache.js';
import type { RedisConnection } from './client.js';
import { isTransientRedisError } from './errors.js';
import type { LuaScript } from './lua-script.js';
import { luaScript } from './lua-script.js';
import { modelKeys } from './model-keys.js';
import { readScript } from './store.lua.js';

const LOG_EVERY_MS = 1_000;

/** Reads from the models that `redisProjectionStore` fills. The connection is the caller's, who closes it. */
export function redisReadCache(redis: RedisConnection, logId: string, { log }: { readonly log: Logger }): ReadCache {
  const scripts = new Map<string, LuaScript>();
  let loggedAt = Number.NEGATIVE_INFINITY;

  const scriptOf = (body: string): LuaScript => {
    const script = scripts.get(body) ?? luaScript(readScript(body));
    scripts.set(body, script);
    return script;
  };

  return {
    async read(model, partition, atLeast, script, args) {
      if (redis.isAway()) return null;
      const { base, live, own } = modelKeys(logId, model, partition);
      try {
        return await redis.run(scriptOf(script), [live], [base, own, atLeast, ...args]);
      } catch (error) {
        // The connection itself tells of what passes. A script that fails is a mistake, and the answer comes from PostgreSQL all the same.
        if (!isTransientRedisError(error) && performance.now() - loggedAt >= LOG_EVERY_MS) {
          loggedAt = performance.now();
          log.error({ err: error, model: model.name, partition }, 'reading from a read model in Redis failed');
        }
        return null;
      }
    },
  };
}
