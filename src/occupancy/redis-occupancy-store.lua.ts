/** All scripts use the server's clock, in milliseconds since 1970. */
const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/**
 * Asks for shares of rooms.
 * Keys: 1 rooms that are asked for, with the end of each; 2 since when each is.
 * Args: 1 milliseconds to ask for, 2 … rooms.
 * Returns {room, milliseconds since it is asked for, …} of all rooms that are.
 */
export const ASK = `${NOW}
local ended = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)
for _, room in ipairs(ended) do
  redis.call('ZREM', KEYS[1], room)
  redis.call('HDEL', KEYS[2], room)
end
for n = 2, #ARGV do
  redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[n])
  redis.call('HSETNX', KEYS[2], ARGV[n], now)
end
if #ARGV > 1 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1] * 2)
  redis.call('PEXPIRE', KEYS[2], ARGV[1] * 2)
end
local found = redis.call('HGETALL', KEYS[2])
for n = 2, #found, 2 do found[n] = tostring(now - found[n]) end
return found
`;

/**
 * Stores shares: in a hash for each room, by process, "count end".
 * Keys: the hash of each room.
 * Args: 1 process, then count and milliseconds to keep it, for each room.
 * Returns the sum of each room's shares that have not ended.
 */
export const REPORT = `${NOW}
local sums = {}
for n, key in ipairs(KEYS) do
  local count, keep = tonumber(ARGV[2 * n]), tonumber(ARGV[2 * n + 1])
  if count > 0 then
    redis.call('HSET', key, ARGV[1], string.format('%d %.0f', count, now + keep))
    if redis.call('PTTL', key) < keep then redis.call('PEXPIRE', key, keep) end
  else
    redis.call('HDEL', key, ARGV[1])
  end
  local sum = 0
  local shares = redis.call('HGETALL', key)
  for at = 1, #shares, 2 do
    local of, ends = string.match(shares[at + 1], '^(%d+) (%d+)$')
    if tonumber(ends) > now then sum = sum + tonumber(of) else redis.call('HDEL', key, shares[at]) end
  end
  sums[n] = sum
end
return sums
`;
