import { position } from '../../src/engine/domain/ids.js';
import { openPrisma } from '../../src/projections/prisma-client.js';
import { roomQueries } from '../../src/projections/room/rooms/query.js';
import type { Projector } from '../../src/engine/projector/projector.js';
import { dropKept, rollback } from '../../src/engine/rebuild/rollback.js';
import { rebuild } from '../../src/engine/rebuild/rebuild.js';
import { verify } from '../../src/engine/rebuild/verify.js';
import { createChat, talk } from '../support/chat-history.js';
import { until } from '../support/conditions.js';
import type { RebuildSite } from '../support/rebuild-site.js';
import { PARTITIONS, openRebuildSite } from '../support/rebuild-site.js';

/** Queries in a loop, with prepared statements of both drivers, until it is stopped. */
function askAll({ pool }: RebuildSite) {
  const prisma = openPrisma(pool);
  const rooms = roomQueries({ prisma });
  let stopped = false;
  let asked = 0;
  const run = async (): Promise<void> => {
    let messages = 0;
    let reactions = 0;
    while (!stopped) {
      const counts = await pool.query<{ messages: number; reactions: number; counted: number }>({
        name: 'count-all',
        text: `SELECT (SELECT count(*)::integer FROM messages) AS messages,
          (SELECT count(*)::integer FROM reactions) AS reactions,
          (SELECT coalesce(sum(count), 0)::integer FROM reaction_counts) - (SELECT count(*)::integer FROM reactions
            WHERE present) AS counted`,
      });
      const { rows } = counts;
      // Never fewer than before, and the tables of one read model never of two generations.
      expect(rows[0]!.messages).toBeGreaterThanOrEqual(messages);
      expect(rows[0]!.reactions).toBeGreaterThanOrEqual(reactions);
      expect(rows[0]!.counted).toBe(0);
      ({ messages, reactions } = rows[0]!);
      const page = await rooms.page({ first: 50, after: null, member: null });
      expect(page.rooms).toHaveLength(12);
      asked++;
    }
  };
  const running = Promise.all([run(), run()]);
  running.catch(() => undefined);
  return {
    asked: () => asked,
    async stop() {
      stopped = true;
      await running;
      await prisma.$disconnect();
    },
  };
}

test('all are rebuilt while events come and queries run: none fails or sees less', async () => {
  await using site = await openRebuildSite();
  const program = site.program();
  const chat = createChat({ partitions: PARTITIONS });
  await program.project();
  await talk(site.log, chat, 2_000);
  await program.caughtUp();

  const asking = askAll(site);
  await until(() => asking.asked() > 5, 'queries are prepared');
  let writing = true;
  const writer = (async () => {
    while (writing) await talk(site.log, chat, 40, 20);
  })();
  for (let round = 0; round < 2; round++) {
    const before = asking.asked();
    const { rebuilt, failed } = await rebuild(program.work());
    expect(failed).toEqual([]);
    expect(rebuilt.map(({ name, resumed }) => [name, resumed])).toEqual(
      program.choices.map(({ projection }) => [projection.name, false]),
    );
    for (const { events } of rebuilt) expect(events).toBeGreaterThanOrEqual(2_000);
    await until(() => asking.asked() > before + 5, 'queries go on after the swap');
  }
  const { verified, failed } = await verify(program.work());
  writing = false;
  await writer;
  expect(failed).toEqual([]);
  expect(verified.map(({ name, equal, examples }) => [name, equal, examples])).toEqual(
    program.choices.map(({ projection }) => [projection.name, true, []]),
  );
  await asking.stop();
  await program.caughtUp();
  expect((await verify(program.work())).verified.filter(({ equal }) => !equal)).toEqual([]);

  // One kept generation of each is left.
  expect(await site.spaces()).toHaveLength(6);
  expect((await site.generations.list()).map(({ role }) => role)).toEqual(Array.from({ length: 6 }, () => 'kept'));
}, 180_000);

test('the indexes, constraints and settings of the tables are the same after a swap', async () => {
  await using site = await openRebuildSite();
  const program = site.program();
  await talk(site.log, createChat({ partitions: PARTITIONS }), 300);
  const shapes = async () => {
    const { rows } = await site.pool.query(
      `SELECT c.relname, c.reloptions,
        (SELECT json_agg(pg_get_indexdef(i.indexrelid) ORDER BY 1) #>> '{}' FROM pg_index i
          WHERE i.indrelid = c.oid) AS indexes,
         (SELECT json_agg(k.conname || pg_get_constraintdef(k.oid) ORDER BY k.conname) #>> '{}' FROM pg_constraint k
           WHERE k.conrelid = c.oid) AS constraints,
         (SELECT json_agg(a.attname || format_type(a.atttypid,
           a.atttypmod) || a.attnotnull || coalesce(pg_get_expr(d.adbin, d.adrelid), '') || a.attcollation
             ORDER BY a.attnum) #>> '{}'
          FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = c.oid AND a.attnum > 0) AS columns
       FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1`,
    );
    return rows;
  };
  const before = await shapes();
  expect((await rebuild(program.work())).failed).toEqual([]);
  expect(await shapes()).toEqual(before);
});

