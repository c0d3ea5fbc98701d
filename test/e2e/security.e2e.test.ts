import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { connected, rawSocket, results, stream } from '../integration/http/fixture.js';
import { until } from '../support/conditions.js';
import { openDeployment } from '../support/deployment.js';
import type { WireUser } from '../support/wire.js';
import {
  codeOf,
  command,
  commanded,
  forgeToken,
  post,
  secondsFromNow,
  secretOf,
  signInOnWire,
  wireUser,
} from '../support/wire.js';

const SECRET = 'the identity provider and we alone know this one';
const DATABASE_PASSWORD = 'the-password-of-the-database';
const QUERY_ROOMS = '{ rooms { nodes { id title } } }';

async function onDatabase(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The same database by a role of its own, whose password must not appear anywhere. */
async function withPassword(databaseUrl: string): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const role = `madang_test_secret_${process.pid}`;
  await onDatabase(
    databaseUrl,
    `DROP ROLE IF EXISTS ${role}; CREATE ROLE ${role} SUPERUSER LOGIN PASSWORD '${DATABASE_PASSWORD}'`,
  );
  return {
    url: Object.assign(new URL(databaseUrl), { username: role, password: DATABASE_PASSWORD }).href,
    drop: () => onDatabase(databaseUrl, `DROP ROLE ${role}`),
  };
}

/** Runs the program to its end: for a start that must fail. */
async function startAndFail(
  env: Record<string, string>,
): Promise<{ readonly code: number | null; readonly text: string }> {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [join(process.cwd(), 'dist/main.js')], {
    cwd: tmpdir(),
    env: { ...inherited, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 20_000,
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += String(chunk)));
  child.stderr.on('data', (chunk) => (text += String(chunk)));
  const [code] = (await once(child, 'exit')) as [number | null];
  return { code, text };
}

test('at LOG_LEVEL=trace no secret is in the log, and a fault shows only a trace id', async () => {
  await using deployment = await openDeployment('embedded');
  const database = await withPassword(deployment.env.DATABASE_URL!);
  const secrets: string[] = [DATABASE_PASSWORD];
  try {
    await using madang = await deployment.start({
      LOG_LEVEL: 'trace',
      DATABASE_URL: database.url,
      SEND_LIMIT_PER_SECOND: '0',
    });
    const tokenKey = await secretOf(deployment, 'token_key');
    const sealKey = await secretOf(deployment, 'seal_key');
    const wsUrl = `${madang.url.replace('http', 'ws')}/graphql`;
    const mina = await signInOnWire(madang.url, 'mina');
    const roomId = (await commanded(mina, 'createRoom', { title: '마당' })).room!.id;
    const subscription = `subscription { roomEvents(roomId: "${roomId}") { position } }`;

    const expired = await forgeToken(tokenKey, { sub: 'x', handle: 'x' }, secondsFromNow(-60));
    const stolen = await forgeToken(tokenKey, { sub: 'someone-else', handle: 'mina' }, '1h');
    const forged = await forgeToken(Buffer.from('0'.repeat(32)), { sub: 'x', handle: 'x' }, '1h');
    for (const token of [mina.token, expired, stolen, forged, 'not-a-token-at-all']) {
      secrets.push(token, token.split('.').at(-1)!);
      await mina.ask('{ me { id } }', {}, { authorization: `Bearer ${token}` });
      await stream(madang.url, { query: '{ me { id } }' }, { authorization: `Bearer ${token}` });
      using socket = await connected(wsUrl, token);
      if (token !== mina.token) continue;
      socket.send({ id: '1', type: 'subscribe', payload: { query: subscription } });
      socket.send({ type: 'ping', payload: { token } });
      await socket.message(({ type }) => type === 'pong');
      await commanded(mina, 'sendMessage', { roomId, body: 'heard' });
      await socket.message(({ type }) => type === 'next');
    }
    secrets.push(...[tokenKey, sealKey].flatMap((key) => [key.toString('base64'), key.toString('hex')]));
    await post(madang.url, `{"query": "{ me { id } }", "token": "${mina.token}"`, {
      authorization: `Bearer ${mina.token}`,
    });
    using junk = await rawSocket(wsUrl);
    junk.send(`{"type":"connection_init","payload":{"authorization":"Bearer ${mina.token}"`);
    await junk.closed;

    // A fault in the middle: a read model is gone.
    await onDatabase(deployment.env.DATABASE_URL!, 'ALTER TABLE rooms RENAME TO rooms_gone');
    const overHttp = await mina.ask(QUERY_ROOMS);
    const traceId = overHttp.headers.get('x-trace-id');
    expect(overHttp.errors).toEqual([
      {
        message: expect.stringContaining('trace id'),
        locations: expect.anything(),
        path: ['rooms'],
        extensions: { code: 'INTERNAL', traceId },
      },
    ]);
    const overSse = await stream(madang.url, { query: QUERY_ROOMS }, { authorization: `Bearer ${mina.token}` });
    using socket = await connected(wsUrl, mina.token);
    socket.send({ id: '1', type: 'subscribe', payload: { query: QUERY_ROOMS } });
    const overWebSocket = await socket.message(({ id }) => id === '1');
    expect(results(overSse.text)[0]?.errors?.[0]?.extensions.code).toBe('INTERNAL');
    for (const told of [overHttp.text, overSse.text, JSON.stringify(overWebSocket)]) {
      expect(told).toContain('INTERNAL');
      expect(told).not.toMatch(/select|rooms_gone|relation|does not exist|prisma|pg|node_modules|\.js|\.ts|stack/i);
    }
    // The operator finds all of it by the trace id.
    const lines = madang.log.filter(({ level, text }) => level === 'error' && text.includes(traceId!));
    expect(lines).toHaveLength(1);
    expect(lines[0]!.text).toMatch(/rooms/);
    await onDatabase(deployment.env.DATABASE_URL!, 'ALTER TABLE rooms_gone RENAME TO rooms');
    await until(
      async () => codeOf(await mina.ask(QUERY_ROOMS)) === 'no error',
      'it serves as soon as the cause is gone',
    );

    await madang.stop();
    const log = madang.log.map(({ text }) => text).join('\n');
    expect(log).toContain('command accepted');
    for (const secret of secrets) expect([secret, log.includes(secret)]).toEqual([secret, false]);
    expect(log).not.toMatch(/Bearer\s+\S/);
  } finally {
    await database.drop();
  }
});

