import { connected } from '../integration/http/fixture.js';
import { until } from '../support/conditions.js';
import { openDeployment } from '../support/deployment.js';
import type { MadangProcess } from '../support/madang.js';
import { commanded, signInOnWire } from '../support/wire.js';

/** The sum over the lines of a metric that begin so. */
async function metric({ url }: MadangProcess, beginning: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith(beginning))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

test('2,000 subscriptions of one user that differ in an alias make a few groups', async () => {
  await using deployment = await openDeployment('embedded');
  await using madang = await deployment.start();
  const wsUrl = `${madang.url.replace('http', 'ws')}/graphql`;
  const ann = await signInOnWire(madang.url, 'ann');
  const roomId = (await commanded(ann, 'createRoom', { title: 'loud' })).room!.id;
  const quietId = (await commanded(ann, 'createRoom', { title: 'quiet' })).room!.id;
  const sockets = await Promise.all(Array.from({ length: 20 }, () => connected(wsUrl, ann.token)));
  const subscribe = (id: string, query: string) => ({ id, type: 'subscribe', payload: { query } });
  for (const [n, socket] of sockets.entries()) {
    for (let m = 0; m < 100; m++)
      socket.send(
        subscribe(
          `s${m}`,
          `subscription { a${n}x${m}: roomEvents(roomId: "${roomId}") { position ... on MessagePosted ` +
            '{ message { body } } } }',
        ),
      );
  }
  const refused = () => sockets.flatMap(({ messages }) => messages.filter(({ type }) => type === 'error'));
  await until(() => refused().length === 1_980, 'all but twenty are refused');
  const codes = refused().map(({ payload }) => (payload as { extensions: { code: string } }[])[0]!.extensions.code);
  expect(new Set(codes)).toEqual(new Set(['TOO_MANY_REQUESTS']));
  expect(await metric(madang, 'madang_connections_refused_total{reason="subscriptions"}')).toBe(1_500);
  expect(await metric(madang, 'madang_connections_refused_total{reason="groups_of_user"}')).toBe(480);
  // The metrics answer may be some moments old.
  await until(async () => (await metric(madang, 'madang_fan_out_groups')) === 20, 'there are twenty groups');

  // Each of them, and another user's in another room, gets the room's events.
  const bob = await signInOnWire(madang.url, 'bob');
  await commanded(bob, 'joinRoom', { roomId: quietId });
  using own = await connected(wsUrl, bob.token);
  own.send(subscribe('1', `subscription { roomEvents(roomId: "${quietId}") { position } }`));
  await until(async () => (await metric(madang, 'madang_fan_out_groups')) === 21, 'the other is there');
  await commanded(ann, 'sendMessage', { roomId, body: 'hello' });
  await commanded(ann, 'sendMessage', { roomId: quietId, body: 'hello' });
  await own.message(({ type }) => type === 'next');
  await until(
    () => sockets.flatMap(({ messages }) => messages.filter(({ type }) => type === 'next')).length === 20,
    'all twenty have it',
  );
  for (const socket of sockets) socket[Symbol.dispose]();
});

test('subscriptions to one room that differ in spelling share one group', async () => {
  await using deployment = await openDeployment('embedded');
  await using madang = await deployment.start();
  const ann = await signInOnWire(madang.url, 'ann');
  const roomId = (await commanded(ann, 'createRoom', { title: 'one' })).room!.id;
  using socket = await connected(`${madang.url.replace('http', 'ws')}/graphql`, ann.token);
  for (let n = 0; n < 60; n++) {
    const query =
      `${'# comment\n'.repeat(n % 7)} fragment F${n} on RoomEvent { at: at ` +
      `} subscription S${n}($r${n}: ID!) { roomEvents(roomId: $r${n}) ` +
      `{ ${' '.repeat(n)}position ...F${n} } }`;
    socket.send({ id: `s${n}`, type: 'subscribe', payload: { query, variables: { [`r${n}`]: roomId } } });
  }
  await until(async () => (await metric(madang, 'madang_subscribers{')) === 60, 'all are there');
  expect(await metric(madang, 'madang_fan_out_groups')).toBe(1);
  expect(socket.messages.filter(({ type }) => type === 'error')).toEqual([]);
});

test('with a port of their own, readiness and metrics leave the API’s port', async () => {
  await using deployment = await openDeployment('embedded');
  await using madang = await deployment.start({ MADANG_METRICS_PORT: '0' });
  expect(
    await Promise.all(
      ['/readyz', '/metrics', '/healthz'].map(async (path) => (await fetch(`${madang.url}${path}`)).status),
    ),
  ).toEqual([404, 404, 200]);
});
