import type { Difference } from '../../src/engine/rebuild/generation-store.js';
import { verify } from '../../src/engine/rebuild/verify.js';
import { postgresProjections } from '../../src/projections/registry.js';
import { createChat, talk } from '../support/chat-history.js';
import { runCli } from '../support/cli.js';
import { projections } from '../support/projections-cli.js';
import type { RebuildSite } from '../support/rebuild-site.js';
import { PARTITIONS, openRebuildSite } from '../support/rebuild-site.js';

let site: RebuildSite;
let program: ReturnType<RebuildSite['program']>;

beforeAll(async () => {
  site = await openRebuildSite();
  program = site.program();
  await program.project();
  await talk(site.log, createChat({ partitions: PARTITIONS }), 3_000);
  await site.log.write(0, [
    {
      type: 'GifticonCampaignCreated',
      data: {
        campaignId: 'c1' as never,
        title: 'One',
        stock: 5,
        opensAt: '2026-03-01T09:00:00.000Z',
        closesAt: null,
        createdBy: 'ann' as never,
      },
    },
    {
      type: 'GifticonCampaignCreated',
      data: {
        campaignId: 'c2' as never,
        title: 'Two',
        stock: 5,
        opensAt: '2026-03-01T09:00:00.000Z',
        closesAt: null,
        createdBy: 'ann' as never,
      },
    },
  ]);
  await program.caughtUp();
});
afterAll(() => site[Symbol.asyncDispose]());

const found = async (name: string) => {
  const { verified, failed } = await verify(program.work({ choices: [program.choice(name)] }));
  expect(failed).toEqual([]);
  const { equal, missing, extra, altered, examples } = verified[0]!;
  return {
    equal,
    missing,
    extra,
    altered,
    kinds: examples.map(({ kind, where }: Difference) => `${kind} ${where}`).sort(),
  };
};

/** For each table: an alteration of one row, and the columns that make another row of one. */
const tables = [
  ['users', 'users', `name = name || '!'`, `id = 'nobody', handle = 'nobody'`],
  ['rooms', 'rooms', 'last_seq = last_seq + 1', `id = 'no-room'`],
  ['members', 'members', 'present = NOT present', `user_id = 'nobody'`],
  ['timeline', 'messages', `created_at = created_at + interval '1 ms'`, 'seq = 1000000'],
  ['timeline', 'reactions', 'position = position + 1', `user_id = 'nobody'`],
  ['timeline', 'reaction_counts', 'count = count + 1', `emoji = 'none'`],
  ['read-positions', 'read_positions', 'read_seq = read_seq + 1', `user_id = 'nobody'`],
  ['campaigns', 'campaigns', 'closes_at = opens_at', `id = 'no-campaign'`],
] as const;

test('the altered tables are all tables of all read models', () => {
  const all = postgresProjections.flatMap(({ name, tables: own }) => own.map((table) => `${name} ${table}`));
  expect(tables.map(([name, table]) => `${name} ${table}`).toSorted()).toEqual(all.toSorted());
});

