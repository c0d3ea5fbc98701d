import type { RedisConnection } from '../engine/redis/client.js';
import { luaScript } from '../engine/redis/lua-script.js';
import type { ProcessRegistry } from './process-report.js';
import { processReportOf } from './process-report.js';

/** A process reports every two seconds. */
const GONE_MS = 10_000;

/**
 * Keys: 1 the times of the last reports, 2 the reports. Args: 1 the process, 2 its report; without both, nothing is
 * added. Out: all reports, after those of processes that are gone, and those without a time, are deleted. Times are
 * those of the store, so that no process's clock matters.
 */
const REPORTS = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[1] then
  redis.call('ZADD', KEYS[1], now, ARGV[1])
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
end
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ${GONE_MS})) do
  redis.call('ZREM', KEYS[1], gone)
  redis.call('HDEL', KEYS[2], gone)
end
for _, foreign in ipairs(redis.call('HKEYS', KEYS[2])) do
  if not redis.call('ZSCORE', KEYS[1], foreign) then redis.call('HDEL', KEYS[2], foreign) end
end
redis.call('PEXPIRE', KEYS[1], ${GONE_MS})
redis.call('PEXPIRE', KEYS[2], ${GONE_MS})
return redis.call('HVALS', KEYS[2])
`;

/** The reports of all processes of a deployment, in Redis. The caller closes the connection. */
export function redisProcessRegistry(redis: RedisConnection, logId: string): ProcessRegistry {
  const reports = luaScript(REPORTS);
  const prefix = `madang:${logId}:{processes}:v1:`;
  const keys = [`${prefix}times`, `${prefix}reports`];
  return {
    async publish(report) {
      await redis.run(reports, keys, [report.id, JSON.stringify(report)]);
    },
    async list() {
      const found = (await redis.run(reports, keys, [])) as readonly string[];
      return found.flatMap((text) => processReportOf(text) ?? []);
    },
  };
}
