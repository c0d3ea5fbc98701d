import type { GraphQLBody, TestServer } from './fixture.js';
import { connected, results, startServer, stream, tokenOf } from './fixture.js';

let server: TestServer;
beforeEach(async () => {
  // 1 a second: a refused operation stays refused for the test.
  server = await startServer({ connectionLimits: { costPerSecond: 1, costBurst: 5_000 } });
});
afterEach(() => server.stop());

type Send = (query: string, handle: string) => Promise<GraphQLBody>;

const overHttp: Send = async (query, handle) =>
  (await server.post({ query }, { authorization: `Bearer ${await tokenOf(handle)}` })).body;
const overWebSocket: Send = async (query, handle) => {
  using socket = await connected(server.wsUrl, await tokenOf(handle));
  socket.send({ id: '1', type: 'subscribe', payload: { query } });
  const { type, payload } = await socket.message(({ id }) => id === '1');
  return type === 'error' ? { errors: payload as NonNullable<GraphQLBody['errors']> } : (payload as GraphQLBody);
};
const overSse: Send = async (query, handle) =>
  results((await stream(server.url, { query }, { authorization: `Bearer ${await tokenOf(handle)}` })).text)[0]!;

/** Costs `nodes` and 2 more. */
const page = (nodes: number): string => `{ node { nodes(first: ${nodes}) { name } } }`;
const REFUSED = [
  {
    message: expect.stringContaining('cost more than one user may ask for at a time') as string,
    extensions: { code: 'TOO_MANY_REQUESTS', retryAfterMs: expect.any(Number) as number },
  },
];

test('the operations of one user have one cost on all transports; others are served', async () => {
  expect((await overHttp(page(1_800), 'ann')).errors).toBeUndefined();
  expect((await overWebSocket(page(1_800), 'ann')).errors).toBeUndefined();
  for (const send of [overHttp, overWebSocket, overSse])
    expect((await send(page(1_800), 'ann')).errors).toMatchObject(REFUSED);
  // A refused operation costs nothing.
  expect((await overSse(page(1_300), 'ann')).errors).toBeUndefined();
  expect((await overHttp(page(1_300), 'ann')).errors).toMatchObject(REFUSED);
  for (const send of [overHttp, overWebSocket]) expect((await send(page(1_800), 'ben')).errors).toBeUndefined();
});

test('over HTTP the status matches, and each refusal is counted', async () => {
  const authorization = `Bearer ${await tokenOf('ann')}`;
  expect((await server.post({ query: page(4_998) }, { authorization })).status).toBe(200);
  const { status, body } = await server.post({ query: page(4_998) }, { authorization });
  expect([status, body.errors]).toMatchObject([429, REFUSED]);
  expect(body.errors![0]!.extensions.retryAfterMs).toBeGreaterThan(4_000_000);
  expect(await server.metrics.registry.getSingleMetricAsString('madang_connections_refused_total')).toMatch(
    /reason="cost"\} [1-9]/,
  );
});

test('clients without a token share the budget of their address', async () => {
  expect((await server.post({ query: page(4_998) })).status).toBe(200);
  const { status, body } = await server.post({ query: page(100) });
  expect([status, body.errors]).toMatchObject([
    429,
    [{ message: expect.stringContaining('one address') as string, extensions: { code: 'TOO_MANY_REQUESTS' } }],
  ]);
  expect((await overHttp(page(4_998), 'ann')).errors).toBeUndefined();
});

test('a subscription costs once, when it begins', async () => {
  using socket = await connected(server.wsUrl, await tokenOf('ann'));
  for (let id = 0; id < 100; id++)
    socket.send({ id: String(id), type: 'subscribe', payload: { query: 'subscription { pulled }' } });
  await socket.message(({ id, type }) => id === '99' && type === 'complete');
  expect(socket.messages.filter(({ type }) => type === 'error')).toEqual([]);
});