test.each(tables)(
  'of %s, one altered, one missing and one extra row of %s are found and named',
  async (name, table, altered, other) => {
    expect(await found(name)).toMatchObject({ equal: true, missing: 0, extra: 0, altered: 0 });
    const { rows: before } = await site.pool.query(
      `SELECT to_jsonb(t) AS row FROM ${table} t ORDER BY to_jsonb(t)::text`,
    );
    const { rows } = await site.pool.query<{ ctid: string }>(
      `SELECT ctid::text FROM ${table} ORDER BY to_jsonb(${table})::text LIMIT 2`,
    );
    await site.pool
      .query(`CREATE TEMP TABLE IF NOT EXISTS extra_row AS SELECT * FROM ${table} LIMIT 0`)
      .catch(() => undefined);
    await site.pool.query(`DROP TABLE IF EXISTS extra_row`);
    await site.pool.query(`CREATE UNLOGGED TABLE extra_row AS SELECT * FROM ${table} LIMIT 1`);
    await site.pool.query(`UPDATE extra_row SET ${other}`);
    await site.pool.query(`INSERT INTO ${table} SELECT * FROM extra_row`);
    await site.pool.query(
      `DROP TABLE extra_row; CREATE UNLOGGED TABLE saved_rows AS SELECT * FROM ${table} ` +
        `WHERE ctid = ANY(ARRAY['${rows[0]!.ctid}', '${rows[1]!.ctid}']::tid[])`,
    );
    await site.pool.query(`UPDATE ${table} SET ${altered} WHERE ctid = '${rows[0]!.ctid}'::tid`);
    await site.pool.query(`DELETE FROM ${table} WHERE ctid = '${rows[1]!.ctid}'::tid`);
    expect(await found(name)).toEqual({
      equal: false,
      missing: 1,
      extra: 1,
      altered: 1,
      kinds: [`altered ${table}`, `extra ${table}`, `missing ${table}`],
    });

    // Restores the state for the next test.
    await site.pool.query(`DELETE FROM ${table} t WHERE NOT to_jsonb(t) = ANY($1::jsonb[])`, [
      before.map(({ row }: { row: unknown }) => JSON.stringify(row)),
    ]);
    await site.pool.query(`INSERT INTO ${table} SELECT * FROM saved_rows ON CONFLICT DO NOTHING`);
    await site.pool.query('DROP TABLE saved_rows');
    expect(await found(name)).toMatchObject({ equal: true });
  },
);

test.each(['recent-timeline', 'unread'])(
  'of %s in Redis, one altered, one missing and one extra key are found and named',
  async (name) => {
    expect(await found(name)).toMatchObject({ equal: true });
    const { redis, logId } = site;
    const all = await redis.ask((client) => client.keys(`madang:${logId}:*:${name}:v1:*`));
    const hashes = [];
    for (const key of all.sort())
      if (!key.endsWith(':meta') && (await redis.ask((client) => client.type(key))) === 'hash') hashes.push(key);
    const [altered, missing, copied] = hashes as [string, string, string];
    await redis.ask((client) => client.hset(altered, 'position', '1', 'more', 'x'));
    const saved = await redis.ask((client) => client.hgetall(missing));
    await redis.ask((client) => client.unlink(missing));
    await redis.ask((client) => client.copy(copied, `${copied}-again`));
    expect(await found(name)).toEqual({
      equal: false,
      missing: 1,
      extra: 1,
      altered: 1,
      kinds: ['altered keys', 'extra keys', 'missing keys'],
    });

    const { code, stdout, stderr } = await projections(site.env, 'verify', name);
    expect(code).toBe(1);
    expect(stdout).toContain('1 missing, 1 extra, 1 altered');
    expect(stderr).toContain(`${name}: not equal to the events`);
    await redis.ask((client) => client.unlink(`${copied}-again`));
    await redis.ask((client) => client.hset(missing, saved));
  },
);

test("a killed verification's leftovers are deleted by the next, a half rebuild is not", async () => {
  const rooms = program.choice('rooms');
  const fresh = site.program();
  for (const role of ['check', 'next'] as const) {
    const space = rooms.store.newSpace(rooms.projection);
    await site.generations.add('rooms', 1, role, space);
    await rooms.store.create({ projection: rooms.projection, space });
  }
  await verify(fresh.work({ choices: [rooms] }));
  expect((await site.generations.list('rooms')).map(({ role }) => role)).toEqual(['next']);
  expect(await site.spaces()).toHaveLength(1);
});

