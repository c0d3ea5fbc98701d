import type { DomainEvent, RecordedEvent } from '../../src/events/event.js';
import type { DeadLetters } from '../../src/engine/store/dead-letters.js';
import type { ProjectionStore } from '../../src/engine/projector/projection-store.js';
import type { Projection } from '../../src/engine/projector/projection.js';
import { until } from '../support/conditions.js';
import type { ParkingSite, RedisServer } from '../support/parking-site.js';
import { openParkingSite, startRedisServer, talkIn } from '../support/parking-site.js';

// Events that a read model cannot apply: `timeline` in PostgreSQL and `unread` in Redis.

let server: RedisServer;
beforeAll(async () => {
  server = await startRedisServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Two rooms of one partition; both read models refuse the message `poison` in the first. */
async function openSite() {
  const site = await openParkingSite(server.url);
  const [sick, well] = [talkIn(), talkIn()];
  const write = (...events: readonly (readonly DomainEvent[])[]) => site.log.write(0, events.flat());
  const both = [`timeline ${sick.room}`, `unread ${sick.room}`];
  return { site, sick, well, write, both, [Symbol.asyncDispose]: () => site[Symbol.asyncDispose]() };
}

const ofRoom = (room: string) => (event: RecordedEvent) => event.key === room;

/**
 * The state before the first refused message: the sick room's events are in neither of the two; the other read models
 * have everything.
 */
const foldBefore = (site: ParkingSite, room: string, from: number) =>
  site.fold(
    (event, { name }) => ofRoom(room)(event) && event.position >= from && (name === 'timeline' || name === 'unread'),
  );

test.each(['first', 'middle', 'last'] as const)(
  'an event that cannot be applied, the %s of its batch, holds back its own key alone',
  async (place) => {
    await using opened = await openSite();
    const { site, sick, well, write, both } = opened;
    await write(sick.create(), well.create(), sick.say(), well.say());
    {
      await using _ = await site.start();
      await site.atEnd();
    }
    site.poison.add('poison');
    const around = Array.from({ length: 30 }, () => [...sick.say(), ...well.say()]).flat();
    const [before, after] = {
      first: [[], around],
      middle: [around, [...sick.say(), ...well.say(), ...sick.say()]],
      last: [around, []],
    }[place] as [DomainEvent[], DomainEvent[]];
    const written = await write(before, sick.say('poison'), after);
    const poisoned = written.find(({ event }) => event.type === 'MessagePosted' && event.data.body === 'poison')!;
    const projector = await site.start();
    await site.atEnd();
    expect(await site.parked()).toEqual(both);
    expect(
      (await site.letters()).map(({ id: _id, at: _at, payload, ...letter }) => ({
        ...letter,
        payload: JSON.parse(payload) as unknown,
      })),
    ).toEqual(
      ['timeline', 'unread'].map((name): unknown =>
        expect.objectContaining({
          source: `projection:${name}`,
          partition: 0,
          place: poisoned.position,
          key: sick.room,
          stream: poisoned.stream,
          recordedAt: poisoned.at,
          state: 'waiting',
          payload: poisoned.event,
        }),
      ),
    );
    // Live events, too: the parked room waits, the other one goes on.
    await write(sick.say(), well.say(), sick.say());
    await site.atEnd();
    expect(await withoutParked(site)).toEqual(await foldBefore(site, sick.room, poisoned.position));
    expect(projector.parked().filter(({ keys }) => keys > 0)).toEqual(
      ['timeline', 'unread'].map((name): unknown => ({ projection: name, partition: 0, keys: 1 })),
    );

    site.poison.clear();
    for (const letter of await site.letters())
      expect(await site.retry(letter)).toMatchObject({ state: 'applied', closedAt: expect.any(Date) as Date });
    expect(await site.parked()).toEqual([]);
    expect(await site.held()).toEqual(await site.fold());
    await write(sick.say(), well.say());
    await site.atEnd();
    expect(await site.held()).toEqual(await site.fold());
  },
);

/** The contents, without the note of parked keys in Redis. */
async function withoutParked(site: ParkingSite) {
  const { postgres, redis } = await site.held();
  return { postgres, redis: redis.filter(([key]) => !key.endsWith(':parked')) };
}

test('a retry with code that still refuses it gives the reason, and changes nothing', async () => {
  await using opened = await openSite();
  const { site, sick, well, write, both } = opened;
  site.poison.add('poison');
  await write(sick.create(), well.create(), sick.say(), sick.say('poison'), well.say(), sick.say());
  await site.start();
  await site.atEnd();
  const held = await site.held();
  for (const letter of await site.letters()) {
    expect(await site.retry(letter)).toMatchObject({
      state: 'waiting',
      tries: 1,
      triedAt: expect.any(Date) as Date,
      reason: letter.reason,
    });
  }
  expect(await site.parked()).toEqual(both);
  expect(await site.held()).toEqual(held);
});

test('behind an event that is applied at last, the next bad one parks the key anew', async () => {
  await using opened = await openSite();
  const { site, sick, well, write, both } = opened;
  site.poison.add('poison').add('venom');
  await write(
    sick.create(),
    well.create(),
    sick.say(),
    sick.say('poison'),
    sick.say(),
    well.say(),
    sick.say('venom'),
    sick.say(),
  );
  await site.start();
  await site.atEnd();
  const first = await site.letters();
  expect(first).toHaveLength(2);
  site.poison.delete('poison');
  for (const letter of first) expect(await site.retry(letter)).toMatchObject({ state: 'applied' });
  expect(await site.parked()).toEqual(both);
  const second = (await site.letters()).filter(({ state }) => state === 'waiting');
  expect(second.map(({ source, payload }) => [source, payload.includes('venom')])).toEqual([
    ['projection:timeline', true],
    ['projection:unread', true],
  ]);
  site.poison.clear();
  for (const letter of second) expect(await site.retry(letter)).toMatchObject({ state: 'applied' });
  expect(await site.parked()).toEqual([]);
  expect(await site.held()).toEqual(await site.fold());
});

test('a dropped event is passed, later ones are applied, and no refill parks it again', async () => {
  await using opened = await openSite();
  const { site, sick, well, write } = opened;
  site.poison.add('poison');
  await write(sick.create(), well.create(), sick.say(), sick.say('poison'), well.say(), sick.say(), sick.say());
  const projector = await site.start();
  await site.atEnd();
  for (const letter of await site.letters()) expect(await site.drop(letter)).toMatchObject({ state: 'dropped' });
  expect(await site.parked()).toEqual([]);
  const passed = await site.fold(
    ({ event }, { name }) =>
      event.type === 'MessagePosted' && event.data.body === 'poison' && (name === 'timeline' || name === 'unread'),
  );
  expect(await site.held()).toEqual(passed);

  await projector.stop();
  await site.redis.ask((client) => client.flushall());
  await site.pool.query(
    'WITH t AS (DELETE FROM messages), r AS (DELETE FROM reactions), c AS (DELETE ' +
      `FROM reaction_counts) DELETE FROM projection_checkpoints WHERE name = 'timeline'`,
  );
  await site.pool.query("DELETE FROM parked_keys WHERE name = 'timeline'");
  await site.start();
  await site.atEnd();
  expect(await site.parked()).toEqual([]);
  expect((await site.letters()).map(({ state }) => state)).toEqual(['dropped', 'dropped']);
  expect(await site.held()).toEqual(passed);
});

test('a number too large for the columns parks the room in each read model of it', async () => {
  await using opened = await openSite();
  const { site, sick, well, write } = opened;
  const [huge] = sick.say('too far') as [DomainEvent & { readonly type: 'MessagePosted' }];
  const written = await write(
    sick.create(),
    well.create(),
    [{ ...huge, data: { ...huge.data, seq: 3_000_000_000 } }],
    well.say(),
    sick.say(),
  );
  await site.start();
  await site.atEnd();
  expect(await site.parked()).toEqual([`read-positions ${sick.room}`, `rooms ${sick.room}`, `timeline ${sick.room}`]);
  expect(new Set((await site.letters()).map(({ place, reason }) => `${place} ${reason}`))).toEqual(
    new Set([`${written[6]!.position} value "3000000000" is out of range for type integer`]),
  );
  for (const letter of await site.letters()) expect(await site.drop(letter)).toMatchObject({ state: 'dropped' });
  expect(await site.parked()).toEqual([]);
  const { postgres } = await site.held();
  expect(postgres).toEqual(
    (await site.fold(({ event }) => event.type === 'MessagePosted' && event.data.seq > 2 ** 31)).postgres,
  );
});

test('a read model that refills with mended code closes the dead letter by itself', async () => {
  await using opened = await openSite();
  const { site, sick, well, write } = opened;
  site.poison.add('poison');
  await write(sick.create(), well.create(), sick.say('poison'), well.say(), sick.say());
  await site.start();
  await site.atEnd();
  site.poison.clear();
  await site.redis.ask((client) => client.flushall());
  await until(
    async () => (await site.letters()).find(({ source }) => source === 'projection:unread')?.state === 'applied',
    'the letter of the Redis model to be closed',
  );
  expect(await site.parked()).toEqual([`timeline ${sick.room}`]);
  for (const letter of await site.letters()) await site.retry(letter);
  await site.atEnd();
  expect(await site.held()).toEqual(await site.fold());
});

test('a database without an expected column makes read models wait, and parks nothing', async () => {
  await using opened = await openSite();
  const { site, sick, well, write } = opened;
  await site.pool.query('ALTER TABLE messages RENAME body TO text');
  await site.start();
  await write(sick.create(), well.create(), sick.say(), well.say());
  const head = (await site.log.store.heads())[0]!;
  const others = async () =>
    (
      await site.pool.query<{ name: string }>(
        'SELECT name FROM projection_checkpoints WHERE partition = 0 AND position = $1',
        [head],
      )
    ).rowCount;
  await until(async () => (await others()) === 5, 'all others in PostgreSQL to go on');
  await site.pool.query('ALTER TABLE messages RENAME text TO body');
  await site.atEnd();
  expect(await site.letters()).toEqual([]);
  expect(await site.held()).toEqual(await site.fold());
});

/** Work of the two read models that breaks off now and then: before or after it is done. */
function breaking(every: number) {
  let calls = 0;
  let broken = 0;
  // Both stores know it as transient.
  const broke = Object.assign(new Error('broken off'), { code: '57P01' });
  const around = async <R>(work: () => Promise<R>): Promise<R> => {
    const turn = ++calls % every;
    if (turn < 2) broken++;
    if (turn === 0) throw broke;
    const result = await work();
    if (turn === 1) throw broke;
    return result;
  };
  const of = <R>({ name }: Projection, work: () => Promise<R>): Promise<R> =>
    name === 'timeline' || name === 'unread' ? around(work) : work();
  const store = (kept: ProjectionStore<Projection>): ProjectionStore<Projection> => ({
    ...kept,
    apply: (...args) => of(args[0], () => kept.apply(...args)),
    release: (...args) => of(args[0], () => kept.release(...args)),
    parked: (...args) => of(args[0], () => kept.parked(...args)),
  });
  const letters = (kept: DeadLetters): DeadLetters => ({
    ...kept,
    add: (letter) => around(() => kept.add(letter)),
    close: (ids) => (ids.length === 0 ? Promise.resolve() : around(() => kept.close(ids))),
    failedAgain: (id, reason) => around(() => kept.failedAgain(id, reason)),
  });
  return { store, letters, broken: () => broken };
}

test.each([17, 23])('each step breaks off every %ith time: nothing is doubled and nothing lost', async (every) => {
  await using opened = await openSite();
  const { site, sick, well, write } = opened;
  const wrapped = breaking(every);
  site.poison.add('poison').add('venom');
  await write(sick.create(), well.create(), sick.say(), sick.say('poison'), well.say(), sick.say());
  await site.start(wrapped);
  for (let round = 0; round < 5; round++) await write(sick.say(round === 2 ? 'venom' : undefined), well.say());
  await site.atEnd();
  for (const mended of ['poison', 'venom']) {
    site.poison.delete(mended);
    for (const { id } of (await site.letters()).filter(
      ({ state, payload }) => state === 'waiting' && payload.includes(mended),
    )) {
      await until(async () => {
        if ((await site.admin.find(id))?.state === 'applied') return true;
        await site.admin.request(id);
        return false;
      }, 'the letter to be applied');
    }
    await write(sick.say(), well.say());
  }
  await until(async () => (await site.parked()).length === 0, 'nothing to be parked');
  await site.atEnd();
  expect(wrapped.broken()).toBeGreaterThan(5);
  expect(await site.held()).toEqual(await site.fold());
  await until(
    async () => (await site.letters()).every(({ state, requestedAt }) => state === 'applied' && requestedAt === null),
    'every letter to be closed and answered',
  );
});

test('a projector that lost its partition cannot park a key that another released', async () => {
  await using opened = await openSite();
  const { site, sick, well, write } = opened;
  site.poison.add('poison');
  await write(sick.create(), well.create(), sick.say('poison'), sick.say());
  // The first one is stopped in the middle of a step, with its knowledge of the parked keys.
  let resume: () => void = () => undefined;
  const frozen = new Promise<void>((resolve) => (resume = resolve));
  let freeze = false;
  let stands = false;
  const old = await site.start({
    letters: (kept) => kept,
    store: (kept) => ({
      ...kept,
      async apply(...args) {
        if (freeze) {
          stands = true;
          await frozen;
        }
        return kept.apply(...args);
      },
    }),
  });
  await site.atEnd();
  freeze = true;
  await write(sick.say(), well.say());
  await until(() => stands, 'the first to be stopped');
  site.poison.clear();
  await using rival = site.rival();
  for (const letter of await site.letters()) expect(await site.retry(letter)).toMatchObject({ state: 'applied' });
  const stopping = old.stop();
  resume();
  await stopping;
  await write(sick.say(), well.say());
  await rival.grown();
  await site.atPartitionEnd(0);
  expect(await site.parked()).toEqual([]);
  expect(await site.held()).toEqual(await site.fold());
});

test("a newer program's event parks its room, no dead letter, until it can be read", async () => {
  await using opened = await openSite();
  const { site, sick, well, write } = opened;
  const projector = await site.start();
  await site.atEnd();
  await write(sick.create(), well.create(), sick.say(), sick.say(), well.say());
  await site.atEnd();
  await projector.stop();
  const written = await write(sick.say(), sick.say(), well.say(), sick.say());
  const at = (type: string) => written.find(({ event, key }) => event.type === type && key === sick.room)!.position;
  // Of a type that only some read models handle, and of an unknown one, behind it.
  await site.pool.query(`UPDATE events SET schema = 2 WHERE partition = 0 AND position = $1`, [at('MessagesRead')]);
  const older = await site.start();
  await site.atEnd();
  expect(await site.parked()).toEqual([`read-positions ${sick.room}`, `unread ${sick.room}`]);
  await site.pool.query(`UPDATE events SET type = 'EmojiThrown' WHERE partition = 0 AND position = $1`, [
    written.at(-1)!.position,
  ]);
  await older.stop();
  await site.pool.query(`UPDATE projection_checkpoints SET position = $1 WHERE partition = 0 AND name = 'members'`, [
    written.at(-1)!.position - 1,
  ]);
  const still = await site.start();
  await site.atEnd();
  expect(await site.parked()).toEqual([`members ${sick.room}`, `read-positions ${sick.room}`, `unread ${sick.room}`]);
  expect(await site.letters()).toEqual([]);
  const { rows } = await site.pool.query<{ reason: string }>(`SELECT reason FROM parked_keys ORDER BY name`);
  expect(rows.map(({ reason }) => reason)).toEqual([
    'UNREADABLE_EVENT: event type EmojiThrown is unknown to this program: deploy one that knows it',
    'UNREADABLE_EVENT: MessagesRead has schema 2, this program reads up to 1: deploy a newer one',
  ]);
  await write(sick.say(), well.say());
  await site.atEnd();
  await still.stop();

  // The newer program.
  const { type } = written.at(-1)!.event;
  await site.pool.query(
    `UPDATE events SET schema = 1, type = CASE type WHEN 'EmojiThrown' THEN $1 ELSE type END WHERE partition = 0`,
    [type],
  );
  await site.start();
  await until(async () => (await site.parked()).length === 0, 'everything to be taken up');
  await site.atEnd();
  expect(await site.held()).toEqual(await site.fold());
});
