/** Mutations around a decision: its commit, its repetitions, the numbers of requests, its traces, and its versions. */
const commits = ['test/integration/commits.int.test.ts'];
const decider = ['', '-publishing'].map((part) => `test/integration/decider${part}.int.test.ts`);
const versions = ['test/integration/live-processes.int.test.ts'];
const times = ['test/integration/command-time.int.test.ts'];
const numbers = {
  file: 'src/gifticon/request-numbers.ts',
  tests: ['src/gifticon/request-numbers.unit.test.ts'],
};
const traced = { file: 'src/engine/decider/traced.ts', tests: ['src/engine/decider/traced.unit.test.ts'] };
const tracing = { file: 'src/engine/runtime/tracing.ts', tests: ['src/engine/runtime/tracing.unit.test.ts'] };

const commit = { file: 'src/engine/postgres/commit.ts', tests: commits };
const store = 'src/engine/decider/store-records.ts';
const batch = 'src/engine/decider/decide-batch.ts';
const processes = { file: 'src/engine/postgres/live-processes.ts', tests: versions };

export const deciding = [
  // A batch that lost its partition shares its statement with others.
  { ...commit, find: 'JOIN head ON head.partition = s.partition', replace: 'JOIN head ON true' },
  { ...commit, find: 'JOIN head ON head.partition = d.partition', replace: 'JOIN head ON true' },
  { ...commit, find: 'JOIN head ON head.partition = c.partition', replace: 'JOIN head ON true' },
  { ...commit, find: '  ORDER BY h.partition FOR UPDATE OF h\n', replace: '  FOR UPDATE OF h\n' },
  { ...commit, find: 'command_counts.decided + excluded.decided', replace: 'excluded.decided' },
  { ...commit, find: "', counted.decided - r.later'", replace: "', counted.decided'" },
  { ...commit, find: 'counts[key]! - later', replace: 'counts[key]!' },
  { ...commit, find: 'offsets[next]! <= outcome.offset', replace: 'offsets[next]! < outcome.offset' },
  {
    ...commit,
    find: 'span === undefined ? recorded : { ...recorded, span }',
    replace: 'recorded',
  },
  {
    file: 'src/engine/postgres/event-store.ts',
    find: ' AND r.command_offset < again.before\n',
    replace: '\n',
    tests: commits,
  },
  {
    file: 'src/engine/postgres/event-store.ts',
    find: "\n  AND r.rejection_code = '${NOT_YET}'",
    replace: '',
    tests: commits,
  },
  { file: batch, find: '      repeated.push(earlier);\n      continue;', replace: '      continue;', tests: decider },
  {
    file: batch,
    find: "? 'held' : rejected(record, engineRejection(NOT_YET))",
    replace: "? 'held' : 'held'",
    tests: versions,
  },
  { file: store, find: 'if (again.length > 0) await store.withdraw(queue, again);', replace: '', tests: versions },
  { file: store, find: 'for (const { commandId } of again) known.delete(commandId);', replace: '', tests: versions },
  {
    file: store,
    find: 'isProvisional(receipt) && receipt.fingerprint === record.fingerprint',
    replace: 'isProvisional(receipt)',
    tests: versions,
  },
  { file: store, find: 'wanted[records.length]?.offset ?? end', replace: 'end', tests: versions },
  { file: store, find: '          own.lastAt = lastAt;\n', replace: '', tests: times },
  {
    file: store,
    find: 'deadLetters: decided.deadLetters,\n        counted: own.uncounted.filter(({ offset }) => offset < to),',
    replace: 'deadLetters: decided.deadLetters,\n        counted: own.uncounted,',
    tests: ['test/integration/gifticon-numbers.int.test.ts'],
  },
  {
    file: store,
    find: 'own.uncounted = own.uncounted.filter(({ offset }) => offset >= to);',
    replace: '',
    tests: ['test/integration/gifticon-numbers.int.test.ts'],
  },
  {
    file: store,
    find: 'else if (!(error instanceof FencedError)) own.states.clear();',
    replace: '',
    tests: decider,
  },
  {
    file: store,
    find: '!(alone && error instanceof UnreadableEventError)',
    replace: 'true',
    tests: decider,
    only: 'a newer program wrote',
  },
  {
    file: store,
    find: '!(error instanceof FencedError || isTransient(error))',
    replace: '!isTransient(error)',
    tests: decider,
  },
  { ...numbers, find: 'if (added[0]!.offset < list.tailed) begin(', replace: 'if (false) begin(' },
  { ...numbers, find: 'list.from = offset(Math.max(list.from, list.next));', replace: '' },
  {
    ...numbers,
    find: 'if (campaign.passed < campaign.total || campaign.reading) continue;',
    replace: 'if (campaign.reading) continue;',
  },
  {
    ...numbers,
    find: 'if (campaign.passed < campaign.total || campaign.reading) continue;',
    replace: 'if (campaign.passed < campaign.total) continue;',
  },
  { ...numbers, find: 'list.offsets[list.head]! < list.next;', replace: 'list.offsets[list.head]! <= list.next;' },
  { ...numbers, find: 'for (let n = 0; n < list.head; n++) list.campaigns[n]!.cut++;', replace: '' },
  { ...numbers, find: 'list.from = offset(Math.max(list.from, list.offsets[list.head - 1]! + 1));', replace: '' },
  { ...numbers, find: 'next >= records[partition]!.from && next', replace: 'next' },
  { ...numbers, find: ' && next <= tailed(partition)', replace: '' },
  { ...numbers, find: 'of === campaign && list.offsets[n]! < next', replace: 'of === campaign' },
  { ...numbers, find: 'of === campaign && list.offsets[n]! < next', replace: 'list.offsets[n]! < next' },
  { ...numbers, find: 'if (next <= list.next) return;', replace: '' },
  {
    ...numbers,
    find: 'campaigns.get(campaign.id) === campaign && !stopping',
    replace: '!stopping',
    equivalent: 'the read of a campaign that was dropped ends with the next answer that fits, and changes nothing else',
  },
  { ...numbers, find: 'if (campaign.partition === partition) campaigns', replace: 'if (campaign === null) campaigns' },
  { ...numbers, find: 'before === null || ordinal === 0', replace: 'before === null' },
  {
    ...traced,
    find: 'command: { ...command, span: span.place.span }',
    replace: 'command',
  },
  { ...traced, find: '            open.delete(span.place.span);\n', replace: '' },
  { ...traced, find: 'for (const span of spans) span.failed(codeOf(error));', replace: '' },
  {
    ...traced,
    find: "if (result.status !== 'committed') return result;\n      span",
    replace: "if (result.status === 'conflict') return result;\n      span",
  },
  { ...traced, find: '        decided.link(span.place);\n', replace: '' },
  {
    ...traced,
    find: "!('unreadable' in record) && record.command.span !== undefined",
    replace: "!('unreadable' in record)",
  },
  { ...tracing, find: 'item.span !== first.span && ', replace: '' },
  { ...tracing, find: ' && others.size < MAX_LINKS', replace: '' },
  { ...tracing, find: '    span.failed(codeOf(error));\n', replace: '' },
  { ...tracing, find: '&& /^\\w{1,64}$/.test(code)', replace: '' },
  {
    ...processes,
    find: "await client.query('SELECT pg_advisory_xact_lock($1)', [ANNOUNCE_LOCK]);",
    replace: '',
    only: 'that start together',
  },
  {
    ...processes,
    find: 'seen_at < now() - $1 *',
    replace: 'seen_at < now() - 1000 * $1 *',
    only: 'counts for half a minute',
  },
  { ...processes, find: 'if (performance.now() >= judgesFrom)', replace: 'if (true)' },
  { ...processes, find: 'row.version > versionIn(reads, row)', replace: 'row.version > versionIn(reads, row) + 1' },
  { ...processes, find: 'row.version >= versionIn(reads, row)', replace: 'row.version > 0' },
  { ...processes, find: ' || !Object.hasOwn(reads[kind], type)', replace: '' },
  {
    ...processes,
    find: 'if (before.length > 0 || !(await heartbeat())) await announce();',
    replace: 'if (before.length > 0) await announce();',
  },
  { ...processes, find: 'return rowCount === 1;', replace: 'return rowCount !== null;' },
  { ...processes, find: 'set(closed().length);\n      lastSeen', replace: 'set(before.length);\n      lastSeen' },
];
