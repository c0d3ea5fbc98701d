import { ofDomain } from '../../src/events/event.js';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { DomainEvent, RecordedEvent } from '../../src/events/event.js';
import type { Position } from '../../src/engine/domain/ids.js';
import type { RoomId } from '../../src/events/ids.js';
import { position, userId } from '../../src/engine/domain/ids.js';
import { roomId } from '../../src/events/ids.js';
import type { FanOut } from '../../src/engine/fan-out/fan-out.js';
import { createFanOut } from '../../src/engine/fan-out/fan-out.js';
import type { EventStore } from '../../src/engine/store/event-store.js';
import { isNotice } from '../../src/engine/fan-out/notice.js';
import type { GroupQuery } from '../../src/engine/fan-out/group-query.js';
import type { End, Sink } from '../../src/engine/fan-out/subscriber.js';
import { createMetrics } from '../../src/metrics.js';
import { quietLogger, until } from '../support/conditions.js';
import type { EventLog } from '../support/event-log.js';
import { openEventLog } from '../support/event-log.js';

const PARTITION = 1;
const KILOBYTE = 'x'.repeat(1_024);

const newRoom = () => roomId(randomUUID());
const posted = (room: RoomId, seq: number, body = 'hello'): DomainEvent => ({
  type: 'MessagePosted',
  data: { roomId: room, seq, authorId: userId('ann'), body },
});
const posts = (room: RoomId, count: number, body?: string): readonly DomainEvent[] =>
  Array.from({ length: count }, (_, n) => posted(room, n + 1, body));
const joined = (room: RoomId, user: string): DomainEvent => ({
  type: 'MemberJoined',
  data: { roomId: room, userId: userId(user), seq: 0 },
});
const left = (room: RoomId, user: string): DomainEvent => ({
  type: 'MemberLeft',
  data: { roomId: room, userId: userId(user) },
});
const positionsOf = (events: readonly RecordedEvent[], after = 0): readonly number[] =>
  events.map((event) => event.position).filter((at) => at > after);

interface Site {
  readonly log: EventLog;
  readonly fanOut: FanOut;
  readonly groups: () => Promise<number>;
  readonly subscribers: () => Promise<number>;
}

interface SiteOptions {
  readonly pollIntervalMs?: number;
  readonly groupsPerRoom?: number;
  readonly groupsPerUser?: number;
}

async function openSite(options: SiteOptions = {}): Promise<Site & AsyncDisposable> {
  const log = await openEventLog(3);
  const metrics = createMetrics();
  const fanOut = createFanOut({
    feed: log.feed,
    store: log.store,
    partitions: 3,
    pollIntervalMs: 1_000,
    groupsPerRoom: 100,
    groupsPerUser: 100,
    onBatch: () => undefined,
    onEvents: () => undefined,
    logger: quietLogger,
    metrics,
    ...options,
  });
  await fanOut.start();
  const sum = async (gauge: typeof metrics.groups | typeof metrics.subscribers) =>
    (await gauge.get()).values.reduce((all, { value }) => all + value, 0);
  return {
    log,
    fanOut,
    groups: () => sum(metrics.groups),
    subscribers: () => sum(metrics.subscribers),
    async [Symbol.asyncDispose]() {
      await fanOut.stop();
      await log[Symbol.asyncDispose]();
    },
  };
}

/** Shows the position, and the body so that results have the size of messages. */
const shown = ({ position: at, event }: RecordedEvent): string =>
  JSON.stringify({ at, body: event.type === 'MessagePosted' ? event.data.body : null });

function query(
  room: RoomId,
  key = 'all',
  render: (event: RecordedEvent) => Promise<string | null> = (event) => Promise.resolve(shown(event)),
): GroupQuery {
  return {
    key: room,
    partition: PARTITION,
    group: key,
    render: async (updates) => {
      const results = await Promise.all(
        updates.map((update) =>
          isNotice(update)
            ? Promise.resolve(`notice ${String(update.notice)} at ${update.position}`)
            : render(ofDomain(update)),
        ),
      );
      return results.filter((result) => result !== null);
    },
  };
}

