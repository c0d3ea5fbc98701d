/*
 * Every script finds out by itself which generation of the model is live: the one that the key `live` names, and where
 * it is missing the model's own, `v` and its version. So a swap is one SET, and every script after it is in the new
 * one. All other keys are made from the base, whose hash tag is that of the key given.
 */

/**
 * Locals `space` of the live generation, `named` where the key says so. KEYS 1: the key `live`. `own`: Lua for the
 * model's own space.
 */
const LIVE_SPACE = (own: string): string => `
local named = redis.call('GET', KEYS[1])
local space = named or ${own}
`;

const APPLY = (body: string): string => `
local function apply(prefix, events)
${body}
end
`;

/**
 * Applies a batch to a generation, unless its checkpoint stands elsewhere than the batch begins, or a key that it
 * leaves out is not parked. Keys: 1 `live`.  Args: 1 base of the model's keys, 2 its own space, 3 the space to write to
 * ('' for the live one), 4 its version, 5 from, 6 to, 7 JSON list of encoded events, 8 epoch of `from`, 9 epoch of
 * `to`; where keys are parked 10 JSON list of those of which events are held back, 11 JSON list of those that are
 * parked from now on, each a list of the key and what is kept of it. Returns {1, to} where it was applied, {0,
 * position} where not: the checkpoint stands there, or the live one is of another version. The checkpoint moves last:
 * should the body break off, the batch comes again.
 */
export const applyScript = (body: string): string => `
${APPLY(body)}
${LIVE_SPACE('ARGV[2]')}
if ARGV[3] ~= '' then space = ARGV[3] end
local prefix = ARGV[1] .. space .. ':'
local position = redis.call('HGET', prefix .. 'meta', 'position') or '0'
local epoch = redis.call('HGET', prefix .. 'meta', 'epoch') or ARGV[8]
if position ~= ARGV[5] or epoch ~= ARGV[8] or string.match(space, '^v(%d+)') ~= ARGV[4]
  then return { 0, tonumber(position) } end
for _, key in ipairs(cjson.decode(ARGV[10] or '[]')) do
  if redis.call('HEXISTS', prefix .. 'parked', key) == 0 then return { 0, tonumber(position) } end
end
apply(prefix, cjson.decode(ARGV[7]))
for _, parked in ipairs(cjson.decode(ARGV[11] or '[]')) do
  redis.call('HSET', prefix .. 'parked', parked[1], parked[2])
end
redis.call('HSET', prefix .. 'meta', 'position', ARGV[6], 'epoch', ARGV[9])
if not named and ARGV[3] == '' then redis.call('SET', KEYS[1], space) end
return { 1, tonumber(ARGV[6]) }
`;

/**
 * Applies events that a parked key of the live generation has held back, unless the checkpoint or the key stand
 * elsewhere than expected. Keys: 1 `live`.  Args: 1 base, 2 own space, 3 version, 4 the checkpoint, 5 the key, 6 what
 * is kept of it, 7 the same from now on ('': it is parked no longer), 8 JSON list of encoded events. Returns 1 where it
 * was applied, 0 where not. What is held back changes last, as the checkpoint does above.
 */
export const releaseScript = (body: string): string => `
${APPLY(body)}
${LIVE_SPACE('ARGV[2]')}
local prefix = ARGV[1] .. space .. ':'
if (redis.call('HGET', prefix .. 'meta', 'position') or '0') ~= ARGV[4] or string.match(space, '^v(%d+)') ~= ARGV[3]
  then return 0 end
if redis.call('HGET', prefix .. 'parked', ARGV[5]) ~= ARGV[6] then return 0 end
apply(prefix, cjson.decode(ARGV[8]))
if ARGV[7] == '' then redis.call('HDEL', prefix .. 'parked', ARGV[5])
  else redis.call('HSET', prefix .. 'parked', ARGV[5], ARGV[7]) end
return 1
`;

/**
 * Keys: 1 `live`.  Args: 1 base, 2 own space.  Returns the parked keys of the live generation, each followed by what is
 * kept of it.
 */
export const PARKED = `
${LIVE_SPACE('ARGV[2]')}
return redis.call('HGETALL', ARGV[1] .. space .. ':parked')
`;

/**
 * How far the live generation is. Keys: 1 `live`.  Args: 1 base, 2 own space.  Returns {space, position, live, epoch}:
 * those from its meta false where they are not in it.
 */
export const PROGRESS = `
${LIVE_SPACE('ARGV[2]')}
local meta = redis.call('HMGET', ARGV[1] .. space .. ':meta', 'position', 'live', 'epoch')
return { space, meta[1], meta[2], meta[3] }
`;

/**
 * Begins anew in another space, unless the checkpoint stands elsewhere than expected: what is live holds what the log
 * has lost. Keys: 1 `live`.  Args: 1 base, 2 own space, 3 the expected position, 4 the other space.  Returns {the space
 * that is given up, the epoch in its meta or ''}; nil: none.
 */
export const START_OVER = `
${LIVE_SPACE('ARGV[2]')}
if (redis.call('HGET', ARGV[1] .. space .. ':meta', 'position') or '0') ~= ARGV[3] then return nil end
redis.call('SET', KEYS[1], ARGV[4])
return { space, redis.call('HGET', ARGV[1] .. space .. ':meta', 'epoch') or '' }
`;

/**
 * Says that queries may read from the live generation, unless its checkpoint stands elsewhere than expected: emptied
 * meanwhile, it fills again and must not be read from. Keys: 1 `live`.  Args: 1 base, 2 own space, 3 the expected
 * position.  Returns 1 where it is live now, 0 where it was left as it is.
 */
