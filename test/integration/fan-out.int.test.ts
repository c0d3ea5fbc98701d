import { ofDomain } from '../../src/events/event.js';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { DomainEvent, RecordedEvent } from '../../src/events/event.js';
import { userId } from '../../src/engine/domain/ids.js';
import { roomId } from '../../src/events/ids.js';
import type { FanOut } from '../../src/engine/fan-out/fan-out.js';
import { createFanOut } from '../../src/engine/fan-out/fan-out.js';
import type { EventStore } from '../../src/engine/store/event-store.js';
import { createMetrics } from '../../src/metrics.js';
import { quietLogger, until } from '../support/conditions.js';
import { openEventLog } from '../support/event-log.js';
import type { TestSubscriber } from '../support/fan-out-site.js';
import {
  PARTITION,
  newRoom,
  posted,
  posts,
  joined,
  positionsOf,
  openSite,
  shown,
  query,
  join,
} from '../support/fan-out-site.js';

test('an unreadable event ends the subscriptions of its room, and no others', async () => {
  await using site = await openSite();
  const [room, other] = [newRoom(), newRoom()];
  const [live, elsewhere] = [join(site, query(room), 0), join(site, query(other), 0)];
  const [first] = await site.log.write(PARTITION, [posted(room, 1)]);
  await until(() => live.positions.length === 1, 'the room is live');
  const { events } = await site.log.commit(PARTITION, [posted(room, 2), posted(other, 1), posted(room, 3)]);
  await site.log.database.pool.query(
    "UPDATE events SET type = 'MessagePainted' WHERE partition = $1 AND position = $2",
    [PARTITION, events[0]!.position],
  );
  // The publisher could read it. This program is notified that the log has grown, and reads.
  await site.log.feed.publish({
    partition: PARTITION,
    epoch: null,
    head: events[2]!.position,
    events: [],
    receipts: [],
  });
  await live.over;
  expect(live.ends).toMatchObject([{ reason: 'failed', error: { code: 'UNREADABLE_EVENT' } }]);
  expect(live.positions).toEqual([first!.position]);
  await until(() => elsewhere.positions.length === 1, 'the other room has its event');

  const resumed = join(site, query(room), first!.position);
  await resumed.over;
  expect(resumed.ends).toMatchObject([{ reason: 'failed', error: { code: 'UNREADABLE_EVENT' } }]);
  expect(resumed.positions).toEqual([]);
  const fromNow = join(site, query(room), site.fanOut.position(PARTITION));
  const [next] = await site.log.write(PARTITION, [posted(room, 4)]);
  await until(() => fromNow.positions.length === 1, 'whoever begins behind it gets what comes');
  expect(fromNow.positions).toEqual([next!.position]);
});

test('an event that a selection does not show is passed', async () => {
  await using site = await openSite();
  const room = newRoom();
  const messages = join(
    site,
    query(room, 'messages', (event) => Promise.resolve(event.event.type === 'MessagePosted' ? shown(event) : null)),
    0,
  );
  const events = await site.log.write(PARTITION, [posted(room, 1), joined(room, 'ben'), posted(room, 2)]);
  await until(() => messages.positions.length === 2, 'both messages came');
  expect(messages.positions).toEqual([events[0]!.position, events[2]!.position]);
});

type Telling = 'published' | 'published twice' | 'lost' | 'late' | 'hinted';
type Happening =
  | { readonly write: number; readonly telling: Telling }
  | { readonly joinAfter: number; readonly slow: boolean }
  | { readonly wait: true };

