import { deadLetterAdmin } from '../../src/engine/postgres/dead-letter-admin.js';
import { rebuild } from '../../src/engine/rebuild/rebuild.js';
import { rollback } from '../../src/engine/rebuild/rollback.js';
import { verify } from '../../src/engine/rebuild/verify.js';
import { until } from '../support/conditions.js';
import { refusing, talkIn } from '../support/parking-site.js';
import { PARTITIONS, openRebuildSite } from '../support/rebuild-site.js';

// Rebuilds of read models with parked keys: `timeline` in PostgreSQL and `unread` in Redis refuse a message.

const REFUSING = ['timeline', 'unread'];

/** @param after whether more messages follow the refused one */
async function openSite({ after = true } = {}) {
  const site = await openRebuildSite();
  const poison = new Set(['poison']);
  const program = site.program(refusing(poison));
  const [sick, well] = [talkIn(), talkIn()];
  await program.project();
  await site.log.write(
    0,
    [
      sick.create(),
      well.create(),
      sick.say(),
      sick.say('poison'),
      well.say(),
      ...(after ? [sick.say(), sick.say()] : []),
    ].flat(),
  );
  await program.caughtUp();
  const admin = deadLetterAdmin(site.pool);
  const chosen = REFUSING.map((name) => program.choice(name));
  return {
    site,
    poison,
    program,
    sick,
    well,
    admin,
    chosen,
    letters: () => admin.list({ closed: true }),
    parked: async () =>
      (
        await Promise.all(
          chosen.flatMap(({ live, projection }) =>
            Array.from({ length: PARTITIONS }, (_, partition) => live.parked(projection, partition)),
          ),
        )
      )
        .flat()
        .map(({ key }) => key),
    [Symbol.asyncDispose]: () => site[Symbol.asyncDispose](),
  };
}

test('a rebuild ends where the code fails; mended, it has all, and dead letters close', async () => {
  await using opened = await openSite();
  const { site, poison, program, sick, well, chosen } = opened;
  expect(await opened.parked()).toEqual([sick.room, sick.room]);
  const ended = await rebuild(program.work({ choices: chosen }));
  expect(ended.failed.map(({ name, error }) => [name, error.message])).toEqual(
    expect.arrayContaining(
      REFUSING.map((name): unknown => [
        name,
        expect.stringMatching(/^MessagePosted at position \d+ of partition 0 cannot be folded: /),
      ]),
    ),
  );
  poison.clear();
  const { failed, rebuilt } = await rebuild(program.work({ choices: chosen }));
  expect(failed).toEqual([]);
  expect(rebuilt).toHaveLength(2);
  await until(
    async () => (await opened.letters()).every(({ state }) => state === 'applied'),
    'the letters to be closed',
  );
  expect(await opened.parked()).toEqual([]);
  await site.log.write(0, [...sick.say(), ...well.say()]);
  await program.caughtUp();
  expect((await verify(program.work())).verified.filter(({ equal }) => !equal)).toEqual([]);
  for (const choice of chosen)
    await expect(rollback(program.work(), choice)).rejects.toThrow('was kept with parked keys (1)');
});

test.each([true, false])('a dropped event is left out of rebuild and verify; with more: %s', async (after) => {
  await using opened = await openSite({ after });
  const { site, program, sick, well, admin, chosen } = opened;
  for (const { id } of await opened.letters()) await admin.drop(id, { answered: true });
  await until(
    async () => (await opened.letters()).every(({ requestedAt }) => requestedAt === null),
    'what waits behind it to be applied',
  );
  expect((await rebuild(program.work({ choices: chosen }))).failed).toEqual([]);
  await site.log.write(0, [...sick.say(), ...well.say()]);
  await program.caughtUp();
  const { verified, failed } = await verify(program.work());
  expect(failed).toEqual([]);
  expect(verified.filter(({ equal }) => !equal)).toEqual([]);
  expect((await opened.letters()).map(({ state }) => state)).toEqual(['dropped', 'dropped']);
});

test('an event that only the rebuild refuses leaves nothing; the next one starts over', async () => {
  await using site = await openRebuildSite();
  const poison = new Set<string>();
  const program = site.program(refusing(poison));
  const room = talkIn();
  await program.project();
  await site.log.write(0, [room.create(), room.say(), room.say(), room.say('poison')].flat());
  await program.caughtUp();
  poison.add('poison');
  const work = program.work({ choices: REFUSING.map((name) => program.choice(name)) });
  expect((await rebuild(work)).failed.map(({ name }) => name).sort()).toEqual(REFUSING);
  const begun = (await work.generations.list()).filter(({ role }) => role === 'next').map(({ name }) => name);
  // The other is before the event, with all earlier events.
  expect(begun).toEqual(['timeline']);
  poison.clear();
  const { failed, rebuilt } = await rebuild(work);
  expect(failed).toEqual([]);
  expect(rebuilt.map(({ name, resumed }) => [name, resumed])).toEqual([
    ['timeline', true],
    ['unread', false],
  ]);
  expect((await verify(program.work())).verified.filter(({ equal }) => !equal)).toEqual([]);
});
