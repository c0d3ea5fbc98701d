import { userId } from '../../engine/domain/ids.js';
import type { UserId } from '../../engine/domain/ids.js';
import { rememberedUsers } from './remembered-users.js';
import type { User, UserQueries } from './users/query.js';

const ANN = userId('ann');
const ann: User = { id: ANN, handle: 'ann', name: 'Ann', registeredAt: new Date(0), deleted: false };

/** A read model that does not contain any deletion. */
function lagging() {
  const asked: UserId[][] = [];
  let answer = (ids: readonly UserId[]): Promise<readonly (User | null)[]> =>
    Promise.resolve(ids.map((id) => (id === ANN ? ann : null)));
  const users: UserQueries = {
    byIds(ids) {
      asked.push([...ids]);
      return answer(ids);
    },
    byHandle: () => Promise.resolve(ann),
  };
  return { asked, users, answerWith: (next: typeof answer) => (answer = next) };
}

const open = (users: UserQueries) => {
  const remembered = rememberedUsers(users, { max: 10, ttlMs: 60_000 });
  remembered.caughtUp();
  return remembered;
};

test('nobody is remembered while the read model may lag behind a deletion', async () => {
  const { asked, users, answerWith } = lagging();
  const remembered = rememberedUsers(users, { max: 10, ttlMs: 60_000 });
  let arrive: (found: readonly User[]) => void = () => undefined;
  answerWith(() => new Promise((resolve) => (arrive = resolve)));
  const early = remembered.byIds([ANN]);
  remembered.caughtUp();
  arrive([ann]);
  expect(await early).toEqual([ann]);
  answerWith((ids) => Promise.resolve(ids.map(() => ({ ...ann, deleted: true }))));
  expect(await remembered.byIds([ANN])).toMatchObject([{ deleted: true }]);
  expect(asked).toHaveLength(2);
});

test('a user is looked up once, and a missing user every time', async () => {
  const { asked, users } = lagging();
  const remembered = open(users);
  expect(await remembered.byIds([ANN, userId('ben'), ANN])).toEqual([ann, null, ann]);
  await remembered.byIds([ANN, userId('ben')]);
  expect(asked).toEqual([['ann', 'ben'], ['ben']]);
});

test('a deleted user is forgotten at once, also while the read model lags', async () => {
  const { users } = lagging();
  const remembered = open(users);
  await remembered.byIds([ANN]);
  remembered.forget(ANN);
  const [now] = await remembered.byIds([ANN]);
  expect(now).toMatchObject({ id: ANN, deleted: true });
  expect(JSON.stringify(now)).not.toMatch(/"ann"\s*,\s*"name"|Ann/);
  expect(await remembered.byHandle('ann')).toBeNull();
});

test('a lookup that was under way when the account was deleted is not believed', async () => {
  const { users, answerWith } = lagging();
  const remembered = open(users);
  let arrive: (found: readonly User[]) => void = () => undefined;
  answerWith(() => new Promise((resolve) => (arrive = resolve)));
  const asking = remembered.byIds([ANN]);
  remembered.forget(ANN);
  arrive([ann]);
  expect(await asking).toEqual([expect.objectContaining({ deleted: true })]);
  expect(await remembered.byIds([ANN])).toEqual([expect.objectContaining({ deleted: true })]);
});

test('a lookup that was under way when the log went back in time is not kept', async () => {
  const { asked, users, answerWith } = lagging();
  const remembered = open(users);
  let arrive: (found: readonly User[]) => void = () => undefined;
  answerWith(() => new Promise((resolve) => (arrive = resolve)));
  const early = remembered.byIds([ANN]);
  remembered.forked();
  remembered.caughtUp();
  arrive([ann]);
  expect([await early, remembered.remembered(ANN)]).toEqual([[ann], null]);
  expect(asked).toHaveLength(1);
});

test('after a fork nobody is remembered, or known as deleted, until it has caught up', async () => {
  const { asked, users } = lagging();
  const remembered = open(users);
  remembered.forget(ANN);
  expect([remembered.isDeleted(ANN), remembered.isDeleted(userId('ben'))]).toEqual([true, false]);
  remembered.forked();
  expect(remembered.isDeleted(ANN)).toBe(false);
  expect(await remembered.byIds([ANN])).toEqual([ann]);
  expect([remembered.remembered(ANN), await remembered.byHandle('ann')]).toEqual([null, ann]);
  remembered.caughtUp();
  await remembered.byIds([ANN]);
  expect([remembered.remembered(ANN), remembered.isDeleted(ANN), asked.length]).toEqual([ann, false, 2]);
  remembered.forked();
  expect(remembered.remembered(ANN)).toBeNull();
});

test('a deleted user’s name is not kept behind the bounded list of deletions', async () => {
  const { users } = lagging();
  const remembered = open(users);
  await remembered.byIds([ANN]);
  remembered.forget(ANN);
  for (let other = 0; other < 20_000; other++) remembered.forget(userId(`user-${other}`));
  expect(remembered.remembered(ANN)).toBeNull();
});

describe('a user who was not found', () => {
  const BEN = userId('ben');

  test('is known to have been absent, until a deletion or a fork', async () => {
    const { users } = lagging();
    const remembered = open(users);
    expect(remembered.wasAbsent(BEN)).toBe(false);
    await remembered.byIds([ANN, BEN]);
    expect([remembered.wasAbsent(ANN), remembered.wasAbsent(BEN)]).toEqual([false, true]);
    remembered.forget(BEN);
    expect([remembered.wasAbsent(BEN), remembered.isDeleted(BEN)]).toEqual([false, true]);
    const cleo = userId('cleo');
    await remembered.byIds([cleo]);
    remembered.forked();
    expect(remembered.wasAbsent(cleo)).toBe(false);
  });

  test('is not known so while the read model may lag, or after a deletion meanwhile', async () => {
    const { users, answerWith } = lagging();
    const remembered = rememberedUsers(users, { max: 10, ttlMs: 60_000 });
    await remembered.byIds([BEN]);
    expect(remembered.wasAbsent(BEN)).toBe(false);
    remembered.caughtUp();
    let arrive: (found: readonly null[]) => void = () => undefined;
    answerWith(() => new Promise((resolve) => (arrive = resolve)));
    const asking = remembered.byIds([BEN]);
    remembered.forget(BEN);
    arrive([null]);
    await asking;
    expect(remembered.wasAbsent(BEN)).toBe(false);
  });
});