export const TURN_LIVE = `
${LIVE_SPACE('ARGV[2]')}
local meta = ARGV[1] .. space .. ':meta'
if (redis.call('HGET', meta, 'position') or '0') ~= ARGV[3] then return 0 end
redis.call('HSET', meta, 'live', '1')
return 1
`;

/**
 * Reads from a model that is live and holds a position. Keys: 1 `live`.  Args: 1 base, 2 own space, 3 the position that
 * it must hold, 4 … what the body is asked. Returns {position, its epoch or '', what the body returns}, without the
 * last where the model is behind; nil where it is not live. Writes nothing.
 */
export const readScript = (body: string): string => `
local function read(prefix, args)
${body}
end
${LIVE_SPACE('ARGV[2]')}
local prefix = ARGV[1] .. space .. ':'
local meta = redis.call('HMGET', prefix .. 'meta', 'live', 'position', 'epoch')
if meta[1] ~= '1' then return nil end
local position = tonumber(meta[2]) or 0
if position < tonumber(ARGV[3]) then return { position, meta[3] or '' } end
local args = {}
for n = 4, #ARGV do args[n - 3] = ARGV[n] end
return { position, meta[3] or '', read(prefix, args) }
`;

/**
 * Makes another generation the live one, and keeps the one that was. Keys: 1 `live`.  Args: 1 base, 2 own space, 3 the
 * other space, 4 the position that it was folded to, 5 its version, 6 1 where the live one may be of a newer version.
 * Returns 1 where it is live now, 0 where it is behind the live one or not at that position any more, -1 where a newer
 * version is live.
 */
export const SWAP = `
${LIVE_SPACE('ARGV[2]')}
if space == ARGV[3] then return 1 end
if ARGV[6] ~= '1' and tonumber(string.match(space, '^v(%d+)')) > tonumber(ARGV[5]) then return -1 end
local meta = ARGV[1] .. ARGV[3] .. ':meta'
local position = redis.call('HGET', meta, 'position') or '0'
local live = redis.call('HGET', ARGV[1] .. space .. ':meta', 'position') or '0'
if position ~= ARGV[4] or tonumber(position) < tonumber(live) then return 0 end
redis.call('HSET', meta, 'position', position, 'live', '1')
redis.call('SET', KEYS[1], ARGV[3])
redis.call('SET', ARGV[1] .. 'kept', space)
return 1
`;

/**
 * Deletes keys of generations, apart from those of the live and the kept one. That is asked in the same step: the live
 * one may have begun anew in another space a moment ago. Keys: 1 `live`.  Args: 1 base, 2 own space, 3 … a space and
 * what follows it in the name of the key, for each key.
 */
export const DROP_UNUSED = `
${LIVE_SPACE('ARGV[2]')}
local kept = redis.call('GET', ARGV[1] .. 'kept')
for n = 3, #ARGV, 2 do
  if ARGV[n] ~= space and ARGV[n] ~= kept then redis.call('UNLINK', ARGV[1] .. ARGV[n] .. ':' .. ARGV[n + 1]) end
end
`;

/**
 * Deletes keys of a generation that holds what the log has lost, while its meta is that of then: another process may
 * have deleted all of it, and folds it again. Keys: 1 `live`.  Args: 1 base, 2 its space, 3 position and 4 epoch of
 * its meta, 5 … what follows the space in the names of the keys.  Returns 1 where they are deleted, 0 where the meta
 * is another one.
 */
export const DROP_LOST = `
local prefix = ARGV[1] .. ARGV[2] .. ':'
local meta = redis.call('HMGET', prefix .. 'meta', 'position', 'epoch')
if (meta[1] or '0') ~= ARGV[3] or (meta[2] or '') ~= ARGV[4] then return 0 end
for n = 5, #ARGV do redis.call('UNLINK', prefix .. ARGV[n]) end
return 1
`;

/**
 * Compares keys of the live generation with those of another one, where both stand at the same position. Keys: 1
 * `live`.  Args: 1 base, 2 own space, 3 the other space, 4 … what follows the prefix in the names of the keys. Returns
 * {position of the live one, position of the other, verdicts…}: no verdicts where the positions differ; else for each
 * key 0 the same, 1 altered, 2 missing in the live one, 3 missing in the other.
 */
export const COMPARE = `
local function content(key)
  local kind = redis.call('TYPE', key).ok
  if kind == 'none' then return false end
  local parts = { kind }
  local function add(part) parts[#parts + 1] = #part .. ':' .. part end
  if kind == 'hash' then
    local flat, fields, values = redis.call('HGETALL', key), {}, {}
    for n = 1, #flat, 2 do
      fields[#fields + 1] = flat[n]
      values[flat[n]] = flat[n + 1]
    end
    table.sort(fields)
    for _, field in ipairs(fields) do
      add(field)
      add(values[field])
    end
  elseif kind == 'set' then
    local members = redis.call('SMEMBERS', key)
    table.sort(members)
    for _, member in ipairs(members) do add(member) end
  elseif kind == 'zset' then
    for _, part in ipairs(redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')) do add(part) end
  elseif kind == 'list' then
    for _, part in ipairs(redis.call('LRANGE', key, 0, -1)) do add(part) end
  else
    add(redis.call('GET', key))
  end
  return table.concat(parts, ' ')
end
${LIVE_SPACE('ARGV[2]')}
local live, other = ARGV[1] .. space .. ':', ARGV[1] .. ARGV[3] .. ':'
local answer = {
  tonumber(redis.call('HGET', live .. 'meta', 'position') or 0),
  tonumber(redis.call('HGET', other .. 'meta', 'position') or 0),
}
if answer[1] ~= answer[2] then return answer end
for n = 4, #ARGV do
  local has, should = content(live .. ARGV[n]), content(other .. ARGV[n])
  answer[#answer + 1] = has == should and 0 or not has and 2 or not should and 3 or 1
end
return answer
`;
