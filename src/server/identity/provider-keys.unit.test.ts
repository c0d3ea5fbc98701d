import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHmac } from 'node:crypto';
import { SignJWT, exportJWK, exportSPKI, generateKeyPair } from 'jose';
import { IdentityUnavailableError, InvalidTokenError } from './identity.js';
import { createJwtVerifier } from './jwt-tokens.js';

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;
type Answer = (response: ServerResponse) => void;

const claims = { sub: 'id-ann', handle: 'ann', iss: 'https://idp.example' };
const inMinutes = (minutes: number): number => Math.floor(Date.now() / 1_000) + 60 * minutes;

/** Answers each request as configured, and counts them. */
let server: Server;
let url: URL;
let answer: Answer;
let questions = 0;
let [first, second]: [Pair, Pair] = [] as unknown as [Pair, Pair];

const json =
  (status: number, body: unknown): Answer =>
  (response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', connection: 'close' })
      .end(typeof body === 'string' ? body : JSON.stringify(body));
const keysOf = async (pairs: Readonly<Record<string, Pair>>, bare = false): Promise<Answer> =>
  json(200, {
    keys: await Promise.all(
      Object.entries(pairs).map(async ([kid, pair]) => ({
        ...(await exportJWK(pair.publicKey)),
        ...(bare ? {} : { kid }),
        alg: 'RS256',
        use: 'sig',
      })),
    ),
  });
const sign = (pair: Pair, kid?: string, exp = inMinutes(10)): Promise<string> =>
  new SignJWT({ ...claims, exp })
    .setProtectedHeader({ alg: 'RS256', ...(kid === undefined ? {} : { kid }) })
    .sign(pair.privateKey);

/** A verifier with a clock that is set by hand, and its log lines. */
function openVerifier(timeoutMs = 60_000) {
  let time = 1_000_000;
  const lines: string[] = [];
  const answers: boolean[] = [];
  const logger = {
    info: (_fields: object, message: string) => void lines.push(message),
    warn: (_fields: object, message: string) => void lines.push(message),
  };
  const verifier = createJwtVerifier({
    keys: { jwksUrl: url },
    issuer: claims.iss,
    logger,
    now: () => time,
    timeoutMs,
    observer: { asked: (answered) => void answers.push(answered) },
  });
  return {
    lines,
    answers,
    pass: (ms: number) => void (time += ms),
    /** The handle, or the refusal: its message, or the milliseconds until a retry. */
    async verify(token: string): Promise<string | number> {
      try {
        return (await verifier.verify(token)).handle;
      } catch (error) {
        if (error instanceof IdentityUnavailableError) return error.retryAfterMs;
        if (error instanceof InvalidTokenError) return error.message;
        throw error;
      }
    },
  };
}

const UNKNOWN = 'the token is signed with an unknown key';

beforeAll(async () => {
  [first, second] = await Promise.all([
    generateKeyPair('RS256', { extractable: true }),
    generateKeyPair('RS256', { extractable: true }),
  ]);
  server = createServer((_request, response) => {
    questions++;
    answer(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`);
});
beforeEach(async () => {
  answer = await keysOf({ k1: first });
  questions = 0;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

describe('the keys of an identity provider', () => {
  test('are requested once, for any number of tokens', async () => {
    const { verify, answers } = openVerifier();
    const token = await sign(first, 'k1');
    expect(await Promise.all([verify(token), verify(token)])).toEqual(['ann', 'ann']);
    expect(await verify(token)).toBe('ann');
    expect([questions, answers]).toEqual([1, [true]]);
  });

  test('do not serve as the secret of an HMAC, and another key of that name is found', async () => {
    const { verify } = openVerifier();
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${part({ alg: 'HS256', kid: 'k1' })}.${part({ ...claims, exp: inMinutes(10) })}`;
    const forged = `${text}.${createHmac('sha256', await exportSPKI(first.publicKey))
      .update(text)
      .digest('base64url')}`;
    expect(await verify(forged)).toBe('the token is signed with an algorithm that is not allowed');
    expect(await verify(await sign(second, 'k1'))).toBe("the token's signature is not valid");
    expect(questions).toBe(1);
  });
});

describe('a key that is not known', () => {
  test('is unavailable until it can be requested, then final if unknown', async () => {
    const { verify, pass } = openVerifier();
    expect(await verify(await sign(first, 'k1'))).toBe('ann');
    pass(4_000);
    for (let n = 0; n < 5; n++) expect(await verify(await sign(second, `made-up-${n}`))).toBe(6_000);
    expect(questions).toBe(1);
    pass(6_000);
    expect(await verify(await sign(second, 'made-up'))).toBe(UNKNOWN);
    expect(questions).toBe(2);
    pass(1_000);
    expect(await verify(await sign(second, 'made-up'))).toBe(9_000);
    expect(questions).toBe(2);
  });

  test('is final at once where nothing had been asked before', async () => {
    const { verify } = openVerifier();
    expect(await verify(await sign(second, 'made-up'))).toBe(UNKNOWN);
    expect(questions).toBe(1);
  });

  test('one of a rotation is good as soon as it can be requested, for all waiters', async () => {
    const { verify, pass } = openVerifier();
    expect(await verify(await sign(first, 'k1'))).toBe('ann');
    answer = await keysOf({ k1: first, k2: second });
    const [old, rotated] = [await sign(first, 'k1'), await sign(second, 'k2')];
    pass(2_000);
    expect([await verify(rotated), await verify(old)]).toEqual([8_000, 'ann']);
    pass(8_000);
    expect(await Promise.all([verify(rotated), verify(await sign(second, 'made-up')), verify(rotated)])).toEqual([
      'ann',
      UNKNOWN,
      'ann',
    ]);
    expect(questions).toBe(2);
  });

  test('is not unknown by an answer that was requested before the token came', async () => {
    const { verify, pass } = openVerifier();
    const asked = new Promise<ServerResponse>((resolve) => (answer = resolve));
    const earlier = sign(first, 'k1').then(verify);
    const response = await asked;
    pass(1);
    const later = sign(second, 'k2').then(verify);
    // The second one waits for the same answer.
    await new Promise((resolve) => setImmediate(resolve));
    (await keysOf({ k1: first }))(response);
    expect(await earlier).toBe('ann');
    expect(await later).toEqual(expect.any(Number));
    expect(questions).toBe(1);
  });

  test('does not hide that a token has expired', async () => {
    const { verify, pass } = openVerifier();
    expect(await verify(await sign(first, 'k1'))).toBe('ann');
    pass(1_000);
    expect(await verify(await sign(second, 'k0', inMinutes(-10)))).toBe('the token has expired');
    expect(questions).toBe(1);
  });
});

describe('a token that names no key', () => {
  test('does not hide that a token is malformed', async () => {
    answer = await keysOf({ a: first });
    const { verify } = openVerifier();
    const base64 = (text: string): string => Buffer.from(text).toString('base64url');
    for (const claims of ['not json', '[]', 'null', '"text"', '']) {
      expect(await verify(`${base64('{"alg":"RS256","kid":"unknown"}')}.${base64(claims)}.AA`)).toMatch(
        /^the token is/,
      );
    }
  });

  test('is good when any key of the provider made it, also while there are two', async () => {
    answer = await keysOf({ k1: first, k2: second });
    const { verify } = openVerifier();
    expect(await Promise.all([verify(await sign(first)), verify(await sign(second))])).toEqual(['ann', 'ann']);
    answer = await keysOf({ a: first, b: second }, true);
    const other = openVerifier();
    expect([await other.verify(await sign(second)), await other.verify(await sign(first))]).toEqual(['ann', 'ann']);
  });

  test('and that none of them made may be of a new one', async () => {
    const { verify, pass } = openVerifier();
    expect(await verify(await sign(first))).toBe('ann');
    answer = await keysOf({ k1: first, k2: second });
    pass(1_000);
    expect(await verify(await sign(second))).toBe(9_000);
    pass(9_000);
    const stranger = await generateKeyPair('RS256');
    expect([await verify(await sign(second)), questions]).toEqual(['ann', 2]);
    pass(10_000);
    expect(await verify(await sign(stranger))).toBe("the token's signature is not valid");
  });
});

describe('a key that was withdrawn', () => {
  test('is not trusted any more after the refresh', async () => {
    const { verify, pass } = openVerifier();
    expect(await verify(await sign(first, 'k1'))).toBe('ann');
    answer = await keysOf({ k2: second });
    pass(599_000);
    expect(await verify(await sign(first, 'k1'))).toBe('ann');
    pass(2_000);
    expect(await verify(await sign(first, 'k1'))).toBe(UNKNOWN);
    expect(await verify(await sign(second, 'k2'))).toBe('ann');
    expect(questions).toBe(2);
  });
});

/** The failures of a provider. */
const broken: readonly (readonly [string, Answer])[] = [
  ['answers with an error', json(500, {})],
  ['answers with something else', json(200, { hello: 1 })],
  ['answers with something other than JSON', json(200, '<html>')],
  ['answers with nothing', json(200, 'null')],
  ['has no keys', json(200, { keys: [] })],
  ['has keys that are none', json(200, { keys: ['k1', null] })],
  ['sends elsewhere', (response) => void response.writeHead(302, { location: url.href, connection: 'close' }).end()],
  ['breaks off', (response) => void response.destroy()],
  ['never answers', () => undefined],
  [
    'never ends its answer',
    (response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{"keys": ['),
  ],
];

describe('a provider that does not give its keys', () => {
  test.each(broken)(
    '%s: tokens wait for it, one question at a time, and are good when it is back',
    async (_what, instead) => {
      const { verify, pass, lines, answers } = openVerifier(200);
      const working = answer;
      answer = instead;
      const token = await sign(first, 'k1');
      expect(await Promise.all([verify(token), verify(token)])).toEqual([1_000, 1_000]);
      expect(await verify(token)).toBe(1_000);
      expect(questions).toBe(1);
      pass(1_000);
      expect(await verify(token)).toBe(2_000);
      answer = working;
      pass(2_000);
      expect(await verify(token)).toBe('ann');
      expect([questions, answers]).toEqual([3, [false, false, true]]);
      expect(lines).toEqual([
        'the identity provider does not give its keys (AUTH_JWKS_URL); no token can be verified until it does',
        'the identity provider gives its keys again',
      ]);
    },
  );

  test.each(broken)(
    '%s: the keys that are known are used on, and new ones are a passing state',
    async (_what, instead) => {
      const { verify, pass, lines, answers } = openVerifier(200);
      const working = answer;
      const [known, unknown] = [await sign(first, 'k1', inMinutes(3_000)), await sign(second, 'k2')];
      expect(await verify(known)).toBe('ann');
      answer = instead;
      for (const minutes of [11, 109, 1_310]) {
        pass(minutes * 60_000);
        expect([await verify(known), await verify(unknown)]).toEqual(['ann', expect.any(Number)]);
      }
      expect(lines).toEqual([
        'the identity provider does not give its keys (AUTH_JWKS_URL); using the known ones, for a day at most',
      ]);
      // Not for ever: a key that was withdrawn meanwhile would be good for as long.
      pass(20 * 60_000);
      expect(await verify(known)).toEqual(expect.any(Number));
      answer = working;
      pass(60_000);
      expect(await verify(known)).toBe('ann');
      expect(lines.at(-1)).toBe('the identity provider gives its keys again');
      expect(answers.filter(Boolean)).toHaveLength(2);
    },
  );

  test('is not there', async () => {
    const verifier = createJwtVerifier({ keys: { jwksUrl: new URL('http://127.0.0.1:1/jwks') } });
    await expect(verifier.verify(await sign(first, 'k1'))).rejects.toBeInstanceOf(IdentityUnavailableError);
  });
});
