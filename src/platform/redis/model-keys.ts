import type { Partition } from '../../events/ids.js';
import type { RedisProjection } from '../../projections/projection.js';

export interface ModelKeys {
  /** Starts every key of the model in the partition. What follows it is never `meta` or `parked`: a model names its keys by ids. */
  readonly prefix: string;
  /** Hash of `position`, which has the last event that is in the model, and `live`, which is 1 where queries may read from it. */
  readonly meta: string;
  /** Hash of the keys that are parked, as JSON: position, letter, reason, since. */
  readonly parked: string;
}

/** The braces keep a partition's keys together on one node of a cluster, as scripts need. */
export function modelKeys(logId: string, { name, version }: RedisProjection, partition: Partition): ModelKeys {
  const prefix = `madang:${logId}:{${partition}}:${name}:v${version}:`;
  return { prefix, meta: `${prefix}meta`, parked: `${prefix}parked` };
}
