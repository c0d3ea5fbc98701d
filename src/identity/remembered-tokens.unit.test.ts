import { userId } from '../events/ids.js';
import type { Identity } from './identity.js';
import { InvalidTokenError } from './identity.js';
import { rememberedTokens } from './remembered-tokens.js';

const identity = (expiresAt: Date): Identity => ({ userId: userId('mina'), handle: 'mina', name: 'mina', roles: [], expiresAt });

/** Counts how often a signature would be checked. */
function counting(answer: () => Identity) {
  let checks = 0;
  return {
    verify: () => {
      checks++;
      return Promise.resolve().then(answer);
    },
    checks: () => checks,
  };
}

test('a token is checked once while it is remembered', async () => {
  const verifier = counting(() => identity(new Date(Date.now() + 60_000)));
  const tokens = rememberedTokens(verifier, { max: 10, ttlMs: 60_000 });
  expect(await tokens.verify('a')).toEqual(await tokens.verify('a'));
  await tokens.verify('b');
  expect(verifier.checks()).toBe(2);
});

test('a token that has expired is checked again, whatever is remembered', async () => {
  const verifier = counting(() => identity(new Date(Date.now() - 1)));
  const tokens = rememberedTokens(verifier, { max: 10, ttlMs: 60_000 });
  await tokens.verify('a');
  await tokens.verify('a');
  expect(verifier.checks()).toBe(2);
});

test('a refusal is not remembered', async () => {
  const verifier = counting(() => {
    throw new InvalidTokenError('forged');
  });
  const tokens = rememberedTokens(verifier, { max: 10, ttlMs: 60_000 });
  await expect(tokens.verify('a')).rejects.toThrow('forged');
  await expect(tokens.verify('a')).rejects.toThrow('forged');
  expect(verifier.checks()).toBe(2);
});
