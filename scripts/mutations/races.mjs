/**
 * Steps in another order, a missing check or `await`, a comparison that is off by one, a clock or a generation that is
 * not compared.
 */
const versions = ['test/integration/live-processes.int.test.ts'];
const groups = ['test/integration/group.int.test.ts'];
const left = ['test/integration/left-room.int.test.ts'];
const memberships = ['src/schema/membership/memberships.unit.test.ts'];
const decider = ['', '-publishing'].map((part) => `test/integration/decider${part}.int.test.ts`);
const reader = ['src/engine/log/partition-reader.unit.test.ts'];
const epochs = ['src/engine/log/known-epochs.unit.test.ts'];
const shared = ['src/hot-rooms/shared-reads.unit.test.ts'];
const users = ['src/projections/user/remembered-users.unit.test.ts'];
const buckets = ['test/integration/rate-limits.int.test.ts'];
const registry = ['src/commands/registry.unit.test.ts'];

const group = 'src/engine/fan-out/group.ts';
const history = 'src/engine/fan-out/history.ts';
const catchUp = 'src/engine/fan-out/catch-up.ts';
const liveMembers = 'src/engine/fan-out/live-members.ts';
const liveMembersUnit = ['src/engine/fan-out/live-members.unit.test.ts'];
const members = 'src/schema/membership/memberships.ts';
const publisher = 'src/engine/decider/publisher.ts';
const partition = 'src/engine/log/partition-reader.ts';
const logEpochs = 'src/engine/log/known-epochs.ts';

const READ_PAGE = 'const events = await store.readKey(partition, key, after, PAGE_EVENTS);';