test('a subscriber gets exactly the events after its place, also from a bad feed', async () => {
  await using site = await openSite({ pollIntervalMs: 50 });
  const happening: fc.Arbitrary<Happening> = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        write: fc.oneof(
          { weight: 5, arbitrary: fc.integer({ min: 1, max: 20 }) },
          { weight: 1, arbitrary: fc.integer({ min: 100, max: 300 }) },
        ),
        telling: fc.constantFrom<Telling>('published', 'published', 'published twice', 'lost', 'late', 'hinted'),
      }),
    },
    { weight: 3, arbitrary: fc.record({ joinAfter: fc.double({ min: 0, max: 1, noNaN: true }), slow: fc.boolean() }) },
    { weight: 1, arbitrary: fc.constant({ wait: true as const }) },
  );
  await fc.assert(
    // A history longer than a page and than the results that are kept, or none.
    fc.asyncProperty(
      fc.constantFrom(0, 30, 500),
      fc.array(happening, { minLength: 3, maxLength: 20 }),
      async (history, happenings) => {
        const room = newRoom();
        const events: RecordedEvent[] = [];
        const late: (() => Promise<void>)[] = [];
        const subscribers: { readonly after: number; readonly slow: boolean; readonly subscriber: TestSubscriber }[] =
          [];
        const joinAt = (share: number, slow: boolean): void => {
          const after =
            share === 1
              ? site.fanOut.position(PARTITION)
              : (events[Math.floor(share * events.length)]?.position ?? 1) - 1;
          subscribers.push({
            after,
            slow,
            subscriber: join(site, query(room), after, { network: slow ? 'stuck' : 'fast' }),
          });
        };
        const write = async (count: number, telling: Telling): Promise<void> => {
          const mixed = Array.from({ length: count }, (_, n) => (n % 7 === 3 ? posted(newRoom(), n) : posted(room, n)));
          const batch = await site.log.commit(PARTITION, mixed);
          events.push(...batch.events.filter(({ key }) => key === room).map(ofDomain));
          if (telling === 'late') late.push(() => site.log.feed.publish(batch));
          if (telling === 'hinted') await site.log.feed.publish({ ...batch, events: [], receipts: [] });
          if (telling === 'published' || telling === 'published twice') await site.log.feed.publish(batch);
          if (telling === 'published twice') await site.log.feed.publish(batch);
        };
        const pump = setInterval(() => subscribers.forEach(({ subscriber }) => subscriber.take(20_000)), 1).unref();

        if (history > 0) await write(history, 'published');
        for (const each of happenings) {
          if ('write' in each) await write(each.write, each.telling);
          else if ('joinAfter' in each) joinAt(each.joinAfter, each.slow);
          else await new Promise((resolve) => setImmediate(resolve));
        }
        for (const publish of late) await publish();
        await write(1, 'published');

        const last = events.at(-1)!.position;
        await until(
          () => subscribers.every(({ subscriber }) => subscriber.positions.at(-1) === last),
          'everyone has the last event',
        );
        clearInterval(pump);
        for (const { after, subscriber } of subscribers) {
          expect(subscriber.positions).toEqual(positionsOf(events, after));
          expect(subscriber.ends).toEqual([]);
          subscriber.cancel();
        }
        expect(await site.groups()).toBe(0);
        expect(await site.subscribers()).toBe(0);
      },
    ),
    { numRuns: 20, endOnFailure: true },
  );
});

test('a subscriber who joins between a delivery and the next step misses nothing', async () => {
  await using site = await openSite();
  const room = newRoom();
  let second: TestSubscriber | undefined;
  let before = 0;
  const first = join(
    site,
    query(room, 'first', (event) => {
      queueMicrotask(() => {
        if (second) return;
        before = site.fanOut.position(PARTITION);
        second = join(site, query(room, 'second'), before);
      });
      return Promise.resolve(shown(event));
    }),
    0,
  );
  await site.log.write(PARTITION, posts(room, 1));
  await until(() => second !== undefined && first.positions.length === 1, 'the first event came');
  await site.log.write(PARTITION, posts(room, 1));
  const last = (await site.log.store.heads())[PARTITION]!;
  await until(() => second!.positions.includes(last), 'the second event came');
  expect(second!.positions).toEqual([1, 2].filter((at) => at > before));
});

test('a settled position was pushed a poll ago, and is of this log', async () => {
  const looks: { readonly position: number; readonly established: number }[] = [];
  await using log = await openEventLog(3);
  const site: { fanOut?: FanOut } = {};
  const store: EventStore = {
    ...log.store,
    heads() {
      // Each poll advances its own state, and then asks.
      const { fanOut } = site;
      if (fanOut) looks.push({ position: fanOut.position(1), established: fanOut.settledPosition(1) });
      return log.store.heads();
    },
  };
  const fanOut = createFanOut({
    feed: log.feed,
    store,
    partitions: 3,
    pollIntervalMs: 20,
    groupsPerRoom: 100,
    groupsPerUser: 100,
    onBatch: () => undefined,
    onEvents: () => undefined,
    logger: quietLogger,
    metrics: createMetrics(),
  });
  await fanOut.start();
  site.fanOut = fanOut;
  const room = roomId(randomUUID());
  const event: DomainEvent = {
    type: 'MessagePosted',
    data: { roomId: room, seq: 1, authorId: userId('ann'), body: '' },
  };
  try {
    for (let n = 0; n < 3; n++) {
      const at = (await log.write(1, [event])).at(-1)!.position;
      await until(() => fanOut.settledPosition(1) === at, 'the event is established');
    }
    expect(looks.slice(1).map(({ established }) => established)).toEqual(
      looks.slice(0, -1).map(({ position: before }) => before),
    );
    // The database loses the last two events.
    const forked = new Promise<number>((resolve) =>
      store.epochs.onFork(({ partition }) => {
        if (partition === 1) resolve(fanOut.settledPosition(1));
      }),
    );
    const { pool } = log.database;
    await pool.query('DELETE FROM events WHERE partition = 1 AND position > 1');
    await pool.query('UPDATE event_heads SET head = 1 WHERE partition = 1');
    expect(await forked).toBe(1);
  } finally {
    await fanOut.stop();
  }
});
