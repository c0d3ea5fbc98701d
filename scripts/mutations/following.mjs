/** Mutations of the followers of the log: read models, process managers, readers, caches. */
const managers = ['test/integration/process-manager.int.test.ts'];
const erasure = ['', '-sweeps'].map((part) => `test/integration/erasure${part}.int.test.ts`);
const projector = ['test/integration/projector.int.test.ts'];
const takeOver = ['src/engine/projector/take-over.unit.test.ts'];
const steps = ['src/engine/projector/step.unit.test.ts'];
const epochs = ['test/integration/epochs.int.test.ts'];
const log = ['test/contracts/postgres.int.test.ts'];
const waiters = ['src/engine/gateway/receipt-waiters.unit.test.ts'];
const gateway = ['test/integration/gateway.int.test.ts'];
const positions = ['src/engine/gateway/session-positions.unit.test.ts'];
const away = ['test/integration/projections/redis-away.int.test.ts'];
const fanOuts = ['', '-ends', '-groups'].map((part) => `test/integration/fan-out${part}.int.test.ts`);
const models = ['', '-queries'].map((part) => `test/integration/projections/postgres${part}.int.test.ts`);
const runners = ['test/integration/projection-runner.int.test.ts'];
const guards = ['test/integration/projections/redis-guards.int.test.ts'];
const progressUnit = ['src/engine/gateway/read-model-progress.unit.test.ts'];
const monitors = ['src/hot-rooms/monitor.unit.test.ts'];
const heat = ['test/integration/heat.int.test.ts'];
const held = ['test/integration/only-if-held.int.test.ts'];
const readSources = ['src/projections/read-source.unit.test.ts'];

const manager = 'src/engine/process-manager/process-manager.ts';
const runner = 'src/engine/projector/projection-runner.ts';
const resumeKey = 'src/engine/projector/take-over.ts';
const step = 'src/engine/projector/step.ts';
const commandLog = 'src/engine/postgres/command-log.ts';
const commandSource = 'src/engine/postgres/command-source.ts';
const progress = 'src/engine/gateway/read-model-progress.ts';
const receipts = 'src/engine/gateway/receipt-waiters.ts';
const cache = 'src/engine/redis/read-cache.ts';
const fanOut = 'src/engine/fan-out/fan-out.ts';
const monitor = 'src/hot-rooms/monitor.ts';
const guard = 'src/projections/only-if-held.ts';
const readSource = 'src/projections/read-source.ts';
const memberQuery = 'src/projections/membership/members/query.ts';
const leftRoom = ['test/integration/left-room.int.test.ts'];
const anyReplica = '{ models: [model], at: [{ partition: 0, position: 0 as never }] }';
const onReplica = (row) => `await ((...asked: Parameters<SqlReader['$queryRaw']>) =>
        read(${anyReplica}, (sql) => sql.$queryRaw<${row}[]>(...asked)))`;

