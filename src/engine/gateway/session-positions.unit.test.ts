import fc from 'fast-check';
import { position, userId } from '../domain/ids.js';
import { createSessionPositions } from './session-positions.js';

const ann = userId('ann');
const ben = userId('ben');

test('each user has the furthest position of each partition, reported in any order', () => {
  const write = fc.record({
    user: fc.constantFrom(ann, ben),
    partition: fc.nat(3),
    position: fc.integer({ min: 1, max: 50 }).map(position),
  });
  fc.assert(
    fc.property(fc.array(write), (writes) => {
      const sessions = createSessionPositions(10, 60_000);
      for (const { user, ...at } of writes) sessions.wrote(user, at);
      for (const user of [ann, ben]) {
        const furthest = new Map<number, number>();
        for (const { partition, position: at } of writes.filter((each) => each.user === user))
          furthest.set(partition, Math.max(at, furthest.get(partition) ?? 0));
        expect(new Map(sessions.of(user).map(({ partition, position: at }) => [partition, at]))).toEqual(furthest);
      }
    }),
  );
});

test('writes after a fork are forgotten, to the position', () => {
  const sessions = createSessionPositions(10, 60_000);
  for (const partition of [0, 1]) sessions.wrote(ann, { partition, position: position(8) });
  sessions.wrote(ben, { partition: 0, position: position(7) });
  sessions.forked(0, position(7));
  expect(sessions.of(ann)).toEqual([{ partition: 1, position: 8 }]);
  expect(sessions.of(ben)).toEqual([{ partition: 0, position: 7 }]);
});

test('a user without writes has no positions', () => {
  expect(createSessionPositions(10, 60_000).of(ann)).toEqual([]);
});

test('the memory is bounded: the users with the newest writes are remembered', () => {
  const sessions = createSessionPositions(100, 60_000);
  for (let n = 0; n < 1_000; n++) sessions.wrote(userId(`${n}`), { partition: 0, position: position(n + 1) });
  const remembered = Array.from({ length: 1_000 }, (_, n) => n).filter((n) => sessions.of(userId(`${n}`)).length > 0);
  expect(remembered).toEqual(Array.from({ length: 100 }, (_, n) => 900 + n));
});

test('a write is forgotten after its time', async () => {
  const sessions = createSessionPositions(10, 20);
  sessions.wrote(ann, { partition: 0, position: position(1) });
  for (const end = Date.now() + 5_000; sessions.of(ann).length > 0 && Date.now() < end;)
    await new Promise((resolve) => setTimeout(resolve, 5));
  expect(sessions.of(ann)).toEqual([]);
});
