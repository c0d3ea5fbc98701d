import type { RecordedEvent } from '../../src/events/event.js';
import type { RoomId } from '../../src/events/ids.js';
import { userId } from '../../src/engine/domain/ids.js';
import type { Sink } from '../../src/engine/fan-out/subscriber.js';
import { until } from '../support/conditions.js';
import type { TestSubscriber } from '../support/fan-out-site.js';
import {
  PARTITION,
  newRoom,
  posted,
  posts,
  positionsOf,
  openSite,
  shown,
  query,
  join,
} from '../support/fan-out-site.js';

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
