/**
 * Statements without a condition, an order, a lock or a bound. Each has a file, the text that it contains once, the
 * replacement, and the tests that should fail.
 */
const eventStore = ['test/integration/event-store.int.test.ts'];
const erasure = ['', '-sweeps'].map((part) => `test/integration/erasure${part}.int.test.ts`);
const epochs = ['test/integration/epochs.int.test.ts'];
const models = ['', '-queries'].map((part) => `test/integration/projections/postgres${part}.int.test.ts`);
const parked = ['test/integration/parked-keys.int.test.ts'];
const rebuild = ['test/integration/rebuild.int.test.ts'];
const codes = ['test/integration/gifticon-codes.int.test.ts'];
const log = ['test/contracts/postgres.int.test.ts'];

const commit = 'src/engine/postgres/commit.ts';
const store = 'src/engine/postgres/event-store.ts';
const commandLog = 'src/engine/postgres/command-log.ts';
const group = 'src/engine/postgres/group.ts';
const erase = 'src/erasure/postgres-erasure.ts';
const sweep = 'src/erasure/postgres-erasure-sweep.ts';
const timeline = 'src/projections/message/timeline/project.ts';
const pages = 'src/projections/message/timeline/query.ts';

export const sql = [
  {
    file: commit,
    find: ' AND c.next_offset = b."from"\n',
    replace: '\n',
    tests: eventStore,
    only: 'lost its partition|at once, one wins',
  },
  {
    file: commit,
    find: 'h.epoch = b.epoch AND ${SAME_RUN}',
    replace: '${SAME_RUN}',
    tests: epochs,
    only: 'of an older epoch',
  },
  {
    file: commit,
    find: 'h.epoch = b.epoch AND ${SAME_RUN}',
    replace: 'h.epoch = b.epoch',
    tests: epochs,
    only: 'before an epoch has begun',
  },
  {
    file: commit,
    find: 'FROM event_heads h JOIN checkpoint k ON',
    replace: 'FROM event_heads h JOIN batch k ON',
    tests: eventStore,
    only: 'lost its partition',
  },
  {
    file: commit,
    find: '  ORDER BY r.command_id\n',
    replace: '',
    tests: eventStore,
    only: 'meet commands in another order',
  },
  {
    file: commit,
    find: ' WHERE snapshots.version < excluded.version',
    replace: '',
    tests: eventStore,
    only: 'older snapshot',
  },
  { file: commit, find: '  ON CONFLICT DO NOTHING\n)', replace: ')', tests: eventStore, only: 'kept once' },
  {
    file: commit,
    find: 'head.base + r.upto',
    replace: 'head.base + r.events',
    tests: eventStore,
    only: 'without gaps',
  },
  {
    file: store,
    find: 'e.version > coalesce(s.version, 0)',
    replace: 'e.version >= coalesce(s.version, 0)',
    tests: eventStore,
    only: 'from its snapshot on',
  },
  {
    file: store,
    find: 'e.position > r.position - r.events AND',
    replace: 'e.position >= r.position - r.events AND',
    tests: eventStore,
    only: 'comes back as it was',
  },
  {
    file: store,
    find: 'r.command_offset >= $3 ORDER BY',
    replace: 'r.command_offset > $3 ORDER BY',
    tests: eventStore,
    only: 'left unpublished',
  },
  {
    file: store,
    find: 'ORDER BY r.command_offset LIMIT $4',
    replace: 'ORDER BY r.command_offset DESC LIMIT $4',
    tests: eventStore,
    only: 'left unpublished',
  },
  {
    file: store,
    find: "'e.partition = $2 AND e.position > $3', 'e.position'",
    replace: "'e.partition = $2 AND e.position >= $3', 'e.position'",
    tests: eventStore,
    only: 'pages go both ways',
  },
  {
    file: store,
    find: "e.position < $3', 'e.position DESC'",
    replace: "e.position < $3', 'e.position'",
    tests: eventStore,
    only: 'pages go both ways',
  },
  {
    file: store,
    find: "e.partition = $4', 'e.position DESC'",
    replace: "e.partition = $4', 'e.position'",
    tests: eventStore,
    only: 'pages go both ways',
  },
  {
    file: store,
    find: 'greatest(published_offset, least($3, next_offset))',
    replace: 'least($3, next_offset)',
    tests: eventStore,
    only: 'marked as published',
  },
  {
    file: store,
    find: 'greatest(published_offset, least($3, next_offset))',
    replace: 'greatest(published_offset, $3)',
    tests: eventStore,
    only: 'marked as published',
  },
  {
    file: 'src/engine/postgres/epochs.ts',
    find: 'ORDER BY h.partition FOR UPDATE OF h',
    replace: 'ORDER BY h.partition',
    tests: epochs,
    only: 'the second goes on',
  },
  {
    file: 'src/engine/postgres/epochs.ts',
    find: ' OR (h.partition = $1 AND h.epoch = $2 AND h.head < $3)',
    replace: '',
    tests: epochs,
    only: 'below one that was seen',
  },
  {
    file: 'src/engine/postgres/checkpoints.ts',
    find: ' AND c.position = $4::bigint',
    replace: '',
    tests: models,
    only: 'superseded|twice|elsewhere|checkpoint',
  },
  { file: timeline, find: 'WHERE p.seq > k.last', replace: 'WHERE true', tests: models, only: 'twice|again' },
  {
    file: timeline,
    find: 'WHERE r.position IS NULL OR r.position < c.position',
    replace: 'WHERE true',
    tests: models,
    only: 'twice|again',
  },
  {
    file: timeline,
    find: 'AND r.user_id = c."user" AND r.present',
    replace: 'AND r.user_id = c."user"',
    tests: models,
    only: 'twice|again|delet|eras',
  },
  {
    file: timeline,
    find: 'm.room_id = c.room AND m.author_id = c."user"',
    replace: 'm.author_id = c."user"',
    tests: models,
    only: 'in one room alone',
  },
  {
    file: pages,
    find: 'Prisma.sql`AND m.seq < ${from}`',
    replace: 'Prisma.sql`AND m.seq <= ${from}`',
    tests: models,
    only: 'the page',
  },
  {
    file: 'src/projections/membership/members/query.ts',
    find: 'AND viewer.user_id = ${viewer} AND viewer.present',
    replace: 'AND viewer.user_id = ${viewer}',
    tests: models,
    only: 'who is a member',
  },
  {
    file: 'src/projections/membership/members/query.ts',
    find: '(joined_at, user_id) > (',
    replace: '(joined_at, user_id) >= (',
    tests: models,
    only: 'who is a member',
  },
  {
    file: 'src/engine/postgres/parked-keys.ts',
    find: 'if (rows[0]?.held !== held.length) return false;',
    replace: '',
    tests: parked,
    only: 'lost its partition',
  },
  {
    file: 'src/engine/postgres/parked-keys.ts',
    find: "AND key = $4 AND position = $5';\n\ntype",
    replace: "AND key = $4 AND $5::bigint > 0';\n\ntype",
    tests: models,
    only: 'released only from its own position',
  },
  {
    file: 'src/engine/postgres/parked-keys.ts',
    find: 'AND key = $4 AND position = $5`;',
    replace: 'AND key = $4 AND $5::bigint > 0`;',
    tests: models,
    only: 'released only from its own position',
  },
  {
    file: 'src/engine/postgres/dead-letters.ts',
    find: "CASE state WHEN 'dropped' THEN state ELSE 'applied' END",
    replace: "'applied'",
    tests: parked,
    only: 'a dropped event is passed',
  },
  {
    file: 'src/engine/postgres/swap-tables.ts',
    find: "await checkpoints(LIVE, 'FOR UPDATE')",
    replace: "await checkpoints(LIVE, '')",
    tests: rebuild,
    only: 'waits, and goes on',
  },
  {
    file: 'src/engine/postgres/swap-tables.ts',
    find: 'for (const span of missing.filter(({ from, to }) => from < to)) {',
    replace: 'for (const span of missing.filter(() => false)) {',
    tests: rebuild,
    only: 'while events come|can be rolled back to',
  },
  {
    file: 'src/gifticon/codes/postgres-gifticon-codes.ts',
    find: 'SELECT pg_advisory_xact_lock(${LOCK_KEY})',
    replace: 'SELECT ${LOCK_KEY}',
    tests: codes,
    only: 'wait for one another',
  },
  {
    file: 'src/gifticon/codes/postgres-gifticon-codes.ts',
    find: 'if (stock !== stockNow) throw',
    replace: 'if (false) throw',
    tests: codes,
    only: 'read too early',
  },
  {
    file: 'src/gifticon/codes/postgres-gifticon-codes.ts',
    find: 'const from = Math.max(first, stock + 1);',
    replace: 'const from = first;',
    tests: codes,
    only: 'takes nothing of the stock',
  },
  {
    file: 'src/gifticon/codes/postgres-gifticon-codes.ts',
    find: 'campaign_id = $1 AND nth > $2',
    replace: 'campaign_id = $1 AND nth >= $2',
    tests: codes,
    only: 'what is in the stock stays',
  },
  {
    file: erase,
    find: 'AND version <= $2 AND key',
    replace: 'AND $2::integer > 0 AND key',
    tests: erasure,
    only: 'next owner',
  },
  {
    file: erase,
    find: "page.type = 'MessagePosted' AND page.author = $5",
    replace: "page.type = 'MessagePosted'",
    tests: erasure,
    only: 'in every room',
  },
  {
    file: erase,
    find: 'AND position > $3 AND position <= $4',
    replace: 'AND position > $3 + 1 AND position <= $4',
    tests: erasure,
    only: 'in steps',
  },
  {
    file: erase,
    find: 'DO UPDATE SET user_id = e.user_id\n',
    replace: 'DO UPDATE SET salt = gen_random_uuid()\n',
    tests: erasure,
    only: 'keeps its salt',
  },
  {
    file: sweep,
    find: 'before > each.decided || (last && !(WHOLE in swept))',
    replace: 'last && !(WHOLE in swept)',
    tests: erasure,
    only: 'made anew',
  },
  {
    file: sweep,
    find: '(last && !(WHOLE in swept)) ? 0 : before',
    replace: '(last && WHOLE in swept) ? 0 : before',
    tests: erasure,
    only: 'made anew',
  },
  {
    file: sweep,
    find: '(last && !(WHOLE in swept)) ? 0 : before',
    replace: 'last ? 0 : before',
    tests: erasure,
    only: 'another store is away',
  },
  { file: sweep, find: 'await lateLetters.makeDue();', replace: '', tests: erasure, only: 'that comes back' },
  { file: sweep, find: 'Math.min(high, decided)', replace: 'high', tests: erasure, only: 'an undecided command' },
  { file: sweep, find: 'FOR UPDATE SKIP LOCKED', replace: '', tests: erasure, only: 'two sweeps at once' },
  { file: sweep, find: 'FOR UPDATE SKIP LOCKED', replace: 'FOR UPDATE', tests: erasure, only: 'two sweeps at once' },
  {
    file: sweep,
    find: 'queue = $5 AND partition = $1 AND command_offset >= $2',
    replace: 'queue = $5 AND partition = $1 AND command_offset > $2',
    tests: erasure,
    only: 'made anew',
  },
  {
    file: 'src/engine/postgres/append-commands.ts',
    find: "last_at = greatest(h.last_at, date_trunc('milliseconds', clock_timestamp()))",
    replace: "last_at = date_trunc('milliseconds', clock_timestamp())",
    tests: ['test/integration/command-time.int.test.ts'],
  },
  {
    file: 'src/engine/postgres/trim-commands.ts',
    find: 'SELECT least($4, min(done)) AS done',
    replace: 'SELECT $4 AS done',
    tests: log,
    only: 'trim|delet|kept',
  },
  {
    file: commandLog,
    find: 'AND "offset" >= $3\n    ORDER BY "offset" LIMIT $4',
    replace: 'AND "offset" > $3\n    ORDER BY "offset" LIMIT $4',
    tests: log,
    only: 'take over|from the checkpoint|begin|order',
  },
  {
    file: group,
    find: '    WHERE l.member_id = $2\n       OR NOT EXISTS',
    replace: '    WHERE true OR l.member_id = $2\n       OR NOT EXISTS',
    tests: ['test/integration/leases.int.test.ts'],
  },
];
