import { traceId, userId } from '../events/ids.js';
import { RegistrationError } from '../gateway/registration.js';
import { admitRegistered } from './admission.js';

const ann = { userId: userId('id-ann'), handle: 'ann', name: 'Ann', roles: [], expiresAt: new Date() };
const trace = traceId('0'.repeat(32));

const never = () => false;

test('a user who is registered is let in', async () => {
  const seen: unknown[] = [];
  await admitRegistered({ ensure: (...args) => Promise.resolve(void seen.push(args)) }, never)(ann, trace);
  expect(seen).toEqual([[ann, trace]]);
});

test.each([
  ['HANDLE_TAKEN', { code: 'FORBIDDEN' }],
  ['UNAVAILABLE', { code: 'UNAVAILABLE', retryAfterMs: 1_000 }],
] as const)('%s is told in the codes of GraphQL', async (code, extensions) => {
  const admit = admitRegistered({ ensure: () => Promise.reject(new RegistrationError(code, 'why')) }, never);
  await expect(admit(ann, trace)).rejects.toMatchObject({ message: 'why', extensions });
});

test('other failures stay what they are', async () => {
  const broken = new Error('connection lost');
  await expect(admitRegistered({ ensure: () => Promise.reject(broken) }, never)(ann, trace)).rejects.toBe(broken);
});

test('while nobody can be looked up the operation goes on', async () => {
  await expect(admitRegistered({ ensure: () => Promise.reject(new Error('connection lost')) }, () => true)(ann, trace)).resolves.toBeUndefined();
});
