import { userId } from '../../engine/domain/ids.js';
import type { Identity } from './identity.js';
import { InvalidTokenError } from './identity.js';
import { rememberedTokens } from './remembered-tokens.js';

const MEMORY = { max: 10, ttlMs: 60_000 } as const;
const identity = (expiresAt: Date): Identity => ({
  userId: userId('mina'),
  handle: 'mina',
  name: 'mina',
  roles: [],
  expiresAt,
});

/** Counts the checks of a signature. */
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
  const tokens = rememberedTokens(verifier, { ...MEMORY, isDeleted: () => false });
  expect(await tokens.verify('a')).toEqual(await tokens.verify('a'));
  await tokens.verify('b');
  expect(verifier.checks()).toBe(2);
});

test('a token that has expired is checked again, although it was remembered', async () => {
  const verifier = counting(() => identity(new Date(Date.now() - 1)));
  const tokens = rememberedTokens(verifier, { ...MEMORY, isDeleted: () => false });
  await tokens.verify('a');
  await tokens.verify('a');
  expect(verifier.checks()).toBe(2);
});

test('a refusal is not remembered', async () => {
  const verifier = counting(() => {
    throw new InvalidTokenError('forged');
  });
  const tokens = rememberedTokens(verifier, { ...MEMORY, isDeleted: () => false });
  await expect(tokens.verify('a')).rejects.toThrow('forged');
  await expect(tokens.verify('a')).rejects.toThrow('forged');
  expect(verifier.checks()).toBe(2);
});

test('tokens of a deleted account are dropped, also during a check, and no others', async () => {
  const deleted = new Set<string>();
  let arrive: () => void = () => undefined;
  const slow = new Promise<void>((resolve) => (arrive = resolve));
  const checked: string[] = [];
  const verifier = {
    async verify(token: string) {
      checked.push(token);
      if (token === 'slow') await slow;
      return { ...identity(new Date(Date.now() + 60_000)), userId: userId(token === 'b' ? 'ben' : 'mina') };
    },
  };
  const tokens = rememberedTokens(verifier, { ...MEMORY, isDeleted: (user) => deleted.has(user) });
  await Promise.all([tokens.verify('a'), tokens.verify('b')]);
  const slowly = tokens.verify('slow');
  deleted.add('mina');
  tokens.forget(userId('mina'));
  arrive();
  await slowly;
  for (const token of ['a', 'b', 'slow']) await tokens.verify(token);
  expect(checked).toEqual(['a', 'b', 'slow', 'a', 'slow']);
});
