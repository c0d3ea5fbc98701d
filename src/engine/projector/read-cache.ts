import type { Partition, Position } from '../domain/ids.js';
import type { RedisProjection } from './projection.js';

/**
 * Reads from read models in memory. They answer fast or not at all: PostgreSQL has the same data, so no caller waits.
 */
export interface ReadCache {
  /**
   * Called once per query. One round trip, in which `script` runs only if the model may be read and holds `atLeast`.
   * @param atLeast the position that the model must hold; 0: any
   * @param script body of a Lua function `read(prefix, args)`: `prefix` starts every key of the model in this
   * partition, `args` is a list of strings. It changes nothing.
   * @returns null if the script returned nil, or the model cannot be read now: then PostgreSQL holds everything that
   * was read here before, unless it is far behind. Never throws.
   */
  read(
    model: RedisProjection,
    partition: Partition,
    atLeast: Position,
    script: string,
    args: readonly (string | number)[],
  ): Promise<CacheAnswer | null>;
}

export interface CacheAnswer {
  /** The position of the model at that moment: no later event is in the result. */
  readonly holds: Position;
  /** The result of the script. */
  readonly result: unknown;
}

/** No cache: every query goes to PostgreSQL. */
export const noCache: ReadCache = { read: () => Promise.resolve(null) };
