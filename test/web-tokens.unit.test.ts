import type { Grant } from '../web/shared/session/tokens.js';
import { fixedToken, renewedTokens } from '../web/shared/session/tokens.js';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
/** A token that is good for this many seconds, by its own times; unsigned, for nothing here reads a signature. */
const NOW = Math.floor(Date.now() / 1_000);
const jwt = (id: string, seconds: number, iat = NOW): string =>
  `${part({ alg: 'none' })}.${part({ sub: id, iat, exp: iat + seconds })}.`;

/** Grants in a row; a null is a refusal of the provider, and an error its absence. */
function provider(...answers: readonly (string | null | Error)[]): { readonly first: Grant; asked(): number } {
  let asked = 0;
  const renew = async (): Promise<Grant | null> => {
    asked += 1;
    const answer = answers[asked];
    if (answer instanceof Error || answer === undefined) throw answer ?? new Error('asked too often');
    return answer === null ? null : { token: answer, renew };
  };
  return { first: { token: answers[0] as string, renew }, asked: () => asked };
}

test('a token that the server refuses is replaced once, for all who ask', async () => {
  const { first, asked } = provider(jwt('a', 300), jwt('b', 300));
  const tokens = renewedTokens(first);
  let renewed = 0;
  tokens.onRenewed(() => (renewed += 1));
  const refused = await tokens.current();
  expect(await Promise.all([tokens.replace(refused), tokens.replace(refused)])).toEqual(['replaced', 'replaced']);
  // One that was sent with the old token, and is refused later, has the new one already.
  expect(await tokens.replace(refused)).toBe('replaced');
  expect([asked(), renewed, await tokens.current()]).toEqual([1, 1, jwt('b', 300)]);
  tokens.stop();
});

test('an expired token is renewed before it is sent, also by a clock that is off', async () => {
  // The clock of the provider is a day behind.
  const yesterday = NOW - 86_400;
  const { first, asked } = provider(jwt('a', 0, yesterday), jwt('b', 300, yesterday));
  const tokens = renewedTokens(first);
  expect(await Promise.all([tokens.current(), tokens.current()])).toEqual([
    jwt('b', 300, yesterday),
    jwt('b', 300, yesterday),
  ]);
  expect(asked()).toBe(1);
  tokens.stop();
});

test('a provider out of reach is asked again; one that refuses is not', async () => {
  const { first, asked } = provider(jwt('a', 300), new Error('out of reach'), jwt('b', 300), null);
  const tokens = renewedTokens(first);
  expect(await tokens.replace(await tokens.current())).toBe('later');
  expect(await tokens.replace(await tokens.current())).toBe('replaced');
  expect(await tokens.replace(await tokens.current())).toBe('never');
  expect(await tokens.replace(await tokens.current())).toBe('never');
  expect([asked(), await tokens.current()]).toEqual([3, jwt('b', 300)]);
  tokens.stop();
});

test('nothing is renewed after the end, or where it takes the user', async () => {
  const { first, asked } = provider(jwt('a', 300), jwt('b', 300));
  const stopped = renewedTokens(first);
  stopped.stop();
  expect(await stopped.replace(first.token)).toBe('never');
  const opaque = renewedTokens({ token: 'opaque', renew: null });
  expect([await opaque.current(), await opaque.replace('opaque')]).toEqual(['opaque', 'never']);
  expect(await fixedToken('dev').replace('dev')).toBe('never');
  expect(asked()).toBe(0);
});
