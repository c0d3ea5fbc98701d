/**
 * The state is a hash: `token` and `revision` identify the decision, `second` is the last decided one, and `body` the
 * decision itself. All scripts use the server's clock, in milliseconds since 1970.
 *
 * `view` returns {now} where there is no state, {now, token, revision, second} where the caller knows the decision, and
 * {now, token, revision, second, body} otherwise.
 */
const VIEW = `
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function view(state, token, revision)
  local found = redis.call('HMGET', state, 'token', 'revision', 'second')
  if not found[1] then return { now() } end
  if found[1] == token and found[2] == revision then return { now(), found[1], found[2], found[3] } end
  return { now(), found[1], found[2], found[3], redis.call('HGET', state, 'body') }
end
`;

/**
 * Adds to the counts of a second: a hash of fetches by room, and under \`#\` the number of servers that have reported
 * all of it.
 * Keys: 1 counts of the second, 2 state.
 * Args: 1 known token, 2 known revision, 3 whether this server closes the second (1 or 0), 4 seconds to keep the
 * counts, 5 … room and fetches by turns.
 * Returns the view.
 */
export const REPORT = `${VIEW}
for n = 5, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[n], ARGV[n + 1]) end
if ARGV[3] == '1' then redis.call('HINCRBY', KEYS[1], '#', 1) end
redis.call('EXPIRE', KEYS[1], ARGV[4])
return view(KEYS[2], ARGV[1], ARGV[2])
`;

/**
 * Takes the lead or keeps it. A token is the time in microseconds: it rises also where the last one was lost with all
 * other keys.
 * Keys: 1 lease, which holds the leader's token, 2 state, 3 overrides.
 * Args: 1 token held or 0, 2 milliseconds of the lease, 3 known token, 4 known revision.
 * Returns {token or 0, {room, "STATE until", …}, view}. The leader's call deletes overrides that have ended, and
 * values that are none.
 */
export const LEAD = `${VIEW}
local token = redis.call('GET', KEYS[1])
if token == ARGV[1] then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
elseif token then
  token = '0'
else
  local time = redis.call('TIME')
  local last = tonumber(redis.call('HGET', KEYS[2], 'token') or '0') or 0
  token = string.format('%.0f', math.max(time[1] * 1000000 + time[2], last + 1))
  redis.call('SET', KEYS[1], token, 'PX', ARGV[2])
end
local overrides = {}
if token ~= '0' then
  local found = redis.call('HGETALL', KEYS[3])
  for n = 1, #found, 2 do
    if (tonumber(string.match(found[n + 1], '%d+$') or '0') or 0) > now() then
      table.insert(overrides, found[n])
      table.insert(overrides, found[n + 1])
    else
      redis.call('HDEL', KEYS[3], found[n])
    end
  end
end
return { token, overrides, view(KEYS[2], ARGV[3], ARGV[4]) }
`;

/**
 * The counts of a second.
 * Keys: 1 counts.
 * Args: 1 floor, 2 … rooms that are counted below the floor, too.
 * Returns {room, fetches, …}; nil where no server has closed the second. Writes nothing.
 */
export const COUNTED = `
if redis.call('HEXISTS', KEYS[1], '#') == 0 then return nil end
local floor = tonumber(ARGV[1])
local asked = {}
for n = 2, #ARGV do asked[ARGV[n]] = true end
local found = redis.call('HGETALL', KEYS[1])
local counts = {}
for n = 1, #found, 2 do
  if found[n] ~= '#' and (tonumber(found[n + 1]) >= floor or asked[found[n]]) then
    counts[#counts + 1] = found[n]
    counts[#counts + 1] = found[n + 1]
  end
end
return counts
`;

/**
 * Stores a decision and publishes it. An empty body: the decision of the revision still holds, and only the second
 * advances.
 * Keys: 1 lease, 2 state.
 * Args: 1 token, 2 revision, 3 second, 4 body, 5 channel, 6 seconds to keep the state.
 * Returns 1; 0 where the token does not lead, and nothing was stored; -1 where the body is empty and the stored
 * decision is missing or another one.
 */
export const PUBLISH = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[4] == '' then
  local found = redis.call('HMGET', KEYS[2], 'token', 'revision')
  if found[1] ~= ARGV[1] or found[2] ~= ARGV[2] then return -1 end
  redis.call('HSET', KEYS[2], 'second', ARGV[3])
else
  redis.call('HSET', KEYS[2], 'token', ARGV[1], 'revision', ARGV[2], 'second', ARGV[3], 'body', ARGV[4])
  redis.call('PUBLISH', ARGV[5], ARGV[1] .. ' ' .. ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. ARGV[4])
end
redis.call('EXPIRE', KEYS[2], ARGV[6])
return 1
`;

/**
 * Puts overrides back where a room has none.
 * Keys: 1 lease, 2 overrides.
 * Args: 1 token, 2 … room and "STATE until" by turns.
 * Returns 1; 0 where the token does not lead.
 */
export const RESTORE_OVERRIDES = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
for n = 2, #ARGV, 2 do redis.call('HSETNX', KEYS[2], ARGV[n], ARGV[n + 1]) end
return 1
`;

/**
 * Gives the lead up.
 * Keys: 1 lease.
 * Args: 1 token.
 * Returns 1; 0 where the token did not lead.
 */
export const RESIGN = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`;
