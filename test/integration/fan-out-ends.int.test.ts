import type { RecordedEvent } from '../../src/events/event.js';
import type { Position } from '../../src/engine/domain/ids.js';
import { until } from '../support/conditions.js';
import type { TestSubscriber } from '../support/fan-out-site.js';
import {
  PARTITION,
  KILOBYTE,
  newRoom,
  posted,
  posts,
  joined,
  left,
  positionsOf,
  openSite,
  shown,
  query,
  join,
} from '../support/fan-out-site.js';

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
