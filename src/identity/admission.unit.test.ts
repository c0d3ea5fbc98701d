import { traceId, userId } from '../events/ids.js';
import { RegistrationError } from '../gateway/registration.js';
import { admitRegistered } from './admission.js';

const ann = { userId: userId('id-ann'), handle: 'ann', name: 'Ann', roles: [], expiresAt: new Date() };
const trace = traceId('0'.repeat(32));

test('a user who is registered is let in', async () => {
  const seen: unknown[] = [];
  await admitRegistered({ ensure: (...args) => Promise.resolve(void seen.push(args)) })(ann, trace);
  expect(seen).toEqual([[ann, trace]]);
});

test.each([
  ['HANDLE_TAKEN', { code: 'FORBIDDEN' }],
  ['UNAVAILABLE', { code: 'UNAVAILABLE', retryAfterMs: 1_000 }],
] as const)('%s is told in the codes of GraphQL', async (code, extensions) => {
  const admit = admitRegistered({ ensure: () => Promise.reject(new RegistrationError(code, 'why')) });
  await expect(admit(ann, trace)).rejects.toMatchObject({ message: 'why', extensions });
});

test('other failures stay what they are', async () => {
  const broken = new Error('connection lost');
  await expect(admitRegistered({ ensure: () => Promise.reject(broken) })(ann, trace)).rejects.toBe(broken);
});
