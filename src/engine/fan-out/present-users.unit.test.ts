import { userId } from '../domain/ids.js';
import { createPresentUsers } from './present-users.js';

const [ANN, BEN] = [userId('ann'), userId('ben')];

test('a user is present until the last subscription is taken out', () => {
  const users = createPresentUsers();
  expect([users.has(ANN), users.groupsOf(ANN), users.isIn(ANN, 'a')]).toEqual([false, 0, false]);
  users.add(ANN, 'a');
  users.add(BEN, 'b');
  expect([users.has(ANN), users.groupsOf(ANN), users.isIn(ANN, 'a'), users.isIn(ANN, 'b')]).toEqual([
    true,
    1,
    true,
    false,
  ]);
  users.delete(ANN, 'b');
  expect([users.has(ANN), users.size]).toEqual([true, 2]);
  users.delete(ANN, 'a');
  expect([users.has(ANN), users.has(BEN), users.size]).toEqual([false, true, 1]);
});

test('several subscriptions to one group count once, and each is taken out by itself', () => {
  const users = createPresentUsers();
  for (const group of ['a', 'a', 'b']) users.add(ANN, group);
  expect([users.groupsOf(ANN), users.isIn(ANN, 'a'), users.isIn(ANN, 'b')]).toEqual([2, true, true]);
  users.delete(ANN, 'a');
  expect([users.groupsOf(ANN), users.isIn(ANN, 'a')]).toEqual([2, true]);
  users.delete(ANN, 'a');
  expect([users.groupsOf(ANN), users.isIn(ANN, 'a')]).toEqual([1, false]);
  users.delete(ANN, 'a');
  expect(users.groupsOf(ANN)).toBe(1);
  users.delete(ANN, 'b');
  expect(users.has(ANN)).toBe(false);
});
