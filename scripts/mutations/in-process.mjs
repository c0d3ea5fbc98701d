/**
 * Guards between the parts of one process that work at the same time: caches, polls, waits, and readers of Kafka. Each
 * has unit tests.
 */
const continuity = { file: 'src/engine/kafka/continuity.ts', tests: ['src/engine/kafka/continuity.unit.test.ts'] };
const damaged = {
  file: 'src/engine/kafka/damaged-batches.ts',
  tests: ['src/engine/kafka/damaged-batches.unit.test.ts'],
};
const sums = { file: 'src/schema/message/room-sums.ts', tests: ['src/schema/message/room-sums.unit.test.ts'] };
const costRate = { file: 'src/server/limits/cost-rate.ts', tests: ['src/server/limits/cost-rate.unit.test.ts'] };
const caughtUp = { file: 'src/engine/fan-out/caught-up.ts', tests: ['src/engine/fan-out/caught-up.unit.test.ts'] };
const keys = {
  file: 'src/server/identity/provider-keys.ts',
  tests: ['src/server/identity/provider-keys.unit.test.ts'],
};
const tokens = {
  file: 'src/server/identity/remembered-tokens.ts',
  tests: ['src/server/identity/remembered-tokens.unit.test.ts'],
};
const registrations = {
  file: 'src/schema/user/shared-registrations.ts',
  tests: ['src/schema/user/shared-registrations.unit.test.ts'],
};
const poller = { file: 'src/gifticon/poller.ts', tests: ['src/gifticon/poller.unit.test.ts'] };
const watchers = { file: 'src/gifticon/watchers.ts', tests: ['src/gifticon/watchers.unit.test.ts'] };
const lookup = { file: 'src/gifticon/bulk-lookup.ts', tests: ['src/gifticon/bulk-lookup.unit.test.ts'] };
const statuses = {
  file: 'src/gifticon/request-status-source.ts',
  tests: ['src/gifticon/request-status-source.unit.test.ts'],
};
const poll = { file: 'src/engine/runtime/poll.ts', tests: ['src/engine/runtime/poll.unit.test.ts'] };
const recent = {
  file: 'src/engine/postgres/recent-appends.ts',
  tests: ['src/engine/postgres/recent-appends.unit.test.ts'],
};
const throttle = {
  file: 'src/engine/log/leading-edge-throttle.ts',
  tests: ['src/engine/log/leading-edge-throttle.unit.test.ts'],
};
const limiter = {
  file: 'src/engine/runtime/per-tick-limiter.ts',
  tests: ['src/engine/runtime/per-tick-limiter.unit.test.ts'],
};
const clock = { file: 'src/engine/runtime/remote-clock.ts', tests: ['src/engine/runtime/remote-clock.unit.test.ts'] };
const buffer = {
  file: 'src/engine/rebuild/compaction-buffer.ts',
  tests: ['src/engine/rebuild/compaction-buffer.unit.test.ts'],
};
const settled = {
  file: 'src/schema/command/settled-receipt.ts',
  tests: ['src/schema/command/settled-receipt.unit.test.ts'],
};

const commitGroups = {
  file: 'src/engine/postgres/commit-group.ts',
  tests: ['src/engine/postgres/commit-group.unit.test.ts'],
};