describe('the previous generation', () => {
  let site: RebuildSite;
  let projector: Projector;
  beforeEach(async () => {
    site = await openRebuildSite();
    projector = await site.program().project();
  });
  afterEach(() => site[Symbol.asyncDispose]());

  test.each(['timeline', 'unread'])(
    'of %s can be rolled back to, caught up, and forth again; then deleted',
    async (name) => {
      const program = site.program();
      const chat = createChat({ partitions: PARTITIONS });
      await talk(site.log, chat, 800);
      await program.caughtUp();
      const choice = program.choice(name);
      await expect(rollback(program.work(), choice)).rejects.toMatchObject({ code: 'NOTHING_KEPT' });

      expect((await rebuild(program.work({ choices: [choice] }))).failed).toEqual([]);
      await talk(site.log, chat, 500);
      await program.caughtUp();
      for (let turn = 0; turn < 2; turn++) {
        const back = await rollback(program.work(), choice);
        expect(back).toMatchObject({ name, version: 1 });
        expect(back.events).toBe(turn === 0 ? 500 : 0);
        expect((await verify(program.work({ choices: [choice] }))).verified).toMatchObject([{ equal: true }]);
      }
      await talk(site.log, chat, 100);
      await program.caughtUp();
      expect(await dropKept(program.work(), choice)).toBe(true);
      expect(await dropKept(program.work(), choice)).toBe(false);
      await expect(rollback(program.work(), choice)).rejects.toMatchObject({ code: 'NOTHING_KEPT' });
      expect(await site.spaces()).toEqual([]);
      expect((await verify(program.work({ choices: [choice] }))).verified).toMatchObject([{ equal: true }]);
      expect(projector.lag().every(({ events }) => events === 0)).toBe(true);
    },
  );

  test('gets the indexes of later migrations, and with other columns is refused', async () => {
    const program = site.program();
    await talk(site.log, createChat({ partitions: PARTITIONS }), 100);
    await program.caughtUp();
    const choice = program.choice('timeline');
    expect((await rebuild(program.work({ choices: [choice] }))).failed).toEqual([]);
    const indexes = async (): Promise<readonly string[]> => {
      const { rows } = await site.pool.query<{ definition: string }>(
        `SELECT indexdef AS definition FROM pg_indexes WHERE schemaname = 'public' ` +
          'AND tablename = ANY($1::text[]) ORDER BY indexname',
        [['messages', 'reactions', 'reaction_counts']],
      );
      return rows.map(({ definition }) => definition);
    };
    await site.pool.query(
      'CREATE INDEX messages_of_a_day ON messages (created_at); CREATE UNIQUE INDEX reactions_once ' +
        'ON reactions (user_id, room_id, seq, emoji)',
    );
    const before = await indexes();
    expect(before).toEqual(
      expect.arrayContaining([expect.stringContaining('messages_of_a_day'), expect.stringContaining('reactions_once')]),
    );
    await rollback(program.work(), choice);
    expect(await indexes()).toEqual(before);

    await site.pool.query(
      'ALTER TABLE messages ADD COLUMN later integer; CREATE INDEX messages_later ON messages (later)',
    );
    await expect(rollback(program.work(), choice)).rejects.toMatchObject({ code: 'OTHER_SHAPE' });
    expect(await indexes()).toContainEqual(expect.stringContaining('messages_later'));
  });
});

test('a projector that moves a checkpoint during a swap waits, and goes on in the new', async () => {
  await using site = await openRebuildSite();
  const program = site.program();
  const projector = await program.project();
  await talk(site.log, createChat({ partitions: PARTITIONS }), 200);
  await program.caughtUp();
  await projector.stop();
  const { projection, store, live } = program.choice('rooms');
  const heads = await site.log.store.heads();
  const partition = heads.findIndex((head) => head > 0);
  const generation = { projection, space: store.newSpace(projection) };
  await store.create(generation);

  let moved: Promise<string> | undefined;
  const waits = async (): Promise<boolean> => {
    const { rows } = await site.pool.query<{ n: number }>(
      `SELECT count(*)::integer AS n FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%projection_checkpoints%'`,
    );
    return rows[0]!.n > 0;
  };
  const outcome = await store.swap(generation, {
    folded: heads.map(() => position(0)),
    mayGoBack: false,
    async rest(of, after, upTo) {
      if (!moved) {
        const at = heads[partition]!;
        moved = live.apply(projection, partition, at, position(at + 1), []);
        let isMoved = false;
        void moved.then(() => (isMoved = true));
        await until(async () => isMoved || (await waits()), 'the projector moves or waits');
      }
      const events = await site.log.store.readPartition(of, after, 1_000);
      return events.filter((event) => event.position <= upTo && projection.handles.includes(event.event.type));
    },
  });
  expect([outcome, await moved]).toEqual(['swapped', 'applied']);
  expect(await live.progress(projection, partition)).toMatchObject({ position: heads[partition]! + 1 });
});

test('of two rebuilds of one read model the second gets the name of the first', async () => {
  await using site = await openRebuildSite();
  const program = site.program();
  const choices = [program.choice('rooms')];
  await site.generations.exclusively(['rooms'], async () => {
    await expect(rebuild(program.work({ choices }))).rejects.toThrow('rooms is being worked on by a test');
    expect((await rebuild(program.work({ choices: [program.choice('users')] }))).failed).toEqual([]);
  });
  expect((await rebuild(program.work({ choices }))).failed).toEqual([]);
});
