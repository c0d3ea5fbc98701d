import type { Partition } from '../domain/ids.js';
import type { RedisConnection } from './client.js';

export interface ModelKey {
  readonly key: string;
  readonly partition: Partition;
  readonly space: string;
  /** The part after the space and a colon. */
  readonly rest: string;
}

const KEYS_AT_A_TIME = 500;

/**
 * All keys of a model's generations, in slices, in no order; a key that exists throughout comes at least once.
 * @param only a space in a partition: Redis goes through all its keys in any case, but answers with these alone
 */
export async function* scanModel(
  redis: RedisConnection,
  logId: string,
  name: string,
  only: { readonly partition: Partition | '*'; readonly space: string } = { partition: '*', space: '*' },
): AsyncGenerator<readonly ModelKey[]> {
  const pattern = `madang:${logId}:{${only.partition}}:${name}:${only.space}:*`;
  const parts = new RegExp(`^madang:${logId}:\\{(\\d+)\\}:${name}:([^:]+):(.*)$`, 's');
  let cursor = '0';
  do {
    const [next, keys] = await redis.ask((client) => client.scan(cursor, 'MATCH', pattern, 'COUNT', KEYS_AT_A_TIME));
    cursor = next;
    yield keys.flatMap((key) => {
      const found = parts.exec(key);
      return found ? [{ key, partition: Number(found[1]), space: found[2]!, rest: found[3]! }] : [];
    });
  } while (cursor !== '0');
}
