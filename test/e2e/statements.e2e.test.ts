import { MADANG_EVENTS } from '../../src/events/definitions.js';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type pg from 'pg';
import { commandId, offset, position, userId } from '../../src/engine/domain/ids.js';
import { roomId } from '../../src/events/ids.js';
import { postgresEventStore } from '../../src/engine/postgres/event-store.js';
import type { DeadLetterRecord } from '../../src/engine/store/dead-letter-admin.js';
import { deadLetterAdmin } from '../../src/engine/postgres/dead-letter-admin.js';
import { openPool } from '../../src/engine/postgres/pool.js';
import { openPrisma } from '../../src/projections/prisma-client.js';
import { noCache } from '../../src/engine/projector/read-cache.js';
import { timelineQueries } from '../../src/projections/message/timeline/query.js';
import type { Deployment } from '../support/deployment.js';
import { openDeployment } from '../support/deployment.js';
import { asAdmin } from '../support/gifticons.js';
import type { MadangProcess } from '../support/madang.js';
import { startMadang } from '../support/madang.js';
import { liveThrough } from '../support/whole-life.js';
import type { WireUser } from '../support/wire.js';
import { signInOnWire } from '../support/wire.js';

// Checks rules for all statements that a process and the command-line tool send to PostgreSQL during all of their work.

/** Tables that grow for as long as a deployment lives. */
const LARGE = ['events', 'receipts', 'messages', 'reactions'] as const;
const ROWS = 100_000;

/** `projections verify` reads everything on purpose, in a snapshot, and nothing waits for it. */
const READS_ALL = /hashtextextended|^SELECT count\(\*\)::integer AS rows FROM public\./;

interface Statement {
  readonly name: string;
  readonly text: string;
}

let deployment: Deployment;
let madang: MadangProcess;
let pool: pg.Pool;
let admin: WireUser;
let dir: string;
let cliEnv: Readonly<Record<string, string>>;
let statements: readonly Statement[];

// Redis is away, so that every read comes from PostgreSQL.
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'madang-statements-'));
  deployment = await openDeployment('embedded');
  const recorded = join(dir, 'statements.jsonl');
  const env = {
    ...deployment.env,
    REDIS_URL: 'redis://127.0.0.1:1/0',
    NODE_OPTIONS: `--import ${resolve('test/support/record-statements.js')}`,
    RECORD_STATEMENTS: recorded,
    // Few, so that a statement comes back to the connection that has prepared it.
    MADANG_DATABASE_CONNECTIONS: '8',
  };
  cliEnv = env;
  madang = await startMadang({ env, startMs: 180_000 });
  pool = openPool({ url: deployment.env.DATABASE_URL!, max: 2, name: 'statements-test' });
  admin = await asAdmin(deployment, await signInOnWire(madang.url, 'admin'));
  await liveThrough({ url: madang.url, env, pool, admin, run: '1' });
  await askTheRest(recorded);
  const lines = (await readFile(recorded, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Statement);
  const texts = new Map(
    lines.map((statement) => [statement.text.replaceAll(/"?madang_\w+"?\./g, 'public.'), statement]),
  );
  statements = [...texts]
    .map(([text, { name }]) => ({ name, text }))
    .filter(({ text }) => /^\s*(WITH|SELECT|INSERT|UPDATE|DELETE)\b/i.test(text));
}, 400_000);
afterAll(async () => {
  await pool?.end();
  await madang?.stop();
  await deployment?.[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

/** A page of each large table, with the rows of a small deployment after some weeks. */
const FILL = `
INSERT INTO events (partition, position, key, stream, version, type, schema, data, command_id, trace_id, at)
SELECT n % 12, 1000000 + n, 'room-' || n % 500, 'room-' || n % 500, 1000 + n, CASE n % 50
  WHEN 0 THEN 'MemberJoined' ELSE 'MessagePosted' END, 1,
  jsonb_build_object('roomId', 'room-' || n % 500, 'userId', 'user-' || n % 1000, 'authorId', 'user-' || n % 1000,
    'body', 'words'), gen_random_uuid(), '', now()
FROM generate_series(1, ${ROWS}) AS n;
INSERT INTO receipts (command_id, fingerprint, user_id, trace_id, queue, key, partition, command_offset, position,
  events, decided_at)
SELECT gen_random_uuid(), '', 'user-' || n % 1000, '', 'postgres:commands', 'room-' || n % 500, n % 12, 1000000 + n,
  1000000 + n, 1, now()
FROM generate_series(1, ${ROWS}) AS n;
INSERT INTO messages (room_id, seq, author_id, body, created_at)
SELECT 'room-' || n % 500, n / 500, 'user-' || n % 1000, 'words', now() FROM generate_series(1, ${ROWS}) AS n;
INSERT INTO reactions (room_id, seq, emoji, user_id, present, position)
SELECT 'room-' || n % 500, n / 500, '👍', 'user-' || n % 1000, true, n FROM generate_series(1, ${ROWS}) AS n;
ANALYZE`;

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly Plan[];
}

/** Scans of a whole large table, or of a whole index of one without a limit that ends it. */
function wholeTables(plan: Plan, limited = false): readonly string[] {
  const { 'Node Type': type, 'Relation Name': table = '', 'Index Cond': condition, Plans: below = [] } = plan;
  const isLarge = (LARGE as readonly string[]).includes(table);
  const isWhole = type === 'Seq Scan' || (type.startsWith('Index') && condition === undefined && !limited);
  return [
    ...(isLarge && isWhole ? [`${type} of ${table}`] : []),
    ...below.flatMap((each) => wholeTables(each, limited || type === 'Limit')),
  ];
}

/**
 * Statements of moments that such a life does not have: a takeover after a crash, a hot room, an event about an older
 * message, a command that is sent again after processes of an older version have ended.
 */
async function askTheRest(recorded: string): Promise<void> {
  process.env.RECORD_STATEMENTS = recorded;
  const recorder: string = '../support/record-statements.js';
  await import(recorder);
  const [store, prisma] = [postgresEventStore(pool, MADANG_EVENTS), openPrisma(pool)];
  const [room, user] = [roomId('a room'), userId('a user')];
  const timeline = timelineQueries({ prisma, cache: noCache });
  await store.decidedFrom('postgres:commands', 0, offset(0), 10);
  await store.withdraw('postgres:commands', [{ commandId: commandId(randomUUID()), before: offset(1) }]);
  await store.readPositions(0, [position(1)]);
  await store.readKeyEntriesBack(0, 'a room', null, 10);
  await store.outcomes([commandId(randomUUID())]);
  await timeline.byKeys([{ roomId: room, seq: 1 }], user);
  await timeline.reactionsOf(room, [1], [user]);
  const { rows } = await pool.query<DeadLetterRecord>("SELECT 0 AS partition, 'a room' AS key, 1 AS place");
  await deadLetterAdmin(pool).behind([{ letter: rows[0]!, types: ['MessagePosted'] }]);
  await prisma.$disconnect();
}

test('no statement reads a whole table that grows, with any parameters', async () => {
  const client = await pool.connect();
  const found: string[] = [];
  try {
    await client.query('BEGIN');
    await client.query(FILL);
    for (const { text } of statements.filter((each) => !READS_ALL.test(each.text))) {
      const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: Plan }[] }>(
        `EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${text}`,
      );
      for (const what of wholeTables(rows[0]!['QUERY PLAN'][0]!.Plan))
        found.push(`${what}: ${text.trim().slice(0, 300)}`);
    }
    await client.query('ROLLBACK');
  } finally {
    client.release(true);
  }
  expect(found).toEqual([]);
}, 120_000);