interface TestSubscriber {
  readonly positions: number[];
  readonly ends: End[];
  readonly over: Promise<void>;
  /** Bytes that the network has not taken. */
  readonly backlog: () => number;
  readonly most: () => number;
  /** The network takes so many bytes. */
  take(bytes: number): void;
  cancel(): void;
}

interface Joining {
  readonly user?: string;
  /** Takes everything at once by default. */
  readonly network?: 'fast' | 'stuck';
  readonly ended?: (end: End) => void;
  readonly next?: (at: number) => void;
}

function join(
  { fanOut }: Pick<Site, 'fanOut'>,
  asked: GroupQuery,
  after: number,
  { user = 'ann', network = 'fast', ended, next }: Joining = {},
): TestSubscriber {
  const aborting = new AbortController();
  const positions: number[] = [];
  const ends: End[] = [];
  let backlog = 0;
  let most = 0;
  const take = (result: string): void => {
    const { at } = JSON.parse(result) as { readonly at: number };
    positions.push(at);
    if (network === 'stuck') backlog += result.length;
    most = Math.max(most, backlog);
    next?.(at);
  };
  const sink: Sink = {
    transport: 'websocket',
    next: take,
    deliver({ results }) {
      results.forEach(take);
      return backlog === 0;
    },
    backlog: () => backlog,
  };
  const over = fanOut.subscribe(asked, position(after), {
    userId: userId(user),
    sink,
    signal: aborting.signal,
    ended(end) {
      ends.push(end);
      ended?.(end);
    },
  });
  return {
    positions,
    ends,
    over,
    backlog: () => backlog,
    most: () => most,
    take: (bytes) => (backlog = Math.max(0, backlog - bytes)),
    cancel: () => aborting.abort(),
  };
}

test('an event is executed once a group, and each subscriber gets it once in order', async () => {
  await using site = await openSite();
  const room = newRoom();
  const rendered: Record<string, number[]> = { all: [], bodies: [] };
  const asking = (key: string) =>
    query(room, key, (event) => {
      rendered[key]!.push(event.position);
      return Promise.resolve(shown(event));
    });
  const subscribers = Array.from({ length: 220 }, (_, n) => join(site, asking(n < 200 ? 'all' : 'bodies'), 0));
  expect(await site.groups()).toBe(2);
  expect(await site.subscribers()).toBe(220);

  const events: RecordedEvent[] = [];
  for (let batch = 0; batch < 20; batch++) {
    await site.log.write(PARTITION, [posted(newRoom(), 1)]);
    events.push(...(await site.log.write(PARTITION, posts(room, 3))));
  }
  const expected = positionsOf(events);
  await until(
    () => subscribers.every(({ positions }) => positions.length >= expected.length),
    'everyone has every event',
  );
  for (const { positions } of subscribers) expect(positions).toEqual(expected);
  expect(rendered.all).toEqual(expected);
  expect(rendered.bodies).toEqual(expected);

  for (const { cancel } of subscribers) cancel();
  await Promise.all(subscribers.map(({ over }) => over));
  expect(subscribers.every(({ ends }) => ends.length === 1 && ends[0]!.reason === 'cancelled')).toBe(true);
  expect(await site.groups()).toBe(0);
  expect(await site.subscribers()).toBe(0);
});

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

test('a slow subscriber is ended with its position, and resumes with the rest', async () => {
  await using site = await openSite();
  const room = newRoom();
  const fast = join(site, query(room), 0);
  const stuck = join(site, query(room), 0, { network: 'stuck' });
  const events: RecordedEvent[] = [];
  for (let batch = 0; batch < 15; batch++)
    events.push(...(await site.log.write(PARTITION, posts(room, 100, KILOBYTE))));
  await until(() => fast.positions.length === events.length, 'the others have everything');
  await stuck.over;

  expect(fast.positions).toEqual(positionsOf(events));
  const [end] = stuck.ends;
  expect(stuck.ends).toEqual([{ reason: 'lagged', position: stuck.positions.at(-1) }]);
  const at = (end as { readonly position: Position }).position;
  expect(at).toBeLessThan(events.at(-1)!.position);
  expect(stuck.most()).toBeLessThan(1_100_000);
  const again = join(site, query(room), at);
  await until(() => again.positions.at(-1) === events.at(-1)!.position, 'the rest came');
  expect([...stuck.positions, ...again.positions]).toEqual(positionsOf(events));
});