export const following = [
  {
    file: memberQuery,
    find: 'await prisma.$queryRaw<{ readonly n: number }[]>',
    replace: onReplica('{ readonly n: number }'),
    tests: leftRoom,
  },
  {
    file: memberQuery,
    find: 'return found ?? pageOf(prisma, query);',
    replace: 'return atLeast ? (found ?? null) : pageOf(prisma, query);',
    tests: leftRoom,
  },
  {
    file: 'src/projections/room/rooms/query.ts',
    find: 'await prisma.$queryRaw<(Row & { readonly isMember: boolean })[]>',
    replace: onReplica('(Row & { readonly isMember: boolean })'),
    tests: leftRoom,
  },
  {
    file: 'src/schema/room/room-fields.resolver.ts',
    find: 'if (!(await loaders.isMember(room.id))) throw membersOnly();\n    const partition',
    replace: 'const partition',
    tests: leftRoom,
  },
  {
    file: manager,
    find: 'await Promise.all(commands.map((command) => log.append(command)));',
    replace: 'void Promise.all(commands.map((command) => log.append(command))).catch(() => undefined);',
    tests: managers,
  },
  {
    file: manager,
    find: 'batch.slice(0, batch.indexOf(stop))',
    replace: 'batch.filter((entry) => entry !== stop)',
    tests: managers,
    only: 'cannot read',
  },
  {
    file: 'src/engine/postgres/process-checkpoints.ts',
    find: 'greatest(known.position, excluded.position)',
    replace: 'excluded.position',
    tests: managers,
  },
  {
    file: 'src/erasure/erase-accounts.ts',
    find: 'const salt = await erasure.begin(userId);\n    const rooms = await erasure.roomsOf(userId);',
    replace: 'const rooms = await erasure.roomsOf(userId);\n    const salt = await erasure.begin(userId);',
    tests: erasure,
    only: 'during the search for rooms',
  },
  {
    file: 'src/engine/projector/model-writer.ts',
    find: '    requireBranch();\n    const outcome = await projections.apply(',
    replace: '    const outcome = await projections.apply(',
    tests: runners,
    only: 'tried again by parts',
  },
  {
    file: runner,
    find: '(!live && liveFrom === null) ||',
    replace: '',
    tests: projector,
    only: 'while events come|made whole again',
  },
  {
    file: runner,
    find: 'if (liveFrom === null || checkpoint < liveFrom) return;',
    replace: 'if (liveFrom === null) return;',
    tests: runners,
    only: 'turns live at the head',
  },
  {
    file: runner,
    find: 'if (progress.lost?.() !== true && progress.position <= head)',
    replace: 'if (progress.lost?.() !== true)',
    tests: runners,
    only: 'behind which the log ends',
  },
  {
    file: runner,
    find: 'const head = (await events.heads())[partition]!;\n    if (progress.lost',
    replace: 'const head = Infinity;\n    if (progress.lost',
    tests: epochs,
    only: 'is not started over',
  },
  {
    file: resumeKey,
    find: 'page.length < PAGE || page',
    replace: 'page.length <= PAGE || page',
    tests: takeOver,
  },
  {
    file: resumeKey,
    find: 'page.at(-1)!.position > upTo) {',
    replace: 'page.at(-1)!.position >= upTo) {',
    tests: takeOver,
    equivalent: 'the next page has nothing up to the checkpoint',
  },
  {
    file: resumeKey,
    find: 'else if (page.at(-1)!.position >= parked.position) {',
    replace: 'else if (false) {',
    tests: takeOver,
  },
  {
    file: resumeKey,
    find: '{ position: position(items.at(-1)!.position + 1) }',
    replace: '{ position: items.at(-1)!.position }',
    tests: takeOver,
    equivalent: 'the last event of a full page is passed all the same, and a crash before repeats one event alone',
  },
  {
    file: resumeKey,
    find: 'letter: parked.position > key.position ? letter : parked.letter',
    replace: 'letter: parked.letter',
    tests: takeOver,
  },
  { file: step, find: '?? Infinity) <= position', replace: '?? Infinity) < position', tests: steps },
  { file: step, find: '    if (park.has(key)) continue;\n', replace: '', tests: steps },
  { file: step, find: '(parked.get(key)?.position ?? Infinity) <= position', replace: 'parked.has(key)', tests: steps },
  {
    file: 'src/engine/runtime/isolate.ts',
    find: 'if (front.refused || front.done < middle) return front;',
    replace: '',
    tests: ['src/engine/runtime/isolate.unit.test.ts'],
  },
  {
    file: 'src/engine/log/partition-follower.ts',
    find: 'if (missed > 0) deliver(growthOf(partition, missed));',
    replace: '',
    tests: log,
  },
  {
    file: 'src/engine/log/partition-worker.ts',
    find: '      if (work.signal.aborted) return;\n      failures = 0;',
    replace: '      failures = 0;',
    tests: ['src/engine/log/partition-worker.unit.test.ts'],
  },
  { file: receipts, find: 'again = busy;', replace: '', tests: waiters },
  {
    file: receipts,
    find: 'own.length === receipt.events && own.every(({ commandId }) => commandId === receipt.commandId) ? own : null',
    replace: 'own',
    tests: [...waiters, ...gateway],
  },
  { file: receipts, find: ' && waiting.get(commandId) === own)', replace: ')', tests: waiters },
  {
    file: progress,
    find: 'if (forks[partition] !== before[partition]) continue;',
    replace: '',
    tests: progressUnit,
  },
  { file: progress, find: 'Math.min(...read)', replace: 'Math.max(...read)', tests: gateway, only: 'how far' },
  {
    file: progress,
    find: "(live || store.kind === 'postgres' ? at : null)",
    replace: 'at',
    tests: gateway,
    only: 'how far',
  },
  {
    file: progress,
    find: 'low[wait.at.partition]! >= wait.at.position',
    replace: 'low[wait.at.partition]! + 1 >= wait.at.position',
    tests: gateway,
    only: 'how far',
  },
  { file: progress, find: '      again = true;\n', replace: '', tests: progressUnit },
  {
    file: 'src/engine/gateway/session-positions.ts',
    find: 'at.partition === partition && at.position >= position',
    replace: 'false',
    tests: positions,
  },
  {
    file: 'src/engine/gateway/session-positions.ts',
    find: 'at.partition === partition && at.position > after',
    replace: 'at.partition === partition && at.position > after + 1',
    tests: positions,
  },
  { file: commandSource, find: 'if (wanted > high) {', replace: 'if (false) {', tests: log },
  {
    file: commandSource,
    find: 'if (records[0]?.offset !== from) {',
    replace: 'if (false) {',
    tests: log,
    only: 'commands were deleted',
  },
  { file: commandSource, find: 'Math.min(wanted, high)', replace: 'wanted', tests: log, only: 'further than the log' },
  { file: commandLog, find: 'appended.forget(partition, known);', replace: '', tests: log },
  {
    file: 'src/engine/postgres/queue-ends.ts',
    find: 'for (const waiter of waited) if ((ends.get(waiter.partition) ?? 0) < waiter.from) waiter.wake();',
    replace: '',
    tests: log,
  },
  {
    file: 'src/engine/postgres/queue-ends.ts',
    find: 'else if (known[partition] === before) known[partition] = end;',
    replace: '',
    tests: ['src/engine/postgres/queue-ends.unit.test.ts'],
  },
  { file: cache, find: 'Math.max(atLeast, passed.get(partition) ?? 0)', replace: 'atLeast', tests: away },
  {
    file: cache,
    find: 'await withTimeout(FALL_BACK_TIMEOUT_MS, (deadline) => caughtUp({ partition, position: at }, deadline));',
    replace: '',
    tests: away,
  },
  {
    file: cache,
    find: 'if (shown.get(partition) === at) shown.delete(partition);',
    replace: 'shown.delete(partition);',
    tests: guards,
    only: 'remembers what was shown',
  },
  {
    file: cache,
    find: 'answered && isLost(epochs, partition, answered[0], answered[1]) ? null : answered',
    replace: 'answered',
    tests: guards,
    only: 'what the log has lost',
  },
  {
    file: fanOut,
    find: '              onEvents(events);\n              deliver(events);',
    replace: '              deliver(events);\n              onEvents(events);',
    tests: fanOuts,
    equivalent: 'a group executes an event in a later turn',
  },
  {
    file: fanOut,
    find: '[settled, lastPolled] = [lastPolled, readers.map((reader) => reader.position)];',
    replace: '[settled, lastPolled] = [readers.map((reader) => reader.position), []];',
    tests: fanOuts,
    only: 'was pushed a poll ago',
  },
  {
    file: fanOut,
    find: 'groups.size >= groupsPerRoom',
    replace: 'groups.size > groupsPerRoom',
    tests: fanOuts,
    only: 'groups are limited',
  },
  {
    file: fanOut,
    find: 'users.groupsOf(userId) >= groupsPerUser',
    replace: 'users.groupsOf(userId) > groupsPerUser',
    tests: fanOuts,
    only: 'groups are limited',
  },
  {
    file: fanOut,
    find: '    [settled, lastPolled] = [settled.map(upTo), lastPolled.map(upTo)];\n',
    replace: '',
    tests: fanOuts,
    only: 'was pushed a poll ago',
  },
  {
    file: 'src/projections/message/timeline/project.ts',
    find: 'first_position = least(n.first_position, c.first_position)',
    replace: 'first_position = c.first_position',
    tests: models,
  },
  {
    file: 'src/projections/message/timeline/project.ts',
    find: 'AND r.user_id = c."user" AND r.present\n',
    replace: 'AND r.user_id = c."user"\n',
    tests: models,
  },
  {
    file: 'src/projections/membership/members/project.ts',
    find: '\nWHERE m.position < excluded.position`',
    replace: '`',
    tests: models,
    only: 'twice|again|set back',
  },
  {
    file: 'src/projections/membership/members/project.ts',
    find: ' AND members.position < c.position',
    replace: '',
    tests: models,
    only: 'nor does it show',
  },
  {
    file: 'src/projections/membership/read-positions/project.ts',
    find: 'AND present AND read_seq < c.seq',
    replace: 'AND present',
    tests: models,
  },
  {
    file: 'src/projections/membership/members/query.ts',
    find: 'LIMIT ${first + 1}',
    replace: 'LIMIT ${first}',
    tests: models,
  },
  { file: 'src/projections/room/rooms/query.ts', find: 'LIMIT ${first + 1}', replace: 'LIMIT ${first}', tests: models },
  {
    file: monitor,
    find: 'if (decided === null || decided > last + CATCH_UP_SECONDS) return [last];',
    replace: 'if (decided === null) return [last];',
    tests: monitors,
  },
  {
    file: monitor,
    find: 'Math.max(decided + 1, last - CATCH_UP_SECONDS + 1)',
    replace: 'decided + 1',
    tests: monitors,
  },
  {
    file: monitor,
    find: 'if (token === 0 && shared.second >= (memory?.second ?? 0)) memory = shared;',
    replace: '',
    tests: monitors,
  },
  {
    file: monitor,
    find: 'token === 0 && shared.second >= (memory?.second ?? 0)',
    replace: 'token === 0',
    tests: monitors,
  },
  {
    file: monitor,
    find: 'token === 0 && shared.second >= (memory?.second ?? 0)',
    replace: 'token === 0 && shared.second > (memory?.second ?? 0)',
    tests: monitors,
  },
  {
    file: monitor,
    find: 'token === 0 && shared.second >= (memory?.second ?? 0)',
    replace: 'shared.second >= (memory?.second ?? 0)',
    tests: monitors,
  },
  {
    file: monitor,
    find: 'if (performance.now() - heardAt > LEASE_MS) holdLead(0);',
    replace: '',
    tests: heat,
  },
  {
    file: guard,
    find: 'coalesce(h.epoch = need.epoch, false) AND ',
    replace: '',
    tests: held,
  },
  {
    file: guard,
    find: 'coalesce(c.position, 0) >= need.at',
    replace: 'coalesce(c.position, 0) + 1 >= need.at',
    tests: held,
  },
  {
    file: readSource,
    find: 'position: position(Math.max(asked, shown.get(partition) ?? 0)),',
    replace: 'position: asked,',
    tests: readSources,
  },
  {
    file: readSource,
    find: 'for (const { partition } of needs.at) note(partition, head(partition));',
    replace: '',
    tests: readSources,
  },
  {
    file: 'src/projections/membership/members/query.ts',
    find: 'const rows = await prisma.$queryRaw<{ readonly n: number }[]>`',
    replace:
      'const replica = await read({ models: [model], at: [] }, (sql) => Promise.resolve(sql));\n' +
      '      const rows = await replica.$queryRaw<{ readonly n: number }[]>`',
    tests: models,
    only: 'of the primary',
  },
  {
    file: 'src/projections/membership/members/query.ts',
    find: 'return found ?? pageOf(prisma, query);',
    replace: 'return found === undefined ? pageOf(prisma, query) : found;',
    tests: models,
    only: 'of the primary',
  },
  {
    file: 'src/projections/room/rooms/query.ts',
    find: 'const rows = await prisma.$queryRaw<(Row & { readonly isMember: boolean })[]>`',
    replace:
      'const replica = await read({ models: [model], at: [] }, (sql) => Promise.resolve(sql));\n' +
      '      const rows = await replica.$queryRaw<(Row & { readonly isMember: boolean })[]>`',
    tests: models,
    only: 'of the primary',
  },
  {
    file: readSource,
    find: 'position(Math.min(shown.get(partition) ?? 0, after))',
    replace: 'position(shown.get(partition) ?? 0)',
    tests: readSources,
  },
  { file: readSource, find: 'if (answered) note(asked[1], answered.holds);', replace: '', tests: readSources },
  { file: readSource, find: '          replica.failed();\n', replace: '', tests: readSources },
  { file: readSource, find: "if (!replica.isUsable()) return 'unusable';", replace: '', tests: readSources },
  { file: readSource, find: 'if (!hasWaited && !(await', replace: 'if (!(await', tests: readSources },
  { file: guard, find: 'if (!rows[0]?.madang_holds) throw new ReplicaBehindError();', replace: '', tests: held },
  {
    file: guard,
    find: 'CROSS JOIN unnest(${[...models]}::text[])',
    replace: 'CROSS JOIN unnest(${models.slice(0, 1)}::text[])',
    tests: held,
  },
];
