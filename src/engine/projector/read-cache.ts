import type { Partition, Position } from '../domain/ids.js';
import type { RedisProjection } from './projection.js';

/**
 * Reads from read models that live in memory. They answer fast or not at all: PostgreSQL always knows, so nobody waits
 * for them.
 */
export interface ReadCache {
  /**
   * Called once a query. One round trip, in which `script` runs only where the model may be read from and holds
   * `atLeast`.
   * @param atLeast the position that the model must hold; 0: whatever it holds
   * @param script body of a Lua function `read(prefix, args)`: `prefix` starts every key of the model in this
   * partition, `args` is a list of
   *   strings. It changes nothing.
   * @returns null where the script returned nil, or the model cannot be read from now: then PostgreSQL holds what was
   * read here before, unless
   *   it is far behind. Never throws.
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
  /** The model's position at that moment: nothing behind it is in the result. */
  readonly holds: Position;
  /** What the script returned. */
  readonly result: unknown;
}

/** No cache at all: every question goes to PostgreSQL. */
export const noCache: ReadCache = { read: () => Promise.resolve(null) };