describe('dangerous or meaningless settings end the start with 1 and all of the reasons', () => {
  test.each(['0.0.0.0', '::', '192.168.1.1'])('HOST=%s while anyone may sign in as anyone', async (HOST) => {
    const { code, text } = await startAndFail({ HOST, AUTH_MODE: 'dev' });
    expect(code).toBe(1);
    expect(text).toContain(`HOST: ${HOST} is not loopback`);
    expect(text).toContain('AUTH_MODE=jwt');
    expect(text).not.toMatch(/\n\s+at /);
  });

  test('unknown names and wrong values are reported together, and no secret is repeated', async () => {
    const { code, text } = await startAndFail({
      HOST: '0.0.0.0',
      MADANG_ROLE: 'api',
      MADANG_COLOUR: 'red',
      MADANG_PARTITIONS: 'many',
      MADANG_ROLES: 'api,king',
      PORT: '70000',
      LOG_LEVEL: 'loud',
      DATABASE_URL: `mysql://user:${DATABASE_PASSWORD}@host/db`,
      AUTH_JWT_SECRET: 'short-secret',
    });
    expect(code).toBe(1);
    for (const name of [
      'MADANG_ROLE: no such setting (did you mean MADANG_ROLES?)',
      'MADANG_COLOUR: no such setting',
      'MADANG_PARTITIONS: ',
      'MADANG_ROLES: ',
      'PORT: ',
      'LOG_LEVEL: ',
      'DATABASE_URL: ',
      'AUTH_JWT_SECRET: ',
    ]) {
      expect(text).toContain(name);
    }
    expect(text).toContain('HOST: ');
    expect(text).not.toContain(DATABASE_PASSWORD);
    expect(text).not.toContain('short-secret');
    expect(text).not.toMatch(/\n\s+at /);
  });

  test('AUTH_MODE=jwt without keys, or with two kinds of them', async () => {
    const [none, both] = await Promise.all([
      startAndFail({ AUTH_MODE: 'jwt' }),
      startAndFail({ AUTH_MODE: 'jwt', AUTH_JWT_SECRET: SECRET, AUTH_JWKS_URL: 'https://id.example/keys' }),
    ]);
    for (const { code, text } of [none, both]) {
      expect(code).toBe(1);
      expect(text).toContain('exactly one of AUTH_JWKS_URL and AUTH_JWT_SECRET');
    }
  });
});

