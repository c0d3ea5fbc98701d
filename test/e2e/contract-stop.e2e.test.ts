import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { connected, stream } from '../integration/http/fixture.js';
import { chooseFreePort } from '../../src/embedded/ports.js';
import { until } from '../support/conditions.js';
import { openDeployment } from '../support/deployment.js';
import { answerOf, codeOf, commanded, signInOnWire } from '../support/wire.js';

/** Blocks every query of rooms until it is disposed of: a request in flight for as long as the test wants. */
async function holdRooms(url: string) {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('BEGIN; LOCK TABLE rooms IN ACCESS EXCLUSIVE MODE');
  return {
    waiting: async () =>
      Number(
        (
          await client.query<{ count: string }>(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'rooms'::regclass",
          )
        ).rows[0]!.count,
      ) > 0,
    release: () => client.end(),
  };
}

test('SIGTERM: the running request is answered, new work refused, sockets close, end 0', async () => {
  await using deployment = await openDeployment('embedded');
  await using madang = await deployment.start({ MADANG_GRACE_MS: '20000', SEND_LIMIT_PER_SECOND: '0' });
  const wsUrl = `${madang.url.replace('http', 'ws')}/graphql`;
  const mina = await signInOnWire(madang.url, 'mina');
  const roomId = (await commanded(mina, 'createRoom', { title: '마당' }, 'PROJECTED')).room!.id;
  using socket = await connected(wsUrl, mina.token);
  const query = `subscription { roomEvents(roomId: "${roomId}") { position } }`;
  socket.send({ id: '1', type: 'subscribe', payload: { query } });
  const streamed = stream(madang.url, { query }, { authorization: `Bearer ${mina.token}` });
  await until(
    async () => /^madang_subscribers\{transport="sse"\} 1/m.test(await (await fetch(`${madang.url}/metrics`)).text()),
    'the subscriptions stand',
  );

  const rooms = await holdRooms(deployment.env.DATABASE_URL!);
  const inFlight = mina.ask('{ rooms { nodes { id } } }');
  await until(() => rooms.waiting(), 'the request is being worked on');
  process.kill(madang.pid, 'SIGTERM');

  // On connections of their own, like the requests of a load balancer.
  await until(
    async () => (await fetch(`${madang.url}/readyz`, { headers: { connection: 'close' } })).status === 503,
    'it says that it stops',
  );
  const ready = await fetch(`${madang.url}/readyz`, { headers: { connection: 'close' } });
  expect([ready.status, await ready.json()]).toEqual([503, { ready: false, reasons: ['the server is stopping'] }]);
  expect((await fetch(`${madang.url}/healthz`, { headers: { connection: 'close' } })).status).toBe(200);
  const refused = await answerOf(
    await fetch(`${madang.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', connection: 'close' },
      body: '{"query":"{ me { id } }"}',
    }),
  );
  expect([refused.status, codeOf(refused)]).toEqual([503, 'UNAVAILABLE']);
  expect(await socket.closed).toMatchObject({ code: 1001 });
  expect((await streamed).text).not.toContain('event: complete');

  await rooms.release();
  expect(await inFlight).toMatchObject({ status: 200, data: { rooms: { nodes: [{ id: roomId }] } } });
  expect(await madang.exited).toBe(0);
  expect(madang.log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
});

test('idle connections, half a request and idle sockets do not delay the end', async () => {
  await using deployment = await openDeployment('embedded');
  await using madang = await deployment.start({ MADANG_GRACE_MS: '2000' });
  const port = Number(new URL(madang.url).port);
  const idle = connect(port, '127.0.0.1');
  const half = connect(port, '127.0.0.1');
  for (const socket of [idle, half]) socket.on('error', () => undefined);
  half.write(
    `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: ` +
      'application/json\r\nContent-Length: 100\r\n\r\n{',
  );
  const keptAlive = request({ port, host: '127.0.0.1', path: '/healthz', headers: { connection: 'keep-alive' } });
  keptAlive.on('error', () => undefined);
  await new Promise((resolve) =>
    keptAlive.once('response', (response) => response.resume().once('end', resolve)).end(),
  );
  const before = Date.now();
  expect(await madang.stop()).toBe(0);
  expect(Date.now() - before).toBeLessThan(10_000);
});

test('a process whose output is not read serves on, and ends on a signal', async () => {
  await using deployment = await openDeployment('embedded');
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const port = await chooseFreePort();
  const child = spawn(process.execPath, [join(process.cwd(), 'dist/main.js')], {
    cwd: tmpdir(),
    env: { ...inherited, ...deployment.env, PORT: String(port), LOG_LEVEL: 'trace' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  try {
    // Before it logs that it is ready.
    await once(child.stdout, 'data');
    child.stdout.destroy();
    child.stderr.destroy();
    const url = `http://127.0.0.1:${port}`;
    await until(async () => (await fetch(`${url}/readyz`).catch(() => null))?.status === 200, 'it serves');
    const mina = await signInOnWire(url, 'mina');
    await commanded(mina, 'createRoom', { title: '마당' });
    child.kill('SIGTERM');
    expect((await exited)[0]).toBe(0);
  } finally {
    child.kill('SIGKILL');
  }
});
