import { createHmac, randomBytes } from 'node:crypto';
import { userId } from '../../engine/domain/ids.js';
import { authenticate } from './authenticate.js';
import { createDevTokens } from './dev-tokens.js';
import { IdentityUnavailableError, InvalidTokenError } from './identity.js';
import type { TokenVerifier } from './identity.js';
import { createJwtVerifier } from './jwt-tokens.js';

const now = (): number => Math.floor(Date.now() / 1000);
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const claims = { sub: 'id-ann', handle: 'ann', iss: 'https://idp.example', aud: 'madang', exp: now() + 600 };

/** Signs tokens that libraries refuse to sign. */
const hmac = (header: object, payload: object, key: string | Buffer): string => {
  const text = `${part(header)}.${part(payload)}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
};

async function refusal(verifier: TokenVerifier, token: string): Promise<string> {
  try {
    await verifier.verify(token);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidTokenError);
    expect((error as Error).message).not.toContain(token.slice(0, 20));
    return (error as Error).message;
  }
  throw new Error('the token was taken');
}

describe('tokens of development', () => {
  const key = randomBytes(32);
  const tokens = createDevTokens(key);
  const ann = { userId: userId('id-ann'), handle: 'ann', name: 'Ann', roles: ['admin'] as const };
  const good = { sub: 'id-ann', handle: 'ann', iss: 'madang-dev', exp: now() + 600 };

  test('an issued token is verified as the same identity, for 12 hours', async () => {
    const { expiresAt, ...identity } = await tokens.verify(await tokens.issue(ann));
    expect(identity).toEqual(ann);
    expect(Math.abs(expiresAt.getTime() - Date.now() - 12 * 3_600_000)).toBeLessThan(5_000);
  });

  test('another deployment has another key', async () => {
    expect(await refusal(createDevTokens(randomBytes(32)), await tokens.issue(ann))).toBe(
      "the token's signature is not valid",
    );
  });

  test('a short key is refused', () => {
    expect(() => createDevTokens(Buffer.from('short'))).toThrow(RangeError);
  });

  test.each([
    [
      'no signature at all',
      `${part({ alg: 'none' })}.${part(good)}.`,
      'the token is signed with an algorithm that is not allowed',
    ],
    [
      'a signature, and an algorithm that denies it',
      hmac({ alg: 'none' }, good, key),
      'the token is signed with an algorithm that is not allowed',
    ],
    ['another HMAC', hmac({ alg: 'HS512' }, good, key), 'the token is signed with an algorithm that is not allowed'],
    [
      'changed claims',
      hmac({ alg: 'HS256' }, good, key).replace(/\.[^.]*\./, `.${part({ ...good, roles: ['admin'] })}.`),
      "the token's signature is not valid",
    ],
    ['expired', hmac({ alg: 'HS256' }, { ...good, exp: now() - 1 }, key), 'the token has expired'],
    ['not yet valid', hmac({ alg: 'HS256' }, { ...good, nbf: now() + 60 }, key), 'the token is not valid yet'],
    [
      'never expires',
      hmac({ alg: 'HS256' }, { ...good, exp: undefined }, key),
      'the token\'s claim "exp" is missing or does not fit',
    ],
    [
      'expires beyond all dates',
      hmac({ alg: 'HS256' }, { ...good, exp: 1e300 }, key),
      'the token\'s claim "exp" is missing or does not fit',
    ],
    ['another issuer', hmac({ alg: 'HS256' }, { ...good, iss: 'x' }, key), 'the token is from another issuer'],
    [
      'nobody',
      hmac({ alg: 'HS256' }, { ...good, sub: undefined }, key),
      'the token\'s claim "sub" is missing or does not fit',
    ],
    [
      'a user id with a space',
      hmac({ alg: 'HS256' }, { ...good, sub: 'a b' }, key),
      'the token\'s claim "sub" is missing or does not fit',
    ],
    [
      'a user id that is too long',
      hmac({ alg: 'HS256' }, { ...good, sub: 'x'.repeat(129) }, key),
      'the token\'s claim "sub" is missing or does not fit',
    ],
    [
      'no handle',
      hmac({ alg: 'HS256' }, { ...good, handle: '' }, key),
      'the token\'s claim "handle" is missing or does not fit',
    ],
    [
      'roles that are no list',
      hmac({ alg: 'HS256' }, { ...good, roles: 'admin' }, key),
      'the token\'s claim "roles" is missing or does not fit',
    ],
    ['more than 8 KB', hmac({ alg: 'HS256' }, { ...good, name: 'x'.repeat(8_192) }, key), 'the token is too long'],
    ['not a token', 'hello', 'the token is malformed'],
    ['empty parts', '..', 'the token is malformed'],
  ])('refused: %s', async (_what, token, message) => {
    expect(await refusal(tokens, token)).toBe(message);
  });

  test('the name defaults to the handle, and unknown roles are ignored', async () => {
    const token = hmac({ alg: 'HS256' }, { ...good, roles: ['owner', 7, 'admin'] }, key);
    expect(await tokens.verify(token)).toMatchObject({ name: 'ann', roles: ['admin'] });
  });
});

describe('tokens of an identity provider with a shared secret', () => {
  const secret = 'a secret that both sides know, long enough';

  test('issuer and audience are checked if they are set', async () => {
    const verifier = createJwtVerifier({ keys: { secret }, issuer: claims.iss, audience: claims.aud });
    expect(await verifier.verify(hmac({ alg: 'HS256' }, claims, secret))).toMatchObject({
      userId: 'id-ann',
      handle: 'ann',
      name: 'ann',
      roles: [],
    });
    expect(await refusal(verifier, hmac({ alg: 'HS256' }, { ...claims, iss: 'https://evil.example' }, secret))).toBe(
      'the token is from another issuer',
    );
    expect(await refusal(verifier, hmac({ alg: 'HS256' }, { ...claims, aud: 'other' }, secret))).toBe(
      'the token is for another audience',
    );
    expect(await refusal(verifier, hmac({ alg: 'HS256' }, { ...claims, aud: undefined }, secret))).toContain('"aud"');
  });

  test('clocks may differ by a few seconds', async () => {
    const verifier = createJwtVerifier({ keys: { secret } });
    expect(await verifier.verify(hmac({ alg: 'HS256' }, { ...claims, exp: now() - 1 }, secret))).toMatchObject({
      handle: 'ann',
    });
    expect(await refusal(verifier, hmac({ alg: 'HS256' }, { ...claims, exp: now() - 7 }, secret))).toBe(
      'the token has expired',
    );
  });
});

describe('a token that is not valid yet', () => {
  const secret = 'a secret that both sides know, long enough';
  const verifier = createJwtVerifier({ keys: { secret } });

  test('is good within the tolerance, passing just ahead of it, and refused beyond', async () => {
    expect(await verifier.verify(hmac({ alg: 'HS256' }, { ...claims, nbf: now() + 3 }, secret))).toMatchObject({
      handle: 'ann',
    });
    const soon = await verifier
      .verify(hmac({ alg: 'HS256' }, { ...claims, nbf: now() + 20 }, secret))
      .catch((error: unknown) => error);
    expect(soon).toBeInstanceOf(IdentityUnavailableError);
    expect((soon as IdentityUnavailableError).retryAfterMs).toBeGreaterThan(18_000);
    expect((soon as IdentityUnavailableError).retryAfterMs).toBeLessThanOrEqual(20_000);
    expect(await refusal(verifier, hmac({ alg: 'HS256' }, { ...claims, nbf: now() + 40 }, secret))).toBe(
      'the token is not valid yet',
    );
  });
});

describe('the authorization of a request', () => {
  const verifier: TokenVerifier = { verify: (token) => Promise.reject(new InvalidTokenError(`saw ${token}`)) };

  test('without one there is no identity', async () => {
    expect(await authenticate(verifier, undefined)).toBeNull();
  });

  test.each(['Bearer abc', 'bearer abc', 'BEARER  abc '])('%j carries the token', async (authorization) => {
    await expect(authenticate(verifier, authorization)).rejects.toThrow('saw abc');
  });

  test.each(['', 'abc', 'Basic abc', 'Bearer', 'Bearer a b', 7, {}, ['Bearer abc']])(
    '%j is not of the form',
    async (authorization) => {
      await expect(authenticate(verifier, authorization)).rejects.toThrow('not of the form');
    },
  );
});
