import type { RawSocket, TestServer } from './fixture.js';
import { connected, rawSocket, startServer, tokenOf, until } from './fixture.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const subscribe = (id: string, query: string, variables?: object) => ({
  id,
  type: 'subscribe',
  payload: { query, ...(variables ? { variables } : {}) },
});
const LIVE = 'subscription { direct }';

/** Sends messages in one write, so that the server gets them together. */
function together(socket: RawSocket, messages: readonly unknown[]): void {
  const transport = (socket.socket as unknown as { _socket: { cork(): void; uncork(): void } })._socket;
  transport.cork();
  for (const message of messages) socket.send(message);
  transport.uncork();
}

const of = (socket: RawSocket, id: string) =>
  socket.messages.filter((message) => message.id === id).map(({ type }) => type);
const roundTrip = async (socket: RawSocket, n: number): Promise<void> => {
  socket.send({ type: 'ping', payload: { n } });
  await socket.message(({ type, payload }) => type === 'pong' && (payload as { n: number }).n === n);
};

test('subscribe, complete and subscribe with one id: the second lives and is served', async () => {
  using socket = await connected(server.wsUrl, await tokenOf('ann'));
  const before = server.seen.requests.length;
  together(socket, [subscribe('1', LIVE), { id: '1', type: 'complete' }, subscribe('1', LIVE)]);
  await until(() => server.seen.requests.length === before + 2);
  await until(() => server.seen.requests[before]!.signal.aborted);
  await until(() => of(socket, '1').length === 3);
  const [first, second] = server.seen.requests.slice(before);
  first!.sink!.next('{"data":{"direct":-1}}');
  second!.sink!.next('{"data":{"direct":42}}');
  await socket.message(({ payload }) => (payload as { data?: { direct: number } })?.data?.direct === 42);
  await roundTrip(socket, 1);
  expect(JSON.stringify(socket.messages)).not.toContain('-1');
  expect(of(socket, '1')).toEqual(['next', 'next', 'next', 'next']);
  expect(second!.signal.aborted).toBe(false);
  // It is still the one that its id ends.
  socket.send({ id: '1', type: 'complete' });
  await until(() => second!.signal.aborted);
});

test('the same a hundred times: the last one lives', async () => {
  using socket = await connected(server.wsUrl, await tokenOf('ann'));
  const before = server.seen.requests.length;
  together(socket, [
    ...Array.from({ length: 99 }, () => [subscribe('1', LIVE), { id: '1', type: 'complete' }]).flat(),
    subscribe('1', LIVE),
  ]);
  await until(() => of(socket, '1').length === 3);
  await roundTrip(socket, 2);
  const alive = server.seen.requests.slice(before).filter(({ signal }) => !signal.aborted);
  expect(alive).toHaveLength(1);
  expect(of(socket, '1')).toEqual(['next', 'next', 'next']);
});

test('an id of a mutation that is completed while it runs is free', async () => {
  await using own = await startServer();
  using socket = await connected(own.wsUrl, await tokenOf('ann'));
  together(socket, [subscribe('1', '{ slow }'), { id: '1', type: 'complete' }, subscribe('1', '{ viewer }')]);
  await socket.message(({ type }) => type === 'complete');
  own.seen.release();
  await roundTrip(socket, 3);
  await roundTrip(socket, 4);
  expect(socket.messages.filter(({ id }) => id === '1')).toEqual([
    { id: '1', type: 'next', payload: { data: { viewer: 'ann' } } },
    { id: '1', type: 'complete' },
  ]);
});

test.each([
  ['an answer', '{ viewer }', ['next', 'complete']],
  ['an error', '{', ['error']],
  ['a subscription that fails', 'subscription { fails }', ['error']],
  ['a subscription that ends', 'subscription { pulled }', ['next', 'next', 'next', 'complete']],
])('after %s its id is free as soon as the client knows', async (_what, query, types) => {
  using socket = await connected(server.wsUrl, await tokenOf('ann'));
  const last = types.at(-1)!;
  let rounds = 0;
  const over = new Promise<void>((resolve) => {
    // In the very moment in which the message comes.
    socket.socket.on('message', (data: Buffer) => {
      if ((JSON.parse(String(data)) as { type: string }).type !== last) return;
      if (++rounds === 20) return resolve();
      socket.send(subscribe('1', query));
    });
  });
  socket.send(subscribe('1', query));
  await Promise.race([over, socket.closed.then(({ code }) => Promise.reject(new Error(`closed with ${code}`)))]);
  expect(of(socket, '1')).toEqual(Array.from({ length: 20 }, () => types).flat());
});

test('a complete of an unknown id, of one that has ended, or twice, is nothing', async () => {
  using socket = await connected(server.wsUrl, await tokenOf('ann'));
  together(socket, [{ id: 'unknown', type: 'complete' }, subscribe('1', '{ viewer }')]);
  await socket.message(({ id, type }) => id === '1' && type === 'complete');
  together(socket, [
    { id: '1', type: 'complete' },
    subscribe('2', LIVE),
    { id: '1', type: 'complete' },
    { id: '1', type: 'complete' },
  ]);
  await until(() => of(socket, '2').length === 3);
  await roundTrip(socket, 5);
  expect(server.seen.requests.at(-1)!.signal.aborted).toBe(false);
});

test('a complete before the acknowledgement is nothing, an operation ends the socket', async () => {
  using socket = await rawSocket(server.wsUrl);
  together(socket, [{ id: '1', type: 'complete' }, { type: 'connection_init' }]);
  await socket.message(({ type }) => type === 'connection_ack');
  using hasty = await rawSocket(server.wsUrl);
  together(hasty, [{ type: 'connection_init' }, subscribe('1', '{ viewer }')]);
  expect((await hasty.closed).code).toBe(4401);
});

test('a complete in the same write as its subscribe ends it, and nothing is written', async () => {
  using socket = await connected(server.wsUrl, await tokenOf('ann'));
  const before = server.seen.requests.length;
  for (const query of [LIVE, 'subscription { pulled }', 'subscription { waiting }', '{ viewer }']) {
    together(socket, [subscribe('1', query), { id: '1', type: 'complete' }]);
  }
  await roundTrip(socket, 6);
  await until(() => server.seen.requests.slice(before).every(({ signal }) => signal.aborted));
  await roundTrip(socket, 7);
  expect(of(socket, '1')).toEqual([]);
});

test('ids that are names of object properties are ids like others', async () => {
  using socket = await connected(server.wsUrl, await tokenOf('ann'));
  const ids = ['__proto__', 'constructor', 'toString'];
  for (const id of ids) socket.send(subscribe(id, '{ viewer }'));
  for (const id of ids) await socket.message((message) => message.id === id && message.type === 'complete');
  expect(ids.map((id) => of(socket, id))).toEqual(ids.map(() => ['next', 'complete']));
  socket.send(subscribe('', '{ viewer }'));
  expect((await socket.closed).code).toBe(4400);
});