export const inProcess = [
  { ...commitGroups, find: 'waiting.toReversed().map', replace: 'waiting.map' },
  {
    ...commitGroups,
    find: '[...new Map(waiting.toReversed().map((each) => [each.commit.partition, each])).values()]',
    replace: '[...waiting]',
  },
  {
    ...commitGroups,
    find: 'waiting = waiting.filter((each) => !together.includes(each));',
    replace: 'waiting = [];',
  },
  { ...commitGroups, find: 'if (running !== own) return;', replace: '' },
  { ...commitGroups, find: 'const slow = setTimeout(passed, SLOW_MS);', replace: 'const slow = undefined;' },
  { ...commitGroups, find: 'busyUntil = performance.now() + GATHER_MS;', replace: 'busyUntil = 0;' },
  { ...commitGroups, find: ' || together[0]!.commit.outcomes.length > 1', replace: '' },
  { ...commitGroups, find: 'together.length > 1 && isRefusal(error)', replace: 'together.length > 1' },
  { ...commitGroups, find: 'error instanceof pg.DatabaseError || !isTransient(error)', replace: '!isTransient(error)' },
  {
    ...commitGroups,
    find: 'error instanceof pg.DatabaseError || !isTransient(error)',
    replace: 'error instanceof pg.DatabaseError',
  },
  {
    ...commitGroups,
    find: 'groups.get(commit.queue) ?? createGroup',
    replace: '[...groups.values()][0] ?? createGroup',
  },
  {
    ...continuity,
    find: 'if (!comparing || next === undefined || mark() !== before) return;',
    replace: '',
  },
  {
    ...continuity,
    find: 'if (!found || !comparing || !before || before !== mark()) return;',
    replace: 'if (!found || !before) return;',
  },
  {
    file: 'src/engine/redis/mend-timeouts.ts',
    tests: ['test/integration/projections/redis-away.int.test.ts'],
    find: 'setImmediate(',
    replace: 'queueMicrotask(',
  },
  {
    file: 'src/engine/kafka/failed-fetches.ts',
    tests: ['test/integration/kafka-replaced.int.test.ts'],
    find: 'if (underWay.has(nodeId)) failed();',
    replace: '',
  },
  { ...continuity, find: '        isFromBelow ||\n        idleMs', replace: '        idleMs' },
  { ...continuity, find: '        idleMs > IDLE_MS ||\n', replace: '' },
  {
    ...continuity,
    find: '(leader !== undefined && messages.some(({ leaderEpoch }) => (leaderEpoch ?? leader) !== leader))',
    replace: 'false',
  },
  { ...continuity, find: 'if (differences++ > 0) return over(why);', replace: 'return over(why);' },
  { ...continuity, find: 'if (high < place)', replace: 'if (high <= place)' },
  { ...continuity, find: 'low > before && low <= next && high >= next', replace: 'low > before && high >= next' },
  {
    ...continuity,
    find: 'if (rest.some((message) => isRecord(message) && Number(message.offset) < place))',
    replace: 'if (false)',
  },
  { ...continuity, find: 'seen.text === markOf(first).text', replace: 'true' },
  { ...damaged, find: 'if (damaged?.first !== undecodable.first)', replace: 'if (!damaged)' },
  { ...damaged, find: 'Math.max(undecodable.first, fetchedFrom)', replace: 'undecodable.first' },
  { ...damaged, find: 'damaged.failures >= times', replace: 'damaged.failures > times' },
  { ...sums, find: 'if (ticking) return;', replace: '' },
  { ...sums, find: '.slice(MAX_MESSAGES)', replace: '.slice(MAX_MESSAGES + 1)' },
  { ...sums, find: 'if (room) addTo(room.changes, taken.get(id)!);', replace: '' },
  { ...sums, find: 'if (held) release(id, room);', replace: 'release(id, room);' },
  { ...sums, find: 'if (partitionOf(id, partitions) === partition) room.changes = none();', replace: ';' },
  {
    ...sums,
    find: 'if (!(await progress.reached(at, AbortSignal.timeout(PROGRESS_TIMEOUT_MS)))) putBack(id);',
    replace: 'await progress.reached(at, AbortSignal.timeout(PROGRESS_TIMEOUT_MS));',
  },
  { ...sums, find: 'for (const id of taken.keys()) putBack(id);', replace: '' },
  { ...sums, find: 'room.isLarge = memberCount > LARGE;', replace: 'room.isLarge = memberCount >= LARGE;' },
  { ...costRate, find: 'Math.min(cost, costBurst)', replace: 'cost' },
  { ...caughtUp, find: '    gathering = null;\n    return heads();', replace: '    return heads();' },
  { ...caughtUp, find: 'reading.position < head', replace: 'reading.position + 1 < head' },
  { ...keys, find: 'if (asking) return asking;', replace: '' },
  { ...keys, find: 'known.askedAt >= since) return true', replace: 'known.askedAt > 0) return true' },
  { ...keys, find: 'const newer = askOnce().catch(() => old);', replace: 'const newer = askOnce();' },
  { ...keys, find: 'age > MAX_AGE_WITHOUT_PROVIDER_MS', replace: 'age > Infinity' },
  { ...tokens, find: 'remembered.expiresAt.getTime() > Date.now()', replace: 'true' },
  { ...tokens, find: 'if (!isDeleted(identity.userId)) known', replace: 'known' },
  { ...registrations, find: 'if (underWay.get(userId) !== attempt) return;', replace: '' },
  {
    ...registrations,
    find: 'if (earlier.handle === identity.handle) return earlier.done;',
    replace: 'return earlier.done;',
  },
  { ...registrations, find: "|| error.code === 'UNAVAILABLE'", replace: '' },
  { ...poller, find: 'again = running !== undefined;', replace: '' },
  { ...poller, find: 'if (again) schedule(soonest());\n      else if', replace: 'if' },
  { ...poller, find: '|| running || at >= due', replace: '|| running' },
  { ...watchers, find: 'if (place === watch.sent) continue;', replace: '' },
  { ...watchers, find: 'watch.due > now || left-- === 0', replace: 'watch.due > now' },
  {
    ...watchers,
    find: '=> dequeue(watch));\n      const watch: Watch = { request, source, sent: ahead(request)',
    replace: '=> undefined);\n      const watch: Watch = { request, source, sent: ahead(request)',
  },
  { ...lookup, find: 'if (hanging === call) hanging = null;', replace: 'hanging = null;' },
  { ...lookup, find: 'if (hanging && performance.now() < hanging.until)', replace: 'if (false)' },
  { ...lookup, find: 'load([...new Set(keys)])', replace: 'load(keys)' },
  { ...statuses, find: 'else newest = current;', replace: 'else newest ??= current;' },
  { ...statuses, find: '    newest = null;\n    end();', replace: '    end();' },
  { ...poll, find: '(running ??= once())', replace: '(running = once())' },
  { ...poll, find: '      await running;\n', replace: '' },
  { ...recent, find: 'each.first <= next && next', replace: 'next' },
  { ...recent, find: 'kept.length === MAX_BATCHES ||', replace: '' },
  { ...recent, find: 'max - found.length)', replace: 'max)' },
  { ...throttle, find: '      waiting = [];\n      rest(items', replace: '      rest(items' },
  { ...throttle, find: 'forget() {\n      waiting = [];', replace: 'forget() {' },
  { ...limiter, find: 'head < waiting.length && passed < perTurn', replace: 'head < waiting.length' },
  { ...clock, find: '|| jumped ||', replace: '||' },
  { ...clock, find: '|| at - best.at > KEEP_MS', replace: '' },
  { ...buffer, find: 'this.#left > MOST_LEFT', replace: 'this.#left >= MOST_LEFT' },
  { ...buffer, find: ', ...apart]', replace: ']' },
  { ...settled, find: 'asked || ending.signal.aborted', replace: 'asked' },
  { ...settled, find: '  if (connection.aborted) end();\n', replace: '' },
];