describe('with an identity provider', () => {
  const key = new TextEncoder().encode(SECRET);
  const provider = (claims: Record<string, unknown>, expires: number | string = '1h') =>
    forgeToken(key, { iss: 'https://id.example', ...claims }, expires);

  test('its tokens register their users at the first request; signIn is refused', async () => {
    await using deployment = await openDeployment('embedded');
    await using madang = await deployment.start({
      AUTH_MODE: 'jwt',
      AUTH_JWT_SECRET: SECRET,
      AUTH_JWT_ISSUER: 'https://id.example',
      HOST: '0.0.0.0',
      SEND_LIMIT_PER_SECOND: '0',
    });
    const url = madang.url.replace('0.0.0.0', '127.0.0.1');
    const wsUrl = `${url.replace('http', 'ws')}/graphql`;
    const user = async (id: string, claims: Record<string, unknown> = {}): Promise<WireUser> =>
      wireUser(url, await provider({ sub: id, handle: id, ...claims }), id);

    const refused = await post(url, JSON.stringify({ query: 'mutation { signIn(handle: "mina") { token } }' }));
    expect([codeOf(refused), refused.data]).toEqual(['FORBIDDEN', null]);

    const mina = await user('auth0|mina', {
      handle: 'Mina',
      name: '미나',
      roles: ['king', 7, { role: 'admin' }, 'ADMIN'],
    });
    expect((await mina.ask('{ me { id handle name } }')).data).toEqual({
      me: { id: 'auth0|mina', handle: 'mina', name: '미나' },
    });
    const roomId = (await commanded(mina, 'createRoom', { title: '마당' })).room!.id;
    const members = await mina.ask('query ($id: ID!) { room(id: $id) { members { nodes { id handle name } } } }', {
      id: roomId,
    });
    expect(members.data).toEqual({
      room: { members: { nodes: [{ id: 'auth0|mina', handle: 'mina', name: '미나' }] } },
    });

    const jun = await user('jun');
    using socket = await connected(wsUrl, jun.token);
    socket.send({ id: '1', type: 'subscribe', payload: { query: '{ me { id handle } }' } });
    expect(await socket.message(({ id }) => id === '1')).toMatchObject({
      type: 'next',
      payload: { data: { me: { id: 'jun', handle: 'jun' } } },
    });
    const sora = await user('sora');
    const streamed = await stream(url, { query: '{ me { id handle } }' }, { authorization: `Bearer ${sora.token}` });
    expect(results(streamed.text)).toEqual([{ data: { me: { id: 'sora', handle: 'sora' } } }]);
    // All at once, from an unknown user: registered once.
    const crowd = await user('crowd');
    const answers = await Promise.all(Array.from({ length: 10 }, () => crowd.ask('{ me { handle } }')));
    expect(answers.map(({ data }) => data)).toEqual(answers.map(() => ({ me: { handle: 'crowd' } })));

    const bad = await Promise.all([
      forgeToken(key, { iss: 'https://id.example', sub: 'x', handle: 'x' }),
      provider({ sub: 'x', handle: 'x' }, secondsFromNow(-60)),
      provider({ sub: 'x', handle: 'x', iss: 'https://evil.example' }),
      provider({ sub: 'x' }),
      provider({ handle: 'x' }),
      forgeToken(await secretOf(deployment, 'token_key'), { sub: 'x', handle: 'x' }, '1h'),
    ]);
    for (const token of bad) {
      const answer = await post(url, '{"query":"{ me { id } }"}', { authorization: `Bearer ${token}` });
      expect([answer.status, codeOf(answer)]).toEqual([401, 'UNAUTHENTICATED']);
    }
    const thief = await user('thief', { handle: 'mina' });
    const stolen = await command(thief, 'createRoom', { title: 'x' });
    expect([stolen.status, codeOf(stolen)]).toEqual([403, 'FORBIDDEN']);
    expect((await mina.ask('{ me { id } }')).data).toEqual({ me: { id: 'auth0|mina' } });
    expect(madang.log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  });
});