describe('on the command line', () => {
  test('verify exits with 2 for every result that is neither equal nor different', async () => {
    const away = { ...site.env, DATABASE_URL: 'postgres://ann:secret@127.0.0.1:1/madang' };
    const refused = await projections(away, 'verify', 'rooms');
    expect(refused).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /PostgreSQL at 127\.0\.0\.1:1\/madang cannot be used \(.*ECONNREFUSED.*\): start it, or correct DATABASE_URL/,
      ),
    });
    expect(refused.stderr).not.toContain('secret');
    for (const args of [['verify', 'room'], ['verify'], ['verify', '--nope'], ['verify', 'rooms', '--parallel', '0']])
      expect((await projections(site.env, ...args)).code).toBe(2);
    expect((await projections(site.env, 'verify', '--help')).code).toBe(0);
  });

  test('unknown names are errors', async () => {
    expect(await projections(site.env, 'status', 'nope')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('there is no read model nope: there are users, rooms'),
    });
    expect(await runCli(site.env, 'events', 'tail', '--room', 'nope', '--no-follow')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('there is no event of a room nope'),
    });
  });

  test('a stopped rebuild is listed, and abandoned', async () => {
    const rooms = program.choice('rooms');
    const space = rooms.store.newSpace(rooms.projection);
    await site.generations.add('rooms', 1, 'next', space);
    await rooms.store.create({ projection: rooms.projection, space });
    expect(await site.spaces()).toContain(space);
    const abandon = async () => (await projections(site.env, 'abandon', 'rooms', '--yes', '--json')).stdout;
    expect(JSON.parse(await abandon())).toEqual({ name: 'rooms', abandoned: true });
    expect([await site.generations.list('rooms'), await site.spaces()]).toEqual([[], []]);
    expect(JSON.parse(await abandon())).toEqual({ name: 'rooms', abandoned: false });
    expect((await projections(site.env, 'verify', 'rooms')).code).toBe(0);
  });

  test('verify reports that all is equal, as a table and as JSON', async () => {
    const { code, stdout } = await projections(site.env, 'verify', 'rooms');
    expect({ code, lines: stdout.split('\n')[0]!.split(/\s{2,}/) }).toEqual({
      code: 0,
      lines: ['verified', 'store', 'version', 'rows', 'verdict', 'at the positions'],
    });
    expect(stdout).toMatch(/^rooms +postgres +1 +12 +equal +\d+ \d+ \d+$/m);
    const json = await projections(site.env, 'verify', 'users', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      equal: true,
      failed: [],
      verified: [
        { name: 'users', store: 'postgres', version: 1, equal: true, rows: 20, missing: 0, extra: 0, altered: 0 },
      ],
    });
    for (const line of json.stderr.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ progress: 'verify' });
  });

  test('rebuild does not begin without a yes, and refuses an unknown name', async () => {
    const asked = await projections(site.env, 'rebuild', 'rooms');
    expect(asked).toMatchObject({ code: 2, stdout: '' });
    expect(asked.stderr).toContain('add --yes');
    const unknown = await projections(site.env, 'rebuild', 'room', '--yes');
    expect(unknown).toMatchObject({ code: 2 });
    expect(unknown.stderr).toContain('there is no read model room: there are users, rooms');
    expect((await projections(site.env, 'rebuild', '--yes')).stderr).toContain('name a read model, or --all');
    const rolled = await projections(site.env, 'rollback', 'users', '--yes');
    expect(rolled).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing is kept of users') });
  });

  test('rebuild prints its phases by line; the kept one is listed, rolled back, dropped', async () => {
    const { code, stdout, stderr } = await projections(site.env, 'rebuild', 'users', '--yes');
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^building: 3002 of 3002 events, \d+\/s\nusers: indexing\nusers: catching up\nusers: swapping\n$/,
    );
    expect(stdout).toMatch(/^users +postgres +1 +3002 +[\d.]+ +\d+ +from the first event$/m);
    const listed = await projections(site.env, 'list');
    expect(listed.stdout).toMatch(/^users +postgres +1 +0 +0 +live +version 1$/m);
    expect(JSON.parse((await projections(site.env, 'rollback', 'users', '--yes', '--json')).stdout)).toMatchObject({
      name: 'users',
      store: 'postgres',
      version: 1,
      events: 0,
    });
    expect(JSON.parse((await projections(site.env, 'drop-old', 'users', '--yes', '--json')).stdout)).toEqual({
      name: 'users',
      dropped: true,
    });
    const json = await projections(site.env, 'rebuild', 'unread', '--yes', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      rebuilt: [{ name: 'unread', store: 'redis', version: 1, events: 3_002, resumed: false }],
      failed: [],
      events: 3_002,
    });
  });
});
