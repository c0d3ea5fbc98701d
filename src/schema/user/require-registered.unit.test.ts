import { traceId, userId } from '../../engine/domain/ids.js';
import { RegistrationError } from './registration-error.js';
import type { User } from '../../projections/user/users/query.js';
import { admitRegistered, refuseDeleted } from './require-registered.js';

const ann = { userId: userId('id-ann'), handle: 'ann', name: 'Ann', roles: [], expiresAt: new Date() };
const trace = traceId('0'.repeat(32));

const never = () => false;

test('a registered user is let in', async () => {
  const seen: unknown[] = [];
  await admitRegistered({ ensure: (...args) => Promise.resolve(void seen.push(args)) }, never)(ann, trace);
  expect(seen).toEqual([[ann, trace]]);
});

test.each([
  ['HANDLE_TAKEN', { code: 'FORBIDDEN' }],
  ['HANDLE_RESERVED', { code: 'FORBIDDEN' }],
  ['UNAVAILABLE', { code: 'UNAVAILABLE', retryAfterMs: 1_000 }],
  ['FAILED', { code: 'UNAVAILABLE', retryAfterMs: 10_000 }],
] as const)('%s becomes a code of GraphQL', async (code, extensions) => {
  const admit = admitRegistered({ ensure: () => Promise.reject(new RegistrationError(code, 'why')) }, never);
  await expect(admit(ann, trace)).rejects.toMatchObject({ message: 'why', extensions });
});

test('other failures stay as they are', async () => {
  const broken = new Error('connection lost');
  await expect(admitRegistered({ ensure: () => Promise.reject(broken) }, never)(ann, trace)).rejects.toBe(broken);
});

test('while nobody can be looked up the operation goes on', async () => {
  await expect(
    admitRegistered({ ensure: () => Promise.reject(new Error('connection lost')) }, () => true)(ann, trace),
  ).resolves.toBeUndefined();
});

describe('the user of a deleted account', () => {
  const known = (deleted: boolean): User => ({
    id: ann.userId,
    handle: 'ann',
    name: 'Ann',
    registeredAt: new Date(0),
    deleted,
  });
  const users = (...found: readonly (User | null)[]) => ({
    byIds: () => Promise.resolve(found),
    remembered: () => null,
    wasAbsent: () => false,
  });

  test('is refused as if there were no token', async () => {
    await expect(refuseDeleted(users(known(true)), never)(ann, trace)).rejects.toMatchObject({
      extensions: { code: 'UNAUTHENTICATED' },
    });
  });

  test.each([
    ['registered', known(false)],
    ['not known yet', null],
  ])('alone is refused, not one who is %s', async (_, found) => {
    await expect(refuseDeleted(users(found), never)(ann, trace)).resolves.toBeUndefined();
  });

  test('is refused from memory, without a lookup', async () => {
    const remembering = (user: User) => ({
      byIds: () => Promise.reject(new Error('looked up')),
      remembered: () => user,
      wasAbsent: () => false,
    });
    await expect(refuseDeleted(remembering(known(true)), never)(ann, trace)).rejects.toMatchObject({
      extensions: { code: 'UNAUTHENTICATED' },
    });
    await expect(refuseDeleted(remembering(known(false)), never)(ann, trace)).resolves.toBeUndefined();
  });

  test('is not looked up again where there was none a moment ago', async () => {
    const absent = { ...users(), byIds: () => Promise.reject(new Error('looked up')), wasAbsent: () => true };
    await expect(refuseDeleted(absent, never)(ann, trace)).resolves.toBeUndefined();
    await expect(refuseDeleted({ ...absent, remembered: () => known(true) }, never)(ann, trace)).rejects.toMatchObject({
      extensions: { code: 'UNAUTHENTICATED' },
    });
  });

  test('goes on while nobody can be looked up', async () => {
    const broken = { ...users(), byIds: () => Promise.reject(new Error('connection lost')) };
    await expect(refuseDeleted(broken, () => true)(ann, trace)).resolves.toBeUndefined();
    await expect(refuseDeleted(broken, never)(ann, trace)).rejects.toThrow('connection lost');
  });
});
