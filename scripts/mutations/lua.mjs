/** Scripts without a guard: on the position, the epoch, the version, the lease, or a repeated event. */
const models = ['test/integration/projections/redis.int.test.ts'];
const guards = ['test/integration/projections/redis-guards.int.test.ts'];
const heat = ['test/integration/heat.int.test.ts'];
const limits = ['test/integration/rate-limits.int.test.ts'];
const parked = ['test/integration/parked-keys.int.test.ts'];

const store = 'src/engine/redis/store.lua.ts';
const buckets = 'src/server/rate-limits/redis-rate-limits.lua.ts';
const leader = 'src/hot-rooms/redis-heat-store.lua.ts';
const recent = 'src/projections/message/recent-timeline/recent-timeline.lua.ts';
const unread = 'src/projections/membership/unread/unread.lua.ts';

export const lua = [
  {
    file: store,
    find: 'if position ~= ARGV[5] or epoch ~= ARGV[8] or',
    replace: 'if epoch ~= ARGV[8] or',
    tests: models,
  },
  {
    file: store,
    find: 'if position ~= ARGV[5] or epoch ~= ARGV[8] or',
    replace: 'if position ~= ARGV[5] or',
    tests: guards,
  },
  {
    file: store,
    find: "or string.match(space, '^v(%d+)') ~= ARGV[4]\n  then return { 0",
    replace: 'then return { 0',
    tests: guards,
  },
  {
    file: store,
    find: "if redis.call('HEXISTS', prefix .. 'parked', key) == 0 then return { 0, tonumber(position) } end",
    replace: '',
    tests: parked,
    only: 'lost its partition',
  },
  {
    file: store,
    find: "if redis.call('HGET', prefix .. 'parked', ARGV[5]) ~= ARGV[6] then return 0 end",
    replace: '',
    tests: guards,
  },
  { file: store, find: "if meta[1] ~= '1' then return nil end", replace: '', tests: models },
  {
    file: store,
    find: 'if position < tonumber(ARGV[3]) then return',
    replace: 'if position + 1 < tonumber(ARGV[3]) then return',
    tests: models,
  },
  {
    file: store,
    find: "if (redis.call('HGET', meta, 'position') or '0') ~= ARGV[3] then return 0 end",
    replace: '',
    tests: models,
  },
  {
    file: store,
    find: 'if position ~= ARGV[4] or tonumber(position) < tonumber(live) then return 0 end',
    replace: 'if position ~= ARGV[4] then return 0 end',
    tests: guards,
  },
  {
    file: store,
    find: 'if position ~= ARGV[4] or tonumber(position) < tonumber(live) then return 0 end',
    replace: 'if tonumber(position) < tonumber(live) then return 0 end',
    tests: guards,
  },
  {
    file: store,
    find: "if (redis.call('HGET', ARGV[1] .. space .. ':meta', 'position') or '0') ~= ARGV[3] then return nil end",
    replace: '',
    tests: guards,
  },
  {
    file: store,
    find: "if (redis.call('HGET', prefix .. 'meta', 'position') or '0') ~= ARGV[4] or string",
    replace: 'if string',
    tests: guards,
  },
  {
    file: store,
    find: "~= ARGV[4] or string.match(space, '^v(%d+)') ~= ARGV[3]\n  then return 0 end",
    replace: '~= ARGV[4] then return 0 end',
    tests: guards,
  },
  {
    file: store,
    find: "if (meta[1] or '0') ~= ARGV[3] or (meta[2] or '') ~= ARGV[4] then return 0 end",
    replace: "if (meta[1] or '0') ~= ARGV[3] then return 0 end",
    tests: guards,
    only: 'keeps its keys',
  },
  {
    file: store,
    find: "if (meta[1] or '0') ~= ARGV[3] or (meta[2] or '') ~= ARGV[4] then return 0 end",
    replace: "if (meta[2] or '') ~= ARGV[4] then return 0 end",
    tests: guards,
    only: 'keeps its keys',
  },
  {
    file: 'src/engine/redis/generation-store.ts',
    find:
      'for await (const keys of scanModel(redis, logId, projection.name)) {\n' +
      '        if (keys.length === 0) continue;\n        const needed = await alsoKeep();',
    replace:
      'const needed = await alsoKeep();\n' +
      '      for await (const keys of scanModel(redis, logId, projection.name)) {',
    tests: guards,
    only: 'taken for remains',
  },
  {
    file: 'src/engine/redis/scan-model.ts',
    find: '{${only.partition}}',
    replace: '{*}',
    tests: guards,
    only: 'deletes its keys alone',
  },
  { file: recent, find: 'if event.position > room.position then', replace: 'if true then', tests: guards },
  {
    file: recent,
    find: 'event.seq > room.newest - ${WINDOW} then',
    replace: 'event.seq >= room.newest - ${WINDOW} then',
    tests: models,
  },
  {
    file: recent,
    find: "if redis.call('SADD', users, user) == 1 then tally",
    replace: "redis.call('SADD', users, user) if true then tally",
    tests: guards,
  },
  {
    file: recent,
    find: 'if low <= last - ${WINDOW} then return false end',
    replace: 'if low < last - ${WINDOW} then return false end',
    tests: models,
    equivalent: 'the message at that place was trimmed, and a page with one missing is refused as well',
  },
  {
    file: unread,
    find: 'if event.position > room.position then',
    replace: 'if true then',
    tests: guards,
  },
  {
    file: unread,
    find: '(read and read < event.seq)',
    replace: '(read)',
    tests: models,
    equivalent: 'what is written is the greater of the two',
  },
  {
    file: buckets,
    find: 'math.max(0, now - at)',
    replace: '(now - at)',
    tests: limits,
  },
  {
    file: buckets,
    find: 'if tokens < 1 then\n',
    replace: 'if tokens <= 1 then\n',
    tests: limits,
  },
  {
    file: buckets,
    find: 'local served = is_served(user) and others > 0',
    replace: 'local served = false',
    tests: limits,
  },
  {
    file: leader,
    find: "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end\nif ARGV[4]",
    replace: 'if ARGV[4]',
    tests: heat,
    only: 'who led before',
  },
  {
    file: leader,
    find: 'if found[1] ~= ARGV[1] or found[2] ~= ARGV[2] then return -1 end',
    replace: '',
    tests: heat,
    only: 'stored whole again',
  },
  {
    file: leader,
    find: 'math.max(time[1] * 1000000 + time[2], last + 1)',
    replace: 'time[1] * 1000000 + time[2]',
    tests: heat,
    only: 'higher token',
  },
  {
    file: leader,
    find: "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end\nreturn redis.call('DEL', KEYS[1])",
    replace: "return redis.call('DEL', KEYS[1])",
    tests: heat,
    only: 'who led before',
  },
];
