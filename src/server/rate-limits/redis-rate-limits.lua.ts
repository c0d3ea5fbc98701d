/** Milliseconds, by the clock of the Redis server: those of its clients differ. */
export const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/**
 * A bucket is a hash of `tokens` and of the time `at` which it had them. 17 digits represent a number exactly. `filled`
 * returns the tokens, and whether the clock was set back since: another server may have become the master.
 */
const BUCKET = `
local function filled(key, perSecond, burst)
  local known = redis.call('HMGET', key, 'tokens', 'at')
  if not known[1] then return burst, false end
  local at = tonumber(known[2])
  return math.min(burst, tonumber(known[1]) + math.max(0, now - at) * perSecond / 1000), at > now
end
local function keep(key, tokens, perSecond, burst)
  redis.call('HSET', key, 'tokens', string.format('%.17g', tokens), 'at', string.format('%.0f', now))
  redis.call('PEXPIRE', key, math.ceil(burst * 1000 / perSecond) + 1000)
end
local function until_tokens(tokens, perSecond, wanted)
  return math.max(1, math.ceil((wanted - tokens) * 1000 / perSecond))
end
`;

/**
 * The steps of `take`. In: key bucket; per second, burst.
 * Out: 0 if a token was taken, or the milliseconds until there is one.
 */
export const TAKE = `${NOW}${BUCKET}
local perSecond, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local tokens, back = filled(KEYS[1], perSecond, burst)
if tokens < 1 then
  if back then keep(KEYS[1], tokens, perSecond, burst) end
  return until_tokens(tokens, perSecond, 1)
end
keep(KEYS[1], tokens - 1, perSecond, burst)
return 0
`;

/**
 * The steps of `takeFairly`. In: keys bucket, served (a set), waiting (by the time at which each is forgotten); user,
 * per second, burst, timeout, and the users that were refused without this script since. Out: 0 if a token was taken,
 * or the milliseconds after which to come back; and the milliseconds until the last waiter gets one, 0 if a token is
 * left.
 */
export const FAIR_TAKE = `${NOW}${BUCKET}
local user, perSecond, burst, timeout = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local tokens, back = filled(KEYS[1], perSecond, burst)
if back then redis.call('DEL', KEYS[2], KEYS[3]) end
local longest = 0
local function is_served(name) return redis.call('SISMEMBER', KEYS[2], name) == 1 end
local function is_waiting(name) return redis.call('ZSCORE', KEYS[3], name) ~= false end
local function wait(name, after)
  longest = math.max(longest, 2 * after + timeout)
  redis.call('ZADD', KEYS[3], string.format('%.0f', now + 2 * after + timeout), name)
end

redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', string.format('%.0f', now))
for n = 5, #ARGV do
  if not is_served(ARGV[n]) and not is_waiting(ARGV[n])
    then wait(ARGV[n], until_tokens(tokens, perSecond, redis.call('ZCARD', KEYS[3]) + 1)) end
end

local others = redis.call('ZCARD', KEYS[3])
if is_waiting(user) then others = others - 1 end
local served = is_served(user) and others > 0
local granted = tokens >= 1 and not served
if others == 0 and (granted or is_served(user)) then redis.call('DEL', KEYS[2]) end
local answer = {0, 0}
if granted then
  keep(KEYS[1], tokens - 1, perSecond, burst)
  redis.call('ZREM', KEYS[3], user)
  redis.call('SADD', KEYS[2], user)
  if tokens < 2 then answer = {0, until_tokens(tokens - 1, perSecond, others)} end
else
  keep(KEYS[1], tokens, perSecond, burst)
  local after = until_tokens(tokens, perSecond, others + 1)
  if not served then wait(user, after) end
  answer = {after, tokens < 1 and after or 0}
end

-- The round continues while a user waits.
local ttl = math.max(longest + 10000, redis.call('PTTL', KEYS[3]))
redis.call('PEXPIRE', KEYS[2], ttl)
redis.call('PEXPIRE', KEYS[3], ttl)
return answer
`;