test('a subscriber that reads a long history over a slow network is paced', async () => {
  await using site = await openSite();
  const room = newRoom();
  const events: RecordedEvent[] = [];
  for (let batch = 0; batch < 6; batch++)
    events.push(...(await site.log.write(PARTITION, posts(room, 100, KILOBYTE.repeat(4)))));
  await until(() => site.fanOut.position(PARTITION) === 600, 'the fan-out is at the head');
  const slow = join(site, query(room), 0, { network: 'stuck' });
  const pump = setInterval(() => slow.take(100_000), 1).unref();
  await until(() => slow.positions.length === events.length, 'the whole history came');
  events.push(...(await site.log.write(PARTITION, posts(room, 10))));
  await until(() => slow.positions.length === events.length, 'the new events came');
  clearInterval(pump);
  expect(slow.positions).toEqual(positionsOf(events));
  expect(slow.ends).toEqual([]);
  expect(slow.most()).toBeLessThan((1 << 20) / 2 + 5 * KILOBYTE.length);
});

describe('a member who leaves the room', () => {
  test('gets that event and nothing after it; the others go on', async () => {
    await using site = await openSite();
    const room = newRoom();
    const [ann, ben] = [join(site, query(room), 0, { user: 'ann' }), join(site, query(room), 0, { user: 'ben' })];
    const events = await site.log.write(PARTITION, [posted(room, 1), left(room, 'ben'), posted(room, 2)]);
    await until(() => ann.positions.length === 3, 'everything came to who stays');
    await ben.over;
    expect(ben.positions).toEqual(positionsOf(events).slice(0, 2));
    expect(ben.ends).toEqual([{ reason: 'left' }]);
    expect(ann.ends).toEqual([]);
  });

  test('is ended also when the history shows it, without a return', async () => {
    await using site = await openSite();
    const room = newRoom();
    const ann = join(site, query(room), 0);
    const events = await site.log.write(PARTITION, [posted(room, 1), left(room, 'ben'), posted(room, 2)]);
    await until(() => ann.positions.length === 3, 'everything is delivered');
    for (const key of ['all', 'a group of its own']) {
      const ben = join(site, query(room, key), 0, { user: 'ben' });
      await ben.over;
      expect(ben.ends).toEqual([{ reason: 'left' }]);
      expect(positionsOf(events).slice(0, ben.positions.length)).toEqual(ben.positions);
    }
  });

  test('and came back continues, when resuming from before both', async () => {
    await using site = await openSite();
    const room = newRoom();
    const ann = join(site, query(room), 0);
    const events = [...(await site.log.write(PARTITION, [left(room, 'ben'), posted(room, 1), joined(room, 'ben')]))];
    await until(() => ann.positions.length === 3, 'everything is delivered');
    const resumed = ['all', 'a group of its own'].map((key) => join(site, query(room, key), 0, { user: 'ben' }));
    events.push(...(await site.log.write(PARTITION, posts(room, 2))));
    await until(() => resumed.every(({ positions }) => positions.length === events.length), 'everything came');
    for (const { positions, ends } of resumed) {
      expect(positions).toEqual(positionsOf(events));
      expect(ends).toEqual([]);
    }
  });

  test('and came back continues, also where this server pushed only the leaving', async () => {
    await using site = await openSite();
    const room = newRoom();
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    // Executing the event of the return takes long.
    const asked = query(room, 'all', async (event) => {
      if (event.event.type === 'MemberJoined') await opened;
      return shown(event);
    });
    const ann = join(site, asked, 0);
    const events = [...(await site.log.write(PARTITION, [left(room, 'ben'), joined(room, 'ben')]))];
    await until(() => ann.positions.length === 1, 'the leaving is pushed');
    const ben = join(site, asked, 0, { user: 'ben' });
    await until(() => ben.positions.length === 1, 'the leaving is read');
    open();
    events.push(...(await site.log.write(PARTITION, posts(room, 2))));
    await until(() => ann.positions.length === events.length, 'everything is pushed');
    await until(() => ben.positions.length === events.length || ben.ends.length > 0, 'everything came');
    expect(ben.ends).toEqual([]);
    expect(ben.positions).toEqual(positionsOf(events));
  });
});