export const races = [
  {
    file: 'src/gifticon/decisions.ts',
    find: 'for (const request of unresolved.keys()) doubted.add(request);',
    replace: '',
    tests: ['test/integration/gifticon-requests-outages.int.test.ts'],
    only: 'looked up anew',
  },
  {
    file: 'src/gifticon/create-gifticon-requests.ts',
    find: 'if (found) return await waiting(found);',
    replace: 'if (found) return Promise.resolve(found).then(waiting);',
    tests: ['test/integration/gifticon-requests.int.test.ts'],
    only: 'while a watcher begins',
  },
  {
    file: history,
    find: `const before = delivered(partition);\n        ${READ_PAGE}`,
    replace: `${READ_PAGE}\n        const before = delivered(partition);`,
    tests: groups,
    only: 'while the history is read',
  },
  {
    file: history,
    find: 'const isLast = events.length < PAGE_EVENTS;',
    replace: 'const isLast = events.length <= PAGE_EVENTS;',
    tests: groups,
    only: 'a history of 201',
  },
  {
    file: history,
    find: 'if (!now.forked && ',
    replace: 'if (',
    tests: groups,
    only: 'page that is read while the log goes back',
  },
  {
    file: history,
    find: ' && !now.erased.some((user) => page.isAbout(user))',
    replace: '',
    tests: groups,
    only: 'page that is read during an erasure',
  },
  {
    file: history,
    find: 'first - after < PAGE_EVENTS',
    replace: 'first - after < 0',
    tests: groups,
    only: 'one read, and one execution',
  },
  {
    file: catchUp,
    find: '    if (!isKept(member)) return;\n',
    replace: '',
    tests: groups,
    only: 'just when results',
  },
  {
    file: catchUp,
    find: 'if (each.position <= from) continue;',
    replace: 'if (each.position < from) continue;',
    tests: groups,
    only: 'joins gets each event once',
  },
  {
    file: group,
    find: 'if (executing && isInRun) executing.outdated = true;',
    replace: '',
    tests: groups,
    only: 'executed during the deletion',
  },
  { file: group, find: '        forget(erased);\n', replace: '', tests: groups, only: 'resume after an erasure' },
  {
    file: group,
    find: '    await live.flush();\n    live.left(',
    replace: '    live.left(',
    tests: groups,
    only: 'gets all up to the leaving',
  },
  {
    file: liveMembers,
    find: 'update.position > position),',
    replace: 'update.position >= position),',
    tests: liveMembersUnit,
    only: 'amid a write',
  },
  {
    file: liveMembers,
    find: 'if (member.position < first &&',
    replace: 'if (member.position <= last &&',
    tests: liveMembersUnit,
    only: 'amid a write',
  },
  {
    file: catchUp,
    find: 'at >= kept.after && !kept.lacks(subscriber.userId, at)',
    replace: 'at >= kept.after',
    tests: groups,
    only: 'comes once the user resumes',
  },
  {
    file: 'src/engine/fan-out/runs.ts',
    find: 'cuts.some((at) => at >= update.position && at < next.position)',
    replace: 'false',
    tests: ['src/engine/fan-out/runs.unit.test.ts'],
  },
  {
    file: catchUp,
    find: 'if (!behind.has(member) || page.isOutdated) return;',
    replace: 'if (!behind.has(member)) return;',
    tests: groups,
    only: 'before the log went back',
  },
  {
    file: catchUp,
    find: ' && page.number > since && member.outside',
    replace: ' && member.outside',
    tests: groups,
    only: 'an older page shows',
  },
  {
    file: group,
    find: 'offered > after || member.position > after',
    replace: 'offered > after',
    tests: groups,
    only: 'left of the log is ended',
  },
  {
    file: 'src/schema/hot-room/shared-fetches.ts',
    find: 'if (!memberships.isKnown(roomId, userId, value.holds)) return null;',
    replace: '',
    tests: left,
  },
  {
    file: 'src/schema/hot-room/shared-fetches.ts',
    find: 'memberships.isKnown(roomId, userId, value.holds)',
    replace: 'memberships.isKnown(roomId, userId)',
    tests: left,
  },
  {
    file: 'src/schema/hot-room/throttled.ts',
    find: 'if (!(await loaders.isStillMember(roomId, holds))) throw membersOnly();',
    replace: '',
    tests: left,
  },
  {
    file: 'src/schema/room/room-fields.resolver.ts',
    find: 'if (!(await context.loaders.isStillMember(id, holds))) throw membersOnly();',
    replace: '',
    tests: left,
  },
  {
    file: 'src/schema/room/room-fields.resolver.ts',
    find: 'return (await context.loaders.isStillMember(id, holds)) ? message : null;',
    replace: 'return message;',
    tests: left,
  },
  {
    file: members,
    find: 'fanOut.position(partitionOf(roomId, partitions)) >= at',
    replace: 'true',
    tests: memberships,
  },
  {
    file: members,
    find: 'if (!holds || branch !== of) return null;',
    replace: 'if (branch !== of) return null;',
    tests: memberships,
  },
  {
    file: members,
    find: 'if (!holds || branch !== of) return null;',
    replace: 'if (!holds) return null;',
    tests: memberships,
  },
  {
    file: members,
    find: 'if (!isMember || (left && left.position > from)) return false;',
    replace: 'if (!isMember) return false;',
    tests: memberships,
  },
  {
    file: members,
    find: 'if (caughtUp && known.has(key)) return true;',
    replace: 'if (known.has(key)) return true;',
    tests: memberships,
  },
  {
    file: members,
    find: 'if (seen.isMember && seen.holds && !gone.has(key) && branch === of) known.set(key, true);',
    replace: 'if (seen.isMember && seen.holds && branch === of) known.set(key, true);',
    tests: memberships,
  },
  {
    file: publisher,
    find: '      next = offset(batch.receipts.at(-1)!.offset + 1);',
    replace: '      next = to;',
    tests: decider,
    only: 'never published',
  },
  {
    file: publisher,
    find: 'offset(batch.receipts.at(-1)!.offset + 1)',
    replace: 'offset(batch.receipts.at(-1)!.offset)',
    tests: decider,
    only: 'never published',
  },
  {
    file: publisher,
    find: 'last = last.then(work).finally(',
    replace: 'last = work().finally(',
    tests: decider,
    only: 'stored while the feed',
  },
  {
    file: 'src/engine/decider/decider.ts',
    find: 'publisher.catchUp(published, next);',
    replace: '',
    tests: decider,
    only: 'never published',
  },
  {
    file: 'src/engine/decider/decider.ts',
    find: 'if (first && first.offset < own.next) {',
    replace: 'if (false) {',
    tests: decider,
    only: 'of a log made anew',
  },
  {
    file: 'src/engine/decider/store-records.ts',
    find: '          else own.states.clear();\n',
    replace: '',
    tests: decider,
    only: 'is read anew',
  },
  {
    file: 'src/engine/decider/decider.ts',
    find: 'inOrderOfTime(records, own.lastAt)',
    replace: 'records',
    tests: ['test/integration/command-time.int.test.ts'],
  },
  {
    file: 'src/engine/decider/read-batch.ts',
    find: 'if (at >= last) {',
    replace: 'if (at < Infinity) {',
    tests: ['src/engine/decider/read-batch.unit.test.ts'],
  },
  {
    file: 'src/engine/decider/read-batch.ts',
    find: 'return !seen.has(commandId) && seen.add(commandId);',
    replace: 'return true;',
    tests: ['src/engine/decider/read-batch.unit.test.ts'],
  },
  {
    file: 'src/engine/decider/read-batch.ts',
    find: 'if (definition.key(data) !== command.key) return null;',
    replace: '',
    tests: decider,
    only: 'an undecidable command',
  },
  {
    file: 'src/engine/decider/stream-states.ts',
    find: 'stream.foreign ? undefined : committed.get(stream.id)',
    replace: 'committed.get(stream.id)',
    tests: ['src/engine/decider/stream-states.unit.test.ts'],
  },
  {
    file: 'src/engine/decider/stream-states.ts',
    find: 'if (events.length < 1_000) return',
    replace: 'if (events.length <= 1_000) return',
    tests: ['src/engine/decider/stream-states.unit.test.ts'],
  },
  {
    file: 'src/engine/decider/stream-states.ts',
    find: 'if (!foreign) committed.set(id, state);',
    replace: 'committed.set(id, state);',
    tests: ['src/engine/decider/stream-states.unit.test.ts'],
  },
  {
    file: 'src/commands/gifticon/load-codes.ts',
    find: 'foreign(issuanceStream(campaignId))',
    replace: 'issuanceStream(campaignId)',
    tests: registry,
  },
  {
    file: 'src/commands/gifticon/request-gifticon.ts',
    find: 'foreign(campaignStream(',
    replace: '((x: ReturnType<typeof campaignStream>) => x)(campaignStream(',
    tests: registry,
  },
  {
    file: 'src/engine/projector/take-over.ts',
    find: 'position(parked.position - 1)',
    replace: 'parked.position',
    tests: ['test/integration/parked-keys.int.test.ts'],
    only: 'holds back its own key',
  },
  {
    file: 'src/engine/projector/take-over.ts',
    find: 'entry.position <= upTo && events',
    replace: 'events',
    tests: ['src/engine/projector/take-over.unit.test.ts'],
  },
  {
    file: 'src/engine/projector/projection-runner.ts',
    find: 'stored < position ||',
    replace: '',
    tests: ['test/integration/projector.int.test.ts'],
    only: 'emptied|crash has taken',
  },
  {
    file: partition,
    find: 'const fits = last === undefined ? event.position > at : event.position === last + 1;',
    replace: 'const fits = last === undefined || event.position > last;',
    tests: reader,
  },
  {
    file: partition,
    find: 'while (pending[0] && pending[0].position <= at) pending.shift();',
    replace: '',
    tests: reader,
  },
  {
    file: partition,
    find: 'Math.min(maxBatch, first - at - 1)',
    replace: 'maxBatch',
    tests: reader,
    equivalent: 'what it reads beyond the gap it lets go of again',
  },
  { file: partition, find: 'if (started) at = last.position;', replace: 'at = last.position;', tests: reader },
  {
    file: partition,
    find: '        if (!started || stopping.signal.aborted) continue;\n        const last',
    replace: '        const last',
    tests: reader,
  },
  { file: partition, find: 'head = position(Math.min(head, after));\n', replace: '', tests: reader },
  {
    file: logEpochs,
    find: 'findLast(({ fork }) => fork < at)',
    replace: 'findLast(({ fork }) => fork <= at)',
    tests: epochs,
  },
  {
    file: logEpochs,
    find: 'Math.min(a?.fork ?? Infinity, b?.fork ?? Infinity)',
    replace: 'a?.fork ?? b?.fork ?? Infinity',
    tests: epochs,
  },
  {
    file: logEpochs,
    find: 'if (head > last(partition)) ends.set(partition, head);',
    replace: 'ends.set(partition, head);',
    tests: epochs,
  },
  {
    file: 'src/hot-rooms/shared-reads.ts',
    find: 'if (keep(value) && cleared === before) {',
    replace: 'if (keep(value)) {',
    tests: shared,
  },
  {
    file: 'src/hot-rooms/shared-reads.ts',
    find: 'ageOf(begun) <= maxAgeMs && running.holds >= needed',
    replace: 'ageOf(begun) <= maxAgeMs',
    tests: shared,
  },
  {
    file: 'src/hot-rooms/shared-reads.ts',
    find: 'if (needed > slot.next.holds) Object.assign',
    replace: 'if (false) Object.assign',
    tests: shared,
  },
  {
    file: 'src/projections/user/remembered-users.ts',
    find: 'if (remembers && branch === of) known.set(user.id, now);',
    replace: 'if (remembers) known.set(user.id, now);',
    tests: users,
  },
  {
    file: 'src/projections/user/remembered-users.ts',
    find: 'const now = deleted.get(user.id) ?? user;',
    replace: 'const now = user;',
    tests: users,
  },
  {
    file: 'src/server/rate-limits/token-bucket.ts',
    find: 'Math.max(0, now - bucket.at)',
    replace: '(now - bucket.at)',
    tests: buckets,
  },
  {
    file: 'src/server/rate-limits/token-bucket.ts',
    find: 'if (bucket.tokens < wanted)',
    replace: 'if (bucket.tokens <= wanted)',
    tests: buckets,
  },
  {
    file: 'src/engine/runtime/batching.ts',
    find: 'count === options.maxItems || bytes + size > options.maxBytes',
    replace: 'count > options.maxItems || bytes + size > options.maxBytes',
    tests: ['src/engine/runtime/batching.unit.test.ts'],
  },
  {
    file: 'src/schema/user/registration.ts',
    find: "if (rejection?.code === 'HANDLE_TAKEN') return 'taken';",
    replace: '',
    tests: ['src/schema/user/registration.unit.test.ts'],
  },
  {
    file: 'src/schema/user/registration.ts',
    find: "if (outcome === 'taken')\n",
    replace: "if (outcome === 'registered')\n",
    tests: ['src/schema/user/registration.unit.test.ts'],
  },
  {
    file: 'src/schema/user/registration.ts',
    find: '    if (!settled) throw late();\n',
    replace: '',
    tests: ['src/schema/user/registration.unit.test.ts'],
  },
  {
    file: 'src/schema/user/registration.ts',
    find: "if (claimed.status === 'ACCEPTED') throw late();",
    replace: "if (claimed.status === 'ACCEPTED') return 'registered';",
    tests: ['src/schema/user/registration.unit.test.ts'],
  },
  {
    file: 'src/engine/decider/decide-batch.ts',
    find: "if (!decision.events.every(({ event }) => isWritable('event', event.type)))",
    replace: 'if (decision.events.length < 0)',
    tests: versions,
  },
  {
    file: 'src/engine/log/gated-log.ts',
    find: "isWritable('command', command.type) ?",
    replace: 'command.type ?',
    tests: versions,
  },
  {
    file: 'src/engine/postgres/live-processes.ts',
    find: '        await refuseOlder(client);\n',
    replace: '',
    tests: versions,
  },
];
