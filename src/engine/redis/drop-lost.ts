import type { Partition, Position } from '../domain/ids.js';
import type { RedisProjection } from '../projector/projection.js';
import type { RedisConnection } from './client.js';
import { luaScript } from './lua-script.js';
import { modelKeys } from './model-keys.js';
import { scanModel } from './scan-model.js';
import { DROP_LOST } from './store.lua.js';

/** A space that holds what the log has lost, and its meta. */
export interface LostSpace {
  readonly space: string;
  readonly position: Position;
  /** Empty without one. */
  readonly epoch: string;
}

const script = luaScript(DROP_LOST);

/**
 * Deletes the keys of a lost space in a partition; its meta last, so that a missing meta means that nothing is left.
 * Several processes may do so at once, and one of them may fold the space again while others still delete: that ends
 * the deletion. So does a process that moves the lost meta because it does not know of the fork yet: it stays lost.
 */
export async function dropLost(
  redis: RedisConnection,
  logId: string,
  projection: RedisProjection,
  partition: Partition,
  { space, position, epoch }: LostSpace,
): Promise<void> {
  const { base, live } = modelKeys(logId, projection, partition);
  const drop = async (rests: readonly string[]): Promise<boolean> =>
    rests.length === 0 || (await redis.run(script, [live], [base, space, position, epoch, ...rests])) === 1;
  for await (const keys of scanModel(redis, logId, projection.name, { partition, space })) {
    const rests = keys.flatMap(({ rest }) => (rest === 'meta' ? [] : [rest]));
    if (!(await drop(rests))) return;
  }
  await drop(['meta']);
}
