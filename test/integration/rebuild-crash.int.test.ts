import { ofDomain } from '../../src/events/event.js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '../../src/embedded/redis.js';
import type { Choice } from '../../src/engine/rebuild/choice.js';
import { rebuild } from '../../src/engine/rebuild/rebuild.js';
import { verify } from '../../src/engine/rebuild/verify.js';
import { createChat, talk } from '../support/chat-history.js';
import { quietLogger, until } from '../support/conditions.js';
import { projections, startProjections } from '../support/projections-cli.js';
import { PARTITIONS, openRebuildSite } from '../support/rebuild-site.js';

interface Output {
  readonly rebuilt: readonly { readonly name: string; readonly events: number; readonly resumed: boolean }[];
}

test('a killed rebuild is resumed where it stopped, and its state is shown meanwhile', async () => {
  await using site = await openRebuildSite();
  const program = site.program();
  const chat = createChat({ partitions: PARTITIONS });
  await program.project();
  await talk(site.log, chat, 5_000);
  await program.caughtUp();
  const next = async (name: string) => (await site.generations.list(name)).find(({ role }) => role === 'next');
  const killWhen = async (holds: () => Promise<unknown>, what: string, ...args: readonly string[]): Promise<void> => {
    const { child, ended } = startProjections(site.env, 'rebuild', '--all', '--yes', ...args);
    await until(holds, what);
    child.kill('SIGKILL');
    expect((await ended).code).toBeNull();
  };

  await killWhen(async () => ((await next('rooms'))?.done ?? 0) > 300, 'some of it is built', '--pace', '2000');
  const { done, space } = (await next('rooms'))!;
  expect(done).toBeLessThan(5_000);
  const listed = JSON.parse((await projections(site.env, 'list', '--json')).stdout) as {
    name: string;
    rebuild: { phase: string; events: number; of: number } | null;
    kept: unknown;
  }[];
  expect(listed.find(({ name }) => name === 'rooms')).toMatchObject({
    rebuild: { phase: 'building', events: done, of: 5_000 },
    kept: null,
  });
  await talk(site.log, chat, 200);

  // While this is held, neither VACUUM can have the table, nor a swap the live one.
  const held = await site.pool.connect();
  await held.query(
    'BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0; ' +
      `LOCK TABLE ${space}.rooms IN SHARE UPDATE EXCLUSIVE MODE`,
  );
  await killWhen(async () => (await next('rooms'))?.phase === 'completing', 'it makes indexes');
  await held.query('COMMIT');
  await held.query('BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0; LOCK TABLE rooms IN ACCESS SHARE MODE');
  await killWhen(async () => (await next('rooms'))?.phase === 'swapping', 'it wants to swap');
  await held.query('COMMIT');
  held.release();
  await talk(site.log, chat, 200);

  const { code, stdout, stderr } = await projections(site.env, 'rebuild', '--all', '--yes', '--json');
  expect({ code, errors: stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{')) }).toEqual({
    code: 0,
    errors: [],
  });
  const { rebuilt } = JSON.parse(stdout) as Output;
  expect(rebuilt.find(({ name }) => name === 'rooms')).toMatchObject({ resumed: true });
  expect(rebuilt.find(({ name }) => name === 'rooms')!.events).toBeLessThanOrEqual(400);
  await program.caughtUp();
  const { verified, failed } = await verify(program.work());
  expect(failed).toEqual([]);
  expect(verified.filter(({ equal }) => !equal)).toEqual([]);
  expect(await site.spaces()).toHaveLength(6);
});

test('Redis is emptied during a rebuild: the new one starts over, the live one refills', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'madang-rebuild-'));
  const server = await startRedis({ dataDir, log: quietLogger });
  try {
    await using site = await openRebuildSite(server.url);
    const program = site.program();
    const chat = createChat({ partitions: PARTITIONS });
    await program.project();
    await talk(site.log, chat, 3_000);
    await program.caughtUp();

    const emptied = { applies: 0, swaps: 0 };
    const emptying = (choice: Choice): Choice => ({
      ...choice,
      store: {
        ...choice.store,
        async apply(...args) {
          if (++emptied.applies === 4) await site.redis.ask((client) => client.flushall());
          return choice.store.apply(...args);
        },
        // Also at the worst moment: the new model is gone, and so is the live one.
        async swap(...args) {
          if (++emptied.swaps === 1) await site.redis.ask((client) => client.flushall());
          return choice.store.swap(...args);
        },
      },
    });
    const choices = ['recent-timeline', 'unread'].map((name) => emptying(program.choice(name)));
    expect((await rebuild(program.work({ choices }))).failed).toEqual([]);
    expect(emptied.applies).toBeGreaterThan(4);
    expect(emptied.swaps).toBeGreaterThan(2);
    await talk(site.log, chat, 300);
    await program.caughtUp();
    const { verified, failed } = await verify(
      program.work({ choices: ['recent-timeline', 'unread'].map(program.choice) }),
    );
    expect(failed).toEqual([]);
    expect(verified.map(({ equal }) => equal)).toEqual([true, true]);

    // And after the swap: then only the events are left.
    await site.redis.ask((client) => client.flushall());
    await program.caughtUp();
    const again = await verify(program.work({ choices: ['recent-timeline', 'unread'].map(program.choice) }));
    expect(again.verified.map(({ equal, rows }) => [equal, rows > 0])).toEqual([
      [true, true],
      [true, true],
    ]);
  } finally {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
});

test('an event that cannot be folded is named, and the live model serves on', async () => {
  await using site = await openRebuildSite();
  const program = site.program();
  await talk(site.log, createChat({ partitions: PARTITIONS }), 600);
  const choice = program.choice('timeline');
  const { projection } = choice;
  if (projection.store !== 'postgres') throw new Error('the timeline is in PostgreSQL');
  const refusing: Choice = {
    ...choice,
    projection: {
      ...projection,
      apply(sql, events) {
        const bad = events.map(ofDomain).find(({ event }) => event.type === 'MessagePosted' && event.data.seq === 5);
        return bad ? Promise.reject(new Error('five is too much')) : projection.apply(sql, events);
      },
    },
  };
  const { rebuilt, failed } = await rebuild(program.work({ choices: [program.choice('users'), refusing] }));
  expect(rebuilt.map(({ name }) => name)).toEqual(['users']);
  expect(failed.map(({ name, error }) => [name, error.message])).toEqual([
    [
      'timeline',
      expect.stringMatching(/^MessagePosted at position \d+ of partition \d cannot be folded: five is too much$/),
    ],
  ]);
  expect((await rebuild(program.work({ choices: [choice] }))).rebuilt).toMatchObject([
    { name: 'timeline', resumed: true },
  ]);
});