test('an execution that fails ends its group, and a new subscriber misses nothing', async () => {
  await using site = await openSite();
  const room = newRoom();
  let broken = false;
  const asked = query(room, 'all', (event) =>
    broken ? Promise.reject(new Error('a fault')) : Promise.resolve(shown(event)),
  );
  const other = join(site, query(room, 'other'), 0);
  const again: TestSubscriber[] = [];
  const first = Array.from({ length: 3 }, () => {
    const subscriber = join(site, asked, 0, {
      ended: () => {
        broken = false;
        again.push(join(site, asked, subscriber.positions.at(-1)!));
      },
    });
    return subscriber;
  });
  const events = [...(await site.log.write(PARTITION, posts(room, 2)))];
  await until(() => first.every(({ positions }) => positions.length === 2), 'the first events came');
  broken = true;
  events.push(...(await site.log.write(PARTITION, posts(room, 3))));
  await Promise.all(first.map(({ over }) => over));
  for (const { ends } of first) expect(ends).toEqual([{ reason: 'failed', error: new Error('a fault') }]);
  events.push(...(await site.log.write(PARTITION, posts(room, 1))));
  await until(
    () => again.every(({ positions }) => positions.includes(events.at(-1)!.position)),
    'the last event came to those who resumed',
  );
  for (const { positions } of again) expect(positions).toEqual(positionsOf(events).slice(2));
  await until(() => other.positions.length === events.length, 'the other group has everything');
  expect(await site.groups()).toBe(2);
});

test('a history that cannot be read ends its subscriber, as failed', async () => {
  await using site = await openSite();
  const room = newRoom();
  await site.log.write(PARTITION, posts(room, 5));
  await until(() => site.fanOut.position(PARTITION) === 5, 'the fan-out is at the head');
  const broken = join(
    site,
    query(room, 'all', () => Promise.reject(new Error('a fault'))),
    0,
  );
  await broken.over;
  expect(broken.ends).toEqual([{ reason: 'failed', error: new Error('a fault') }]);
  expect(await site.groups()).toBe(0);
});

