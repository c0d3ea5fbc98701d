import { randomBytes } from 'node:crypto';
import type { Partition } from '../domain/ids.js';
import type { RedisProjection } from '../projector/projection.js';

export interface ModelKeys {
  /**
   * Starts every key of the model in the partition, of all its generations. A generation's keys begin with this, its
   * space and a colon.
   */
  readonly base: string;
  /** String: the space of the live generation. */
  readonly live: string;
  /** String: the space of the generation that was live before. */
  readonly kept: string;
  /** The space of the live generation without a key `live`. */
  readonly own: string;
}

/** The braces keep a partition's keys together on one node of a cluster, as scripts need. */
export function modelKeys(
  logId: string,
  { name, version }: Pick<RedisProjection, 'name' | 'version'>,
  partition: Partition,
): ModelKeys {
  const base = `madang:${logId}:{${partition}}:${name}:`;
  return { base, live: `${base}live`, kept: `${base}kept`, own: `v${version}` };
}

/**
 * Of a space: a hash of `position`, the last event in it, `epoch`, the epoch of that event, and `live`, which is 1 if
 * queries may read from it. An older program writes no epoch. No other key of a space ends like that, or with `parked`:
 * a model names its keys by ids.
 */
export const metaKey = ({ base }: ModelKeys, space: string): string => `${base}${space}:meta`;

/** Of a space: a hash of the parked keys, as JSON: position, letter, reason, since. */
export const parkedKey = ({ base }: ModelKeys, space: string): string => `${base}${space}:parked`;

/** A space is named by its version, followed by a character that is no digit. */
export const versionOfSpace = (space: string): number => Number(/^v(\d+)/.exec(space)?.[1] ?? 0);

/** A name that no space of the model has had. */
export const newSpace = ({ version }: Pick<RedisProjection, 'version'>): string =>
  `v${version}-${randomBytes(4).toString('hex')}`;
