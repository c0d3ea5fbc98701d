import type { LogPosition, Partition, Position } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import { withTimeout } from '../runtime/deadline.js';
import type { Logger } from '../runtime/logging.js';
import type { ReadCache } from '../projector/read-cache.js';
import type { RedisConnection } from './client.js';
import { isTransientRedisError } from './errors.js';
import type { LuaScript } from './lua-script.js';
import { luaScript } from './lua-script.js';
import type { EpochsOfPositions } from './model-epochs.js';
import { NEVER_FORKED, isLost } from './model-epochs.js';
import { modelKeys } from './model-keys.js';
import { readScript } from './store.lua.js';

const LOG_EVERY_MS = 1_000;
const FALL_BACK_TIMEOUT_MS = 500;

export interface ReadCacheOptions {
  readonly log: Logger;
  /** Whether PostgreSQL holds a position of the log before the deadline. */
  readonly caughtUp: (at: LogPosition, deadline: AbortSignal) => Promise<boolean>;
  /** The head of a partition, as far as this process knows. */
  readonly head: (partition: Partition) => Position;
  /** A model with events that the log has lost is not read. */
  readonly epochs?: EpochsOfPositions;
}

export interface ModelReadCache extends ReadCache {
  /** The log forked after this position: no read waits for a later one. */
  forked(partition: Partition, after: Position): void;
}

/**
 * Reads from the models that `redisProjectionStore` fills. The caller owns the connection and closes it.
 *
 * The models here and those in PostgreSQL are a moment apart. A client that reads on while Redis goes away or comes
 * back never sees less than before: PostgreSQL is read once it holds what was read here, and a returned model once it
 * holds what PostgreSQL may have shown meanwhile.
 */
export function redisReadCache(
  redis: RedisConnection,
  logId: string,
  { log, caughtUp, head, epochs = NEVER_FORKED }: ReadCacheOptions,
): ModelReadCache {
  const scripts = new Map<string, LuaScript>();
  /** The newest position that was read here, since the last fall back. */
  const shown = new Map<Partition, Position>();
  /** The head of the log at the last fall back. */
  const passed = new Map<Partition, Position>();
  let loggedAt = Number.NEGATIVE_INFINITY;

  const scriptOf = (body: string): LuaScript => {
    const script = scripts.get(body) ?? luaScript(readScript(body));
    scripts.set(body, script);
    return script;
  };

  /** Null if the model is not live. */
  const answer = async (
    ...[model, partition, atLeast, script, args]: Parameters<ReadCache['read']>
  ): Promise<Answer | null> => {
    if (redis.isAway()) return null;
    const { base, live, own } = modelKeys(logId, model, partition);
    try {
      const needed = Math.max(atLeast, passed.get(partition) ?? 0);
      const answered = (await redis.run(scriptOf(script), [live], [base, own, needed, ...args])) as Answer | null;
      return answered && isLost(epochs, partition, answered[0], answered[1]) ? null : answered;
    } catch (error) {
      // The connection logs transient errors. A failing script is a fault, and PostgreSQL answers all the same.
      if (!isTransientRedisError(error) && performance.now() - loggedAt >= LOG_EVERY_MS) {
        loggedAt = performance.now();
        log.error({ err: error, model: model.name, partition }, 'reading from a read model in Redis failed');
      }
      return null;
    }
  };

  /** A stuck projector delays one read only. */
  const fallBack = async (partition: Partition): Promise<void> => {
    const at = shown.get(partition);
    if (at !== undefined) {
      await withTimeout(FALL_BACK_TIMEOUT_MS, (deadline) => caughtUp({ partition, position: at }, deadline));
      if (shown.get(partition) === at) shown.delete(partition);
    }
    passed.set(partition, head(partition));
  };

  return {
    forked(partition, after) {
      shown.delete(partition);
      passed.set(partition, position(Math.min(passed.get(partition) ?? 0, after)));
    },
    async read(...asked) {
      const [, partition] = asked;
      const answered = await answer(...asked);
      if (!answered) {
        await fallBack(partition);
        return null;
      }
      const [at, , result] = answered;
      if (at > (shown.get(partition) ?? 0)) shown.set(partition, at);
      return result === undefined || result === null ? null : { holds: at, result };
    },
  };
}

type Answer = readonly [holds: Position, epoch: string, result?: unknown];