test('stop() ends all subscribers, live or behind, also on a blocked network', async () => {
  await using site = await openSite();
  const room = newRoom();
  await site.log.write(PARTITION, posts(room, 300, KILOBYTE.repeat(4)));
  await until(() => site.fanOut.position(PARTITION) === 300, 'the fan-out is at the head');
  const live = join(site, query(room), 300);
  const behind = join(site, query(room), 0, { network: 'stuck' });
  await until(() => behind.backlog() > 1 << 19, 'the one behind is paced');
  await site.fanOut.stop();
  await Promise.all([live.over, behind.over]);
  for (const { ends } of [live, behind]) expect(ends).toEqual([{ reason: 'stopping' }]);
  expect(await site.groups()).toBe(0);
  expect(await site.subscribers()).toBe(0);
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

test('joining and leaving looks at no other subscriber of the room', async () => {
  await using site = await openSite();
  const room = newRoom();
  let touched = 0;
  for (let n = 0; n < 300; n++) {
    const sink: Sink = { transport: 'websocket', next: () => undefined, deliver: () => true, backlog: () => 0 };
    void site.fanOut.subscribe(query(room), site.fanOut.position(PARTITION), {
      get userId() {
        touched++;
        return userId(`u${n}`);
      },
      get sink() {
        touched++;
        return sink;
      },
      signal: new AbortController().signal,
      ended: () => undefined,
    });
  }
  await until(async () => (await site.subscribers()) === 300, 'all are there');
  touched = 0;
  const late = Array.from({ length: 20 }, (_, n) => join(site, query(room), 0, { user: `late ${n % 4}` }));
  for (const { cancel } of late.slice(10)) cancel();
  await Promise.all(late.slice(10).map(({ over }) => over));
  expect(await site.subscribers()).toBe(310);
  expect(touched).toBe(0);
});

describe('groups are limited', () => {
  const refusedBy = ({ ends }: TestSubscriber): unknown =>
    ends[0]?.reason === 'refused' ? ends[0].by : ends[0]?.reason;

  test('a user is in so many groups of a room; other rooms and users are untouched', async () => {
    await using site = await openSite({ groupsPerUser: 3 });
    const [room, elsewhere] = [newRoom(), newRoom()];
    const own = ['a', 'b', 'c'].flatMap((key) => [join(site, query(room, key), 0), join(site, query(room, key), 0)]);
    const tooMany = join(site, query(room, 'd'), 0);
    expect(refusedBy(tooMany)).toBe('groups_of_user');
    const others = [join(site, query(room, 'd'), 0, { user: 'bob' }), join(site, query(elsewhere, 'd'), 0)];
    // Also one that another user created.
    expect(refusedBy(join(site, query(room, 'd'), 0))).toBe('groups_of_user');
    expect([...own, ...others].flatMap(({ ends }) => ends)).toEqual([]);
    expect(await site.groups()).toBe(5);

    // The second subscription to the same keeps the place.
    own[0]!.cancel();
    await own[0]!.over;
    expect(refusedBy(join(site, query(room, 'd'), 0))).toBe('groups_of_user');
    own[1]!.cancel();
    await own[1]!.over;
    const again = join(site, query(room, 'd'), 0);
    expect(again.ends).toEqual([]);
    const [event] = await site.log.write(PARTITION, posts(room, 1));
    await until(() => again.positions.length === 1, 'it is served');
    expect(again.positions).toEqual([event!.position]);
  });

  test('a room has so many groups; joining one of them is always possible', async () => {
    await using site = await openSite({ groupsPerRoom: 2 });
    const room = newRoom();
    const [first] = ['a', 'b'].map((key, n) => join(site, query(room, key), 0, { user: `u${n}` }));
    expect(refusedBy(join(site, query(room, 'c'), 0, { user: 'u3' }))).toBe('groups_of_room');
    expect(join(site, query(room, 'b'), 0, { user: 'u3' }).ends).toEqual([]);
    first!.cancel();
    await first!.over;
    expect(join(site, query(room, 'c'), 0, { user: 'u3' }).ends).toEqual([]);
    expect(await site.groups()).toBe(2);
  });

  test('a room with hundreds of groups lets another have its turn between its executions', async () => {
    await using site = await openSite({ groupsPerRoom: 400, groupsPerUser: 400 });
    const [busy, quiet] = [newRoom(), newRoom()];
    const order: string[] = [];
    const rendering = (room: RoomId, key: string) =>
      query(room, key, (event) => {
        order.push(room === busy ? 'busy' : 'quiet');
        return Promise.resolve(shown(event));
      });
    const others = Array.from({ length: 400 }, (_, n) => join(site, rendering(busy, `k${n}`), 0));
    const alone = join(site, rendering(quiet, 'k'), 0);
    await site.log.write(PARTITION, [posted(busy, 1), posted(quiet, 1)]);
    await until(
      () => others.every(({ positions }) => positions.length === 1) && alone.positions.length === 1,
      'all are served',
    );
    expect(order).toHaveLength(401);
    // Only a turn's worth of the busy room is before it, not all.
    expect(order.indexOf('quiet')).toBeLessThanOrEqual(16);
  });

  test('subscriptions from far in the past, in many rooms, leave turns to others', async () => {
    await using site = await openSite();
    const rooms = Array.from({ length: 60 }, newRoom);
    const events = await site.log.write(
      PARTITION,
      rooms.flatMap((room) => posts(room, 30)),
    );
    await until(() => site.fanOut.position(PARTITION) === events.at(-1)!.position, 'all is told to those who are live');
    let executions = 0;
    let most = 0;
    const rendering = (room: RoomId) =>
      query(room, 'all', (event) => {
        // After the turn that has begun, before the next but one.
        if (executions++ === 0) {
          setImmediate(() => {
            most = Math.max(most, executions);
            executions = 0;
          });
        }
        return Promise.resolve(shown(event));
      });
    const subscribers = rooms.map((room) => join(site, rendering(room), 0));
    await until(() => subscribers.every(({ positions }) => positions.length === 30), 'all have their history');
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(16);
    for (const subscriber of subscribers) subscriber.cancel();
  });
});
