import type { Partition, UserId } from '../engine/domain/ids.js';
import { ERASED_USER } from '../engine/domain/ids.js';
import type { RedisProjection } from '../engine/projector/projection.js';
import type { RedisConnection } from '../engine/redis/client.js';
import { luaScript } from '../engine/redis/lua-script.js';
import { modelKeys } from '../engine/redis/model-keys.js';
import { scanModel } from '../engine/redis/scan-model.js';

/** Removes author and body from a room's messages. Keys: 1 the hash of messages, by seq. Args: 1 … the authors. */
const ERASE = `
local erased = {}
for _, user in ipairs(ARGV) do erased[user] = true end
local messages = redis.call('HGETALL', KEYS[1])
for n = 1, #messages, 2 do
  local message = cjson.decode(messages[n + 1])
  if erased[message.author] then
    redis.call('HSET', KEYS[1], messages[n],
      string.format('{"seq":%d,"author":"${ERASED_USER}","body":"","at":"%s"}', message.seq, message.at))
  end
end
return 0
`;

/** The part after the room in the name of a key with messages. */
const MESSAGES = ':m';

/**
 * Goes through the generations of the recent messages that are not folded any more: kept for a rollback, or unfinished.
 * The live one folds the erasure itself. A later fold by a rollback has the same result.
 */
export function redisErasureSweep(
  redis: RedisConnection,
  logId: string,
  model: RedisProjection,
): (users: readonly UserId[]) => Promise<void> {
  const erase = luaScript(ERASE);
  return async (users) => {
    const live = new Map<Partition, string>();
    for await (const keys of scanModel(redis, logId, model.name)) {
      for (const { key, partition, space, rest } of keys) {
        if (!rest.endsWith(MESSAGES)) continue;
        const named = modelKeys(logId, model, partition);
        const serving = live.get(partition) ?? (await redis.ask((client) => client.get(named.live))) ?? named.own;
        live.set(partition, serving);
        if (space !== serving) await redis.run(erase, [key], users);
      }
    }
  };
}
