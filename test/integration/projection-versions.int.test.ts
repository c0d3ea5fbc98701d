import type { PostgresProjection, RedisProjection } from '../../src/engine/projector/projection.js';
import { rooms } from '../../src/projections/room/rooms/project.js';
import { unread } from '../../src/projections/membership/unread/project.js';
import { buildNewVersions } from '../../src/engine/rebuild/new-versions.js';
import { rebuild } from '../../src/engine/rebuild/rebuild.js';
import { rollback } from '../../src/engine/rebuild/rollback.js';
import { verify } from '../../src/engine/rebuild/verify.js';
import { createChat, talk } from '../support/chat-history.js';
import { until } from '../support/conditions.js';
import { PARTITIONS, openRebuildSite } from '../support/rebuild-site.js';

/** The next release: rooms have their title in capitals, too, and unread counts a mark. Both are additions. */
const rooms2: PostgresProjection = {
  ...rooms,
  version: 2,
  previous: rooms,
  async apply(sql, events) {
    await rooms.apply(sql, events);
    await sql.query('UPDATE rooms SET shout = upper(title) WHERE shout IS NULL');
  },
};
const unread2: RedisProjection = {
  ...unread,
  version: 2,
  previous: unread,
  script: `${unread.script}\nfor key in pairs(rooms) do redis.call('HSET', key, 'shout', '1') end`,
};

test('a new version is built beside the old one, serves when ready, and is not undone', async () => {
  await using site = await openRebuildSite();
  await site.pool.query('ALTER TABLE rooms ADD COLUMN shout text');
  const old = site.program({ postgres: [rooms], redis: [unread] });
  const fresh = site.program({ postgres: [rooms2], redis: [unread2] });
  const chat = createChat({ partitions: PARTITIONS });
  const versions = async (): Promise<readonly (number | null)[]> =>
    (await Promise.all(fresh.choices.map(({ live, projection }) => live.progressOfAll([projection], PARTITIONS))))
      .flat(2)
      .map(({ version }) => version);
  const are = (version: number) => async (): Promise<boolean> => (await versions()).every((each) => each === version);

  const oldProjector = await old.project();
  await talk(site.log, chat, 2_000);
  await old.caughtUp();
  expect(await are(1)()).toBe(true);

  // The new release arrives: it projects the old version in its own partitions, and builds the new one.
  await fresh.project();
  await until(
    () => new Set(oldProjector.lag().map(({ partition }) => partition)).size < PARTITIONS,
    'the new process has partitions, too',
  );
  await talk(site.log, chat, 300);
  await old.caughtUp();
  expect(await are(1)()).toBe(true);

  let talking = true;
  const talker = (async () => {
    while (talking) await talk(site.log, chat, 20, 20);
  })();
  const { report: _, signal: __, ...work } = fresh.work();
  await using builder = buildNewVersions({ ...work, pollIntervalMs: 50 });
  await until(are(2), 'the new versions are live');
  await until(() => oldProjector.lag().length === 0, 'the old process leaves its partitions to the new one');
  talking = false;
  await talker;
  await fresh.caughtUp();
  const { verified, failed } = await verify(fresh.work());
  expect(failed).toEqual([]);
  expect(verified.map(({ name, version, equal }) => [name, version, equal])).toEqual([
    ['rooms', 2, true],
    ['unread', 2, true],
  ]);
  expect((await site.pool.query('SELECT count(*)::integer AS silent FROM rooms WHERE shout IS NULL')).rows).toEqual([
    { silent: 0 },
  ]);
  await expect(rebuild(old.work())).rejects.toMatchObject({ code: 'NEWER_VERSION_LIVE' });
  expect(await are(2)()).toBe(true);

  // Rolled back by an operator: the old process takes part again, and the new version is not built by itself.
  for (const choice of fresh.choices) expect(await rollback(fresh.work(), choice)).toMatchObject({ version: 1 });
  await until(() => oldProjector.lag().length > 0, 'the old process takes partitions again');
  await talk(site.log, chat, 200);
  await old.caughtUp();
  expect(await are(1)()).toBe(true);
  expect((await site.generations.list()).filter(({ role }) => role === 'next')).toEqual([]);
  for (const choice of fresh.choices) expect(await rollback(fresh.work(), choice)).toMatchObject({ version: 2 });
  await until(() => oldProjector.lag().length === 0, 'the old process steps aside again');
  await talk(site.log, chat, 100);
  await fresh.caughtUp();
  expect((await verify(fresh.work())).verified.map(({ version, equal }) => [version, equal])).toEqual([
    [2, true],
    [2, true],
  ]);
  await builder.stop();
});

test('a version that this program cannot fold is left alone until it is replaced', async () => {
  await using site = await openRebuildSite();
  const chat = createChat({ partitions: PARTITIONS });
  const first = site.program({ postgres: [rooms], redis: [] });
  const projector = await first.project();
  await talk(site.log, chat, 200);
  await first.caughtUp();
  await projector.stop();

  const { previous: _, ...alone } = { ...rooms2, version: 3, apply: rooms.apply };
  const third = site.program({ postgres: [alone], redis: [] });
  const idle = await third.project();
  await talk(site.log, chat, 100);
  await until(() => idle.lag().length === 0, 'it is idle');
  expect((await rebuild(third.work())).rebuilt).toMatchObject([{ name: 'rooms', version: 3 }]);
  await talk(site.log, chat, 100);
  await third.caughtUp();
  expect((await verify(third.work())).verified).toMatchObject([{ version: 3, equal: true }]);
});

test('a version that is no longer wanted at its turn is left as it is', async () => {
  await using site = await openRebuildSite();
  const program = site.program({ postgres: [rooms], redis: [unread] });
  const asked: string[] = [];
  const isWanted = async ({
    projection: { name },
  }: {
    readonly projection: { readonly name: string };
  }): Promise<boolean> => {
    // Under the lock: no other build gets it meanwhile.
    await expect(site.generations.exclusively([name], () => Promise.resolve())).rejects.toMatchObject({
      code: 'READ_MODEL_LOCKED',
    });
    asked.push(name);
    return name === 'rooms';
  };
  const { rebuilt, failed } = await rebuild(program.work(), isWanted);
  expect(failed).toEqual([]);
  expect(rebuilt.map(({ name }) => name)).toEqual(['rooms']);
  expect(asked).toEqual(['rooms', 'unread']);
});