/** Pieces of SQL in the program that read or write a large table, between their parameters. */
async function sqlOfProgram(): Promise<readonly { readonly file: string; readonly piece: string }[]> {
  const files = (await readdir('src', { recursive: true })).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.includes('/prisma/'),
  );
  const texts = await Promise.all(
    files.map(async (file) => ({ file, text: await readFile(join('src', file), 'utf8') })),
  );
  return texts.flatMap(({ file, text }) =>
    Array.from(text.matchAll(/`[^`]*`|'[^'\n]*'/g), ([literal]) => literal.slice(1, -1)).flatMap((literal) =>
      literal
        .split(/\$\{[^}]*\}|\}/)
        .filter((piece) => new RegExp(`\\b(FROM|JOIN|UPDATE|INTO) (${LARGE.join('|')})\\b`).test(piece))
        .map((piece) => ({ file, piece })),
    ),
  );
}

test('every statement of the program on these tables is among them', async () => {
  const flat = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
  const sent = statements.map(({ text }) => flat(text));
  const pieces = await sqlOfProgram();
  expect(pieces.length).toBeGreaterThan(20);
  expect(
    pieces
      .filter(({ piece }) => !sent.some((text) => text.includes(flat(piece))))
      .map(({ file, piece }) => `${file}: ${flat(piece)}`),
  ).toEqual([]);
});

describe('in a rolling deploy, a newer program adds a column to every table', () => {
  const shapes = async (client: pg.PoolClient): Promise<ReadonlyMap<string, unknown>> => {
    const found = new Map<string, unknown>();
    for (const [n, { text }] of statements.entries()) {
      await client.query(`PREPARE shape_${n} AS ${text}`);
      const { rows } = await client.query<{ types: unknown }>(
        'SELECT result_types::text[] AS types FROM pg_prepared_statements WHERE name = $1',
        [`shape_${n}`],
      );
      found.set(text, rows[0]!.types);
    }
    await client.query('DEALLOCATE ALL');
    return found;
  };
  const ADD_COLUMNS = `
    DO $$ DECLARE t text; BEGIN
      FOR t IN SELECT quote_ident(table_name) FROM information_schema.tables WHERE table_schema = 'public'
        AND table_type = 'BASE TABLE' LOOP
        EXECUTE 'ALTER TABLE ' || t || ' ADD COLUMN added_later text';
      END LOOP;
    END $$`;

  test('and no earlier prepared statement has another result type', async () => {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      const before = await shapes(client);
      await client.query(ADD_COLUMNS);
      const after = await shapes(client);
      await client.query('ROLLBACK');
      expect(
        [...after]
          .filter(([text, types]) => JSON.stringify(types) !== JSON.stringify(before.get(text)))
          .map(([text]) => text),
      ).toEqual([]);
      expect(before.size).toBeGreaterThan(80);
    } finally {
      client.release(true);
    }
  });

  test('and the older one goes on with all of its work, without an error', async () => {
    await pool.query(ADD_COLUMNS);
    await liveThrough({ url: madang.url, env: cliEnv, pool, admin, run: '2' });
    expect(
      madang.log
        .filter(({ level, text }) => level === 'error' || /cached plan|added_later/.test(text))
        .map(({ text }) => text),
    ).toEqual([]);
  }, 300_000);
});
