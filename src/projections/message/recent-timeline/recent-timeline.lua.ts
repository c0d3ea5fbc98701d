import { ERASED_USER } from '../../../engine/domain/ids.js';

/**
 * The number of messages kept in a room. Two pages of the largest size, so that scrolling back once is still served.
 * Another number is another version of the model: trimming relies on earlier trimming.
 */
export const WINDOW = 200;

/**
 * Keys, after the prefix, for a room R:
 *   R          hash   `last`: the room's last seq; `position`: of the last event that was applied to the room
 *   R:m        hash   seq → message, as JSON that is opened here to erase its author alone
 *   R:r        set    the seqs that ever had a reaction: only for these do the next two exist
 *   R:c:SEQ    hash   emoji → "COUNT FIRST", FIRST being the position at which it was ever used first
 *   R:u:SEQ    set    "EMOJI\0USER" of the reactions that stand
 * The messages kept are those from last - WINDOW + 1 to last.
 */

/**
 * Body of apply(prefix, events).
 * Each event has: type ('room' | 'message' | 'add' | 'remove' | 'erase'), room, position; a message also seq, json; a
 * reaction also seq, emoji, user; 'erase' also the user who is erased in the room.
 * Writes only entries that are in the window after the batch. An event at or before the room's position was applied
 * before. If the script breaks off half-way, the position has not moved: the batch comes again, and sets make the
 * second run end in the state of one run.
 */
export const APPLY = `
local rooms = {}
local function room_of(id)
  local room = rooms[id]
  if not room then
    local key = prefix .. id
    local state = redis.call('HMGET', key, 'position', 'last')
    room = { key = key, position = tonumber(state[1]) or 0, last = tonumber(state[2]) or 0 }
    room.newest = room.last
    rooms[id] = room
  end
  return room
end

local function tally(room, event, change)
  local key = room.key .. ':c:' .. event.seq
  local count, first = string.match(redis.call('HGET', key, event.emoji) or '', '(%d+) (%d+)')
  redis.call('HSET', key, event.emoji,
    string.format('%d %s', (count or 0) + change, first or string.format('%.0f', event.position)))
  redis.call('SADD', room.key .. ':r', event.seq)
end

local function erase(room, event)
  local messages = redis.call('HGETALL', room.key .. ':m')
  for n = 1, #messages, 2 do
    local message = cjson.decode(messages[n + 1])
    if message.author == event.user then
      local erased = string.format('{"seq":%d,"author":"${ERASED_USER}","body":"","at":"%s"}', message.seq, message.at)
      redis.call('HSET', room.key .. ':m', messages[n], erased)
    end
  end
  for _, seq in ipairs(redis.call('SMEMBERS', room.key .. ':r')) do
    for _, emoji in ipairs(redis.call('HKEYS', room.key .. ':c:' .. seq)) do
      if redis.call('SREM', room.key .. ':u:' .. seq, emoji .. '\\0' .. event.user) == 1 then
        tally(room, { seq = seq, emoji = emoji, position = event.position }, -1)
      end
    end
  end
end

for _, event in ipairs(events) do
  local room = room_of(event.room)
  if event.type == 'message' then room.newest = math.max(room.newest, event.seq) end
end

for _, event in ipairs(events) do
  local room = room_of(event.room)
  if event.position > room.position then
    room.position = event.position
    if event.type == 'erase' then
      erase(room, event)
    elseif event.type ~= 'room' and event.seq > room.newest - ${WINDOW} then
      if event.type == 'message' then
        redis.call('HSET', room.key .. ':m', event.seq, event.json)
      else
        local users, user = room.key .. ':u:' .. event.seq, event.emoji .. '\\0' .. event.user
        if event.type == 'add' then
          if redis.call('SADD', users, user) == 1 then tally(room, event, 1) end
        elseif redis.call('SREM', users, user) == 1 then
          tally(room, event, -1)
        end
      end
    end
  end
end

for _, room in pairs(rooms) do
  for seq = math.max(1, room.last - ${WINDOW} + 1), math.min(room.last, room.newest - ${WINDOW}) do
    redis.call('HDEL', room.key .. ':m', seq)
    if redis.call('SREM', room.key .. ':r', seq) == 1 then
      redis.call('UNLINK', room.key .. ':c:' .. seq, room.key .. ':u:' .. seq)
    end
  end
  redis.call('HSET', room.key, 'last', room.newest, 'position', string.format('%.0f', room.position))
end
`;

/**
 * Body of read(prefix, args): pages of rooms.
 * Args: the viewer ('' for none), then for each page: room, direction ('before' | 'after'), from ('' for the end),
 * limit.
 * Returns a list with, for each page, nil where the page is not here as a whole, or {last, messages, reactions}: `last`
 * the room's last seq, `messages` ascending, `reactions` for each message nil or a flat list of emoji, "COUNT FIRST",
 * and 1 where the viewer reacted with it or else 0.
 */
export const PAGES = `
local function reactions_of(key, seq, viewer)
  local reactions, emojis = {}, redis.call('HGETALL', key .. ':c:' .. seq)
  for n = 1, #emojis, 2 do
    local mine = viewer ~= '' and redis.call('SISMEMBER', key .. ':u:' .. seq, emojis[n] .. '\\0' .. viewer) or 0
    reactions[#reactions + 1] = emojis[n]
    reactions[#reactions + 1] = emojis[n + 1]
    reactions[#reactions + 1] = mine
  end
  return reactions
end

local function page(key, direction, from, limit, viewer)
  local last = tonumber(redis.call('HGET', key, 'last') or nil)
  if not last then return false end
  local low, high
  if direction == 'before' then
    high = math.min((from or last + 1) - 1, last)
    low = math.max(1, high - limit + 1)
  else
    low = math.max(1, (from or 0) + 1)
    high = math.min(last, low + limit - 1)
  end
  if low > high then return { last, {}, {} } end
  if low <= last - ${WINDOW} then return false end

  local seqs = {}
  for seq = low, high do seqs[#seqs + 1] = seq end
  local messages = redis.call('HMGET', key .. ':m', unpack(seqs))
  local reacted = redis.call('SMISMEMBER', key .. ':r', unpack(seqs))
  local reactions = {}
  for n, seq in ipairs(seqs) do
    if not messages[n] then return false end
    reactions[n] = reacted[n] == 1 and reactions_of(key, seq, viewer)
  end
  return { last, messages, reactions }
end

local pages = {}
for n = 2, #args, 4 do
  pages[#pages + 1] = page(prefix .. args[n], args[n + 1], tonumber(args[n + 2]), tonumber(args[n + 3]), args[1])
end
return pages
`;
