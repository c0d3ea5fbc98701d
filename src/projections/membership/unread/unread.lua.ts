/**
 * Keys, after the prefix, for a room R:
 *   R   hash   `last`: the room's last seq; `position`: of the last event that was applied to the room;
 *              `u:USER` for each member: the seq up to which the member has read
 */

/**
 * Body of apply(prefix, events).
 * Each event has: type ('join' | 'leave' | 'post' | 'read'), room, position, user; seq unless it is a 'leave'.
 * An event at or before the room's position was applied before. If the script breaks off half-way, the position has not
 * moved, and the batch comes again: a join sets, a leave deletes, all other values only grow, so that the second run
 * ends in the state of one run.
 */
export const APPLY = `
local rooms = {}
for _, event in ipairs(events) do
  local key = prefix .. event.room
  local room = rooms[key]
  if not room then
    local state = redis.call('HMGET', key, 'position', 'last')
    room = { position = tonumber(state[1]) or 0, last = tonumber(state[2]) or 0 }
    rooms[key] = room
  end
  if event.position > room.position then
    room.position = event.position
    local field = 'u:' .. event.user
    if event.type == 'leave' then
      redis.call('HDEL', key, field)
    else
      if event.type == 'post' then room.last = math.max(room.last, event.seq) end
      local read = tonumber(redis.call('HGET', key, field) or nil)
      if event.type == 'join' or (read and read < event.seq)
        then redis.call('HSET', key, field, math.max(read or 0, event.seq)) end
    end
  end
end
for key, room in pairs(rooms) do
  redis.call('HSET', key, 'last', room.last, 'position', string.format('%.0f', room.position))
end
`;

/**
 * Body of read(prefix, args).
 * Args: pairs of room, user.
 * Returns a list with, for each pair, nil where the room is not here, or {last, read}: read is -1 for a user who is not
 * a member.
 */
export const READ = `
local answers = {}
for n = 1, #args, 2 do
  local state = redis.call('HMGET', prefix .. args[n], 'last', 'u:' .. args[n + 1])
  answers[#answers + 1] = state[1] and { tonumber(state[1]), tonumber(state[2] or -1) }
end
return answers
`;
