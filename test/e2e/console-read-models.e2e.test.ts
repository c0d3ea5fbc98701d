import { randomUUID } from 'node:crypto';
import { until } from '../support/conditions.js';
import type { ConsoleSite } from '../support/console-site.js';
import { openConsoleSite } from '../support/console-site.js';
import { act, actionOf, adminQuery, countsOf, ended, sendAction } from '../support/console.js';
import { runCli } from '../support/cli.js';

// The console's part of the API, on two processes of one deployment: `all` has every role, `api` serves alone.

const START_MS = 120_000;
let site: ConsoleSite;
beforeAll(async () => {
  site = await openConsoleSite();
}, START_MS);
afterAll(() => site?.[Symbol.asyncDispose]());

describe('read models', () => {
  interface ReadModel {
    readonly name: string;
    readonly state: string;
    readonly lag: number;
    readonly head: number;
    readonly keptVersion: number | null;
    readonly rebuild: { readonly running: boolean; readonly phase: string } | null;
  }
  const readModel = async (name: string): Promise<ReadModel> =>
    (
      await adminQuery<{ readModel: ReadModel }>(
        site.admin,
        'readModel(name: $name) { name state lag head keptVersion rebuild { running phase done total } }',
        { name },
        '($name: String!)',
      )
    ).readModel;

  test('are listed with their places', async () => {
    const { readModels } = await adminQuery<{ readModels: (ReadModel & { partitions: { head: number }[] })[] }>(
      site.admin,
      'readModels { name store state version programVersion lag head parkedCount ' +
        'partitions { partition position head lag } }',
    );
    expect(readModels.map(({ name }) => name).toSorted()).toEqual([
      'campaigns',
      'members',
      'read-positions',
      'recent-timeline',
      'rooms',
      'timeline',
      'unread',
      'users',
    ]);
    for (const each of readModels) {
      expect(each).toMatchObject({ state: 'LIVE', parkedCount: 0 });
      expect(each.head).toBe(each.partitions.reduce((sum, { head }) => sum + head, 0));
    }
  });

  test('are rebuilt, rolled back and verified, and the counts said first are true', async () => {
    await site.room('to be rebuilt', 'one', 'two');
    const head = (await readModel('rooms')).head;
    const dry = await act(site.admin, 'adminRebuildReadModel', { name: 'rooms', dryRun: true });
    expect(dry).toEqual({ preview: { events: head, generationsDropped: 0 }, action: null });

    const asked = await act(site.admin, 'adminRebuildReadModel', { name: 'rooms', commandId: randomUUID() });
    expect(['REQUESTED', 'RUNNING', 'SUCCEEDED']).toContain(asked.action!.state);
    expect(await ended(site.admin, asked)).toMatchObject({
      state: 'SUCCEEDED',
      counts: [{ name: 'events', value: head }],
    });
    expect(await readModel('rooms')).toMatchObject({ state: 'LIVE', keptVersion: expect.any(Number) });

    const verified = await ended(site.admin, await act(site.admin, 'adminVerifyReadModel', { name: 'rooms' }));
    const { rows } = await site.pool.query<{ rooms: number }>('SELECT count(*)::int AS rooms FROM rooms');
    expect(verified).toMatchObject({
      state: 'SUCCEEDED',
      verifications: [{ readModel: 'rooms', equal: true, rows: rows[0]!.rooms }],
    });
    expect(verified.verifications[0]!.positions.reduce((sum, at) => sum + at, 0)).toBe(head);

    expect((await act(site.admin, 'adminRollBackReadModel', { name: 'rooms', dryRun: true })).preview).toEqual({
      events: 0,
      generations: 1,
    });
    expect(await ended(site.admin, await act(site.admin, 'adminRollBackReadModel', { name: 'rooms' }))).toMatchObject({
      state: 'SUCCEEDED',
    });
    const dropped = await act(site.admin, 'adminDropKeptReadModel', { name: 'rooms' });
    expect([dropped.preview, countsOf((await ended(site.admin, dropped)).counts)]).toEqual([
      { generations: 1 },
      { generations: 1 },
    ]);
    const again = await ended(site.admin, await act(site.admin, 'adminRollBackReadModel', { name: 'rooms' }));
    expect(again).toMatchObject({ state: 'FAILED', message: expect.stringContaining('nothing is kept of rooms') });
  });

  test('a difference is found, and is in the proof', async () => {
    await site.room('to be altered');
    await site.pool.query("UPDATE rooms SET title = 'another' WHERE title = 'to be altered'");
    const verified = await ended(site.admin, await act(site.admin, 'adminVerifyReadModel', { name: 'rooms' }));
    expect(verified).toMatchObject({
      state: 'SUCCEEDED',
      counts: expect.arrayContaining([{ name: 'differences', value: 1 }]) as unknown,
      verifications: [{ equal: false }],
    });
    await ended(site.admin, await act(site.admin, 'adminRebuildReadModel', { name: 'rooms' }));
    const mended = await ended(site.admin, await act(site.admin, 'adminVerifyReadModel', { name: 'rooms' }));
    expect(mended.verifications[0]!.equal).toBe(true);
  });

  test('a rebuild whose process stops is interrupted, and is abandoned or goes on', async () => {
    // A long transaction keeps the live tables from being swapped.
    const holder = await site.pool.connect();
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE users IN ACCESS SHARE MODE');
    const input = { name: 'users', commandId: randomUUID() };
    try {
      const asked = await act(site.admin, 'adminRebuildReadModel', input);
      await until(
        async () => (await actionOf(site.admin, asked.action!.commandId)).progress?.phase === 'swapping',
        'the rebuild to be at the swap',
      );
      expect((await readModel('users')).rebuild).toMatchObject({ running: true });
      // The command-line tool works under the same lock.
      const refused = await runCli(site.deployment.env, 'projections', 'rebuild', 'users', '--yes');
      expect([refused.code, refused.stderr]).toEqual([
        1,
        expect.stringContaining('users is being worked on by madang'),
      ]);
      expect(await site.newest('users')).toMatchObject({ by: null, state: 'FAILED' });

      await site.all.stop();
      expect(await actionOf(site.admin, input.commandId)).toMatchObject({ state: 'INTERRUPTED' });
      expect((await readModel('users')).rebuild).not.toBeNull();
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
      await site.restart();
    }
    // The same commandId does not begin it again.
    expect((await act(site.admin, 'adminRebuildReadModel', input)).action).toMatchObject({ state: 'INTERRUPTED' });
    const abandoned = await act(site.admin, 'adminAbandonRebuild', { name: 'users' });
    expect([abandoned.preview, countsOf((await ended(site.admin, abandoned)).counts)]).toEqual([
      { generations: 1 },
      { generations: 1 },
    ]);
    expect((await readModel('users')).rebuild).toBeNull();
    const next = await ended(site.admin, await act(site.admin, 'adminRebuildReadModel', { name: 'users' }));
    expect(next).toMatchObject({ state: 'SUCCEEDED' });
  });

  test('another name is refused', async () => {
    const { errors } = await sendAction(site.admin, 'adminVerifyReadModel', { name: 'room' });
    expect(errors[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', field: 'name' } });
  });
});

describe('dead letters', () => {
  interface Letter {
    readonly id: string;
    readonly key: string;
    readonly state: string;
    readonly tries: number;
    readonly requestedAt: string | null;
    readonly waitingBehind: number;
  }
  interface Letters {
    readonly deadLetterCount: number;
    readonly deadLetters: { readonly nodes: readonly Letter[] };
    readonly parkedKeys: { readonly nodes: readonly { readonly key: string; readonly deadLetterId: string }[] };
  }
  const source = 'projection:timeline';
  const letters = (closed = false): Promise<Letters> =>
    adminQuery(
      site.admin,
      `deadLetterCount(source: $source) deadLetters(source: $source, closed: ${closed}) {
        nodes { id key state tries requestedAt waitingBehind } }
        parkedKeys(readModel: "timeline") { nodes { key deadLetterId } }`,
      { source },
      '($source: String!)',
    );
  const answered = async (): Promise<Letters> => {
    await until(
      async () => (await letters(true)).deadLetters.nodes.every(({ requestedAt }) => requestedAt === null),
      'projectors to answer',
    );
    return letters();
  };

  test('are retried and dropped in batches, and the counts said first are true', async () => {
    await site.pool.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NEW.body LIKE 'poison%' THEN RAISE EXCEPTION 'refused' USING ERRCODE = '22023'; END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION refuse()`);
    const rooms = [];
    for (const n of [1, 2, 3]) rooms.push(await site.room(`poisoned ${n}`, 'poison', 'after it', 'and this'));
    const { deadLetterCount, deadLetters, parkedKeys } = await letters();
    expect(deadLetterCount).toBe(3);
    expect(deadLetters.nodes.map(({ key, waitingBehind }) => [key, waitingBehind])).toEqual(
      rooms.map((key) => [key, 2]),
    );
    expect(parkedKeys.nodes.map(({ key }) => key).toSorted()).toEqual(rooms.toSorted());

    const dry = await act(site.admin, 'adminRetryDeadLetters', { source, dryRun: true });
    expect(dry).toEqual({ preview: { letters: 3, events: 6, keys: 3 }, action: null });
    const input = { source, expected: 3, commandId: randomUUID() };
    const { action } = await act(site.admin, 'adminRetryDeadLetters', input);
    expect(action).toMatchObject({ kind: 'RETRY_DEAD_LETTERS', target: source, state: 'SUCCEEDED' });
    expect(countsOf(action!.counts)).toMatchObject({ letters: 3 });
    expect((await answered()).deadLetters.nodes.map(({ tries }) => tries)).toEqual([1, 1, 1]);
    // Once for each commandId.
    expect((await act(site.admin, 'adminRetryDeadLetters', input)).action).toEqual(action);
    expect((await answered()).deadLetters.nodes.map(({ tries }) => tries)).toEqual([1, 1, 1]);

    const ids = deadLetters.nodes.map(({ id }) => id);
    const changed = await sendAction(site.admin, 'adminDropDeadLetters', { ids: ids.slice(0, 1), expected: 2 });
    expect(changed.errors[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field: 'expected' });
    const dropped = await act(site.admin, 'adminDropDeadLetters', { ids: ids.slice(0, 1), expected: 1 });
    expect(dropped.preview).toEqual({ letters: 1, events: 2, keys: 1 });
    expect(countsOf(dropped.action!.counts)).toEqual({ letters: 1 });
    expect((await answered()).deadLetters.nodes.map(({ id }) => id)).toEqual(ids.slice(1));
    expect(await bodiesOf(rooms[0]!)).toEqual(['after it', 'and this']);

    await site.pool.query('DROP TRIGGER refuse ON messages');
    await act(site.admin, 'adminRetryDeadLetters', { ids });
    expect((await answered()).deadLetters.nodes).toEqual([]);
    expect(await bodiesOf(rooms[1]!)).toEqual(['poison', 'after it', 'and this']);
    expect((await letters()).parkedKeys.nodes).toEqual([]);
  });

  const bodiesOf = async (roomId: string): Promise<readonly string[]> => {
    const sql = 'SELECT body FROM messages WHERE room_id = $1 ORDER BY seq';
    return (await site.pool.query<{ body: string }>(sql, [roomId])).rows.map(({ body }) => body);
  };

  test.each([
    ['neither letters nor a source', {}, 'ids'],
    ['both', { ids: ['1'], source }, 'ids'],
    ['no letters', { ids: [] }, 'ids'],
    ['a word', { ids: ['one'] }, 'ids'],
    ['too many', { ids: Array.from({ length: 1_001 }, (_, n) => `${n + 1}`) }, 'ids'],
  ])('%s is refused', async (_what, input, field) => {
    const { errors } = await sendAction(site.admin, 'adminDropDeadLetters', input);
    expect(errors[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field });
  });
});
