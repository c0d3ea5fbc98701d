import type { Partition } from '../../events/ids.js';
import type { RedisConnection } from './client.js';

export interface ModelKey {
  readonly key: string;
  readonly partition: Partition;
  readonly space: string;
  /** What follows the space and a colon. */
  readonly rest: string;
}

const KEYS_AT_A_TIME = 500;

/** All keys of a model's generations, in slices, in no order; one that is there all the time comes once at least. */
export async function* scanModel(redis: RedisConnection, logId: string, name: string): AsyncGenerator<readonly ModelKey[]> {
  const parts = new RegExp(`^madang:${logId}:\\{(\\d+)\\}:${name}:([^:]+):(.*)$`, 's');
  let cursor = '0';
  do {
    const [next, keys] = await redis.ask((client) => client.scan(cursor, 'MATCH', `madang:${logId}:{*}:${name}:*`, 'COUNT', KEYS_AT_A_TIME));
    cursor = next;
    yield keys.flatMap((key) => {
      const found = parts.exec(key);
      return found ? [{ key, partition: Number(found[1]), space: found[2]!, rest: found[3]! }] : [];
    });
  } while (cursor !== '0');
}
