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
  /** String: the space of the one that was live before. */
  readonly kept: string;
  /** The space of the live generation where none is named. */
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
 * Of a space: hash of `position`, which has the last event that is in it, of `epoch`, in which that one was stored, and
 * of `live`, which is 1 where queries may read from it. An older program writes no epoch. No other key of a space ends
 * like that, or with `parked`: a model names its keys by ids.
 */
export const metaKey = ({ base }: ModelKeys, space: string): string => `${base}${space}:meta`;

/** Of a space: hash of the keys that are parked, as JSON: position, letter, reason, since. */
export const parkedKey = ({ base }: ModelKeys, space: string): string => `${base}${space}:parked`;

/** Version and name of a space are told apart by what follows the number. */
export const versionOfSpace = (space: string): number => Number(/^v(\d+)/.exec(space)?.[1] ?? 0);

/** A name that no space of the model has had. */
export const newSpace = ({ version }: Pick<RedisProjection, 'version'>): string =>
  `v${version}-${randomBytes(4).toString('hex')}`;
