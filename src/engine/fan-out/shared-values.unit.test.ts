import { pino } from 'pino';
import { until } from '../../../test/support/conditions.js';
import { createMetrics } from '../../metrics.js';
import { userId } from '../domain/ids.js';
import { createSharedValues } from './shared-values.js';
import type { Delivery, End } from './subscriber.js';

interface Count {
  readonly n: number;
}

/** One value that the test sets, read every few milliseconds. */
function setup({ groupsPerValue = 10, groupsPerUser = 10 } = {}) {
  let value: Count | Error = { n: 1 };
  let reads = 0;
  const rendered: string[] = [];
  const values = createSharedValues<Count>({
    everyMs: 2,
    read() {
      reads++;
      return value instanceof Error ? Promise.reject(value) : Promise.resolve(value);
    },
    isLast: ({ n }) => n === 99,
    groupsPerValue,
    groupsPerUser,
    logger: pino({ level: 'silent' }),
    metrics: createMetrics(),
  });
  const join = ({ group = 'a', user = 'ann', backlog = 0, broken = false } = {}) => {
    const connection = new AbortController();
    const deliveries: Delivery[] = [];
    const ends: End[] = [];
    const state = { backlog };
    values.subscribe(
      {
        key: 'campaign',
        group,
        render({ n }) {
          rendered.push(`${group} ${n}`);
          return n === 13 ? Promise.reject(new Error('unlucky')) : Promise.resolve(`${group} ${n}`);
        },
      },
      {
        userId: userId(user),
        signal: connection.signal,
        ended: (end) => ends.push(end),
        sink: {
          transport: 'websocket',
          next: () => undefined,
          deliver(delivery) {
            if (broken) throw new Error('broken');
            deliveries.push(delivery);
            return true;
          },
          backlog: () => state.backlog,
        },
      },
    );
    return { deliveries, ends, connection, state, seen: () => deliveries.flatMap(({ results }) => results) };
  };
  return {
    values,
    join,
    rendered,
    set: (next: Count | Error) => void (value = next),
    read: async (times: number) => {
      const before = reads;
      await until(() => reads >= before + times, 'the value was read again');
    },
  };
}

test('a change is executed once for a group, and everyone gets the same delivery', async () => {
  const { values, join, set, read, rendered } = setup();
  const [ann, ben, cho] = [join(), join({ user: 'ben' }), join({ group: 'b', user: 'cho' })];
  await until(() => [ann, ben, cho].every(({ seen }) => seen().length === 1), 'all have the first value');
  expect([ann.seen(), ben.seen(), cho.seen()]).toEqual([['a 1'], ['a 1'], ['b 1']]);
  expect(ann.deliveries[0]).toBe(ben.deliveries[0]);
  await read(3);
  set({ n: 2 });
  await until(() => cho.seen().length === 2, 'the change is pushed');
  expect([ann.seen(), cho.seen()]).toEqual([
    ['a 1', 'a 2'],
    ['b 1', 'b 2'],
  ]);
  expect(rendered).toEqual(['a 1', 'b 1', 'a 2', 'b 2']);
  values.stop();
});

test('a later subscriber gets the value that the others have, without an execution', async () => {
  const { values, join, rendered } = setup();
  const ann = join();
  await until(() => ann.seen().length === 1, 'the first one has the value');
  const ben = join({ user: 'ben' });
  expect([ben.seen(), ben.deliveries[0] === ann.deliveries[0], rendered]).toEqual([['a 1'], true, ['a 1']]);
  values.stop();
});

test('a subscriber that reads slowly gets the newest value later, and ends nobody', async () => {
  const { values, join, set } = setup();
  const [slow, quick] = [join({ backlog: 2 << 20 }), join({ user: 'ben' })];
  await until(() => quick.seen().length === 1, 'the quick one has the first value');
  set({ n: 2 });
  await until(() => quick.seen().length === 2, 'the quick one has the second value');
  expect([slow.seen(), slow.ends]).toEqual([[], []]);
  slow.state.backlog = 0;
  await until(() => slow.seen().length === 1, 'the slow one has a value');
  expect(slow.seen()).toEqual(['a 2']);
  values.stop();
});

test('after a value that is the last one the subscriptions end', async () => {
  const { join, set, values } = setup();
  const ann = join();
  set({ n: 99 });
  await until(() => ann.ends.length === 1, 'it has ended');
  expect([ann.seen().at(-1), ann.ends]).toEqual(['a 99', [{ reason: 'cancelled' }]]);
  values.stop();
});

test('a value that cannot be read is read again', async () => {
  const { values, join, set, read } = setup();
  set(new Error('away'));
  const ann = join();
  await read(3);
  expect([ann.seen(), ann.ends]).toEqual([[], []]);
  set({ n: 4 });
  await until(() => ann.seen().length === 1, 'the value is pushed');
  expect(ann.seen()).toEqual(['a 4']);
  values.stop();
});

test('nothing is kept once the last subscriber is gone', async () => {
  const { values, join, rendered } = setup();
  const [ann, ben] = [join(), join({ group: 'b', user: 'ben' })];
  await until(() => ann.seen().length + ben.seen().length === 2, 'the value was pushed');
  for (const each of [ann, ben]) each.connection.abort();
  expect([ann.ends, ben.ends]).toEqual([[{ reason: 'cancelled' }], [{ reason: 'cancelled' }]]);
  const again = join();
  expect(again.seen()).toEqual([]);
  await until(() => again.seen().length === 1, 'another one begins afresh');
  expect(rendered).toEqual(['a 1', 'b 1', 'a 1']);
  values.stop();
});

test('an execution or a write that fails ends those whom it concerns alone', async () => {
  const { values, join, set } = setup();
  const [ann, broken] = [join(), join({ user: 'ben', broken: true })];
  await until(() => broken.ends.length === 1 && ann.seen().length === 1, 'the broken one has ended');
  expect([broken.ends[0]?.reason, ann.ends]).toEqual(['failed', []]);
  set({ n: 13 });
  await until(() => ann.ends.length === 1, 'the group has ended');
  expect(ann.ends[0]?.reason).toBe('failed');
  values.stop();
});

test('groups of a value and of a user are limited', () => {
  const { values, join } = setup({ groupsPerValue: 2, groupsPerUser: 1 });
  expect([join().ends, join({ group: 'b' }).ends]).toEqual([[], [{ reason: 'refused', by: 'groups_of_user' }]]);
  expect(join({ group: 'b', user: 'ben' }).ends).toEqual([]);
  expect(join({ group: 'c', user: 'cho' }).ends).toEqual([{ reason: 'refused', by: 'groups_of_room' }]);
  expect(join({ user: 'cho' }).ends).toEqual([]);
  values.stop();
});

test('a stop ends all of them', () => {
  const { values, join } = setup();
  const ann = join();
  values.stop();
  expect(ann.ends).toEqual([{ reason: 'stopping' }]);
});
