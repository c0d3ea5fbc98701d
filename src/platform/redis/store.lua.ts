const fold = (body: string): string => `
local function apply(prefix, events)
${body}
end
local position = redis.call('HGET', KEYS[1], 'position') or '0'
if position ~= ARGV[2] then return { 0, tonumber(position) } end`;

/**
 * Applies a batch to a read model, unless its checkpoint stands elsewhere than the batch begins, or a key that it leaves out is not parked.
 * Keys: 1 the model's meta, 2 its parked keys.
 * Args: 1 prefix of the model's keys, 2 from, 3 to, 4 JSON list of encoded events, 5 JSON list of keys that are held back, 6 JSON list of keys
 * that are parked from now on, each a list of the key and what is kept of it.
 * Returns {1, to} where it was applied, {0, position} where not.
 * The model's own keys are made from the prefix, whose hash tag is that of the meta. The checkpoint moves last: should the body break off,
 * the batch comes again.
 */
export const applyScript = (body: string): string => `${fold(body)}
for _, key in ipairs(cjson.decode(ARGV[5])) do
  if redis.call('HEXISTS', KEYS[2], key) == 0 then return { 0, tonumber(position) } end
end
apply(ARGV[1], cjson.decode(ARGV[4]))
for _, parked in ipairs(cjson.decode(ARGV[6])) do redis.call('HSET', KEYS[2], parked[1], parked[2]) end
redis.call('HSET', KEYS[1], 'position', ARGV[3])
return { 1, tonumber(ARGV[3]) }
`;

/**
 * Applies events that a parked key has held back, unless the checkpoint or the key stand elsewhere than expected.
 * Keys: 1 the model's meta, 2 its parked keys.
 * Args: 1 prefix of the model's keys, 2 the checkpoint, 3 the key, 4 what is kept of it, 5 the same from now on ('': it is parked no longer),
 * 6 JSON list of encoded events.
 * Returns {1, position} where it was applied, {0, position} where not. What is held back changes last, as the checkpoint does above.
 */
export const releaseScript = (body: string): string => `${fold(body)}
if redis.call('HGET', KEYS[2], ARGV[3]) ~= ARGV[4] then return { 0, tonumber(position) } end
apply(ARGV[1], cjson.decode(ARGV[6]))
if ARGV[5] == '' then redis.call('HDEL', KEYS[2], ARGV[3]) else redis.call('HSET', KEYS[2], ARGV[3], ARGV[5]) end
return { 1, tonumber(position) }
`;

/**
 * Says that queries may read from the model, unless its checkpoint stands elsewhere than expected: emptied meanwhile, it fills again and
 * must not be read from.
 * Keys: 1 the model's meta.  Args: 1 the expected position.  Returns 1 where it is live now, 0 where it was left as it is.
 */
export const TURN_LIVE = `
if (redis.call('HGET', KEYS[1], 'position') or '0') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'live', '1')
return 1
`;

/**
 * Reads from a model that is live and holds a position.
 * Keys: 1 the model's meta.  Args: 1 prefix of the model's keys, 2 the position that it must hold, 3 … what the body is asked.
 * Returns what the body returns; nil where the model is not live or behind. Writes nothing.
 */
export const readScript = (body: string): string => `
local function read(prefix, args)
${body}
end
local meta = redis.call('HMGET', KEYS[1], 'live', 'position')
if meta[1] ~= '1' or (tonumber(meta[2]) or 0) < tonumber(ARGV[2]) then return nil end
local args = {}
for n = 3, #ARGV do args[n - 2] = ARGV[n] end
return read(ARGV[1], args)
`;
