import { createClient as createSseClient } from 'graphql-sse';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Sink } from '../../../src/engine/fan-out/subscriber.js';
import type { TestServer } from './fixture.js';
import { connected, startServer, until } from './fixture.js';

/** Results that the fan-out writes to many subscribers at once, over the real transports. */
let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const LIVE = 'subscription { direct }';
const result = (number: number | string): string => JSON.stringify({ data: { direct: number } });
const delivery = (...numbers: (number | string)[]) => ({ results: numbers.map(result) });

interface Heard {
  readonly values: unknown[];
  readonly sink: Sink;
  stop(): void;
}

/** Subscribes with a real client library. Resolves when its first three results have come. */
async function listen(transport: 'websocket' | 'sse'): Promise<Heard> {
  const client =
    transport === 'websocket'
      ? createClient({ url: server.wsUrl, webSocketImpl: WebSocket })
      : createSseClient({ url: `${server.url}/graphql/stream` });
  const before = server.seen.requests.length;
  const values: unknown[] = [];
  const errors: unknown[] = [];
  client.subscribe<{ direct: unknown }>(
    { query: LIVE },
    {
      next: ({ data }) => void values.push(data?.direct),
      error: (error) => void errors.push(error),
      complete: () => undefined,
    },
  );
  await until(() => values.length === 3 || errors.length > 0);
  expect(errors).toEqual([]);
  values.length = 0;
  return { values, sink: server.seen.requests[before]!.sink!, stop: () => void client.dispose() };
}

test.each(['websocket', 'sse'] as const)(
  'results for many come one by one over %s, in order with one’s own',
  async (transport) => {
    const [first, second] = [await listen(transport), await listen(transport)];
    const [both, text] = [delivery(10, 11, 12), '안녕 👋🏽'];
    for (const { sink } of [first, second]) sink.deliver(both);
    first.sink.next(result('own'));
    for (const { sink } of [first, second]) sink.deliver(delivery(text, 'x'.repeat(100_000)));
    await until(() => first.values.length === 6 && second.values.length === 5);
    expect(first.values).toEqual([10, 11, 12, 'own', text, 'x'.repeat(100_000)]);
    expect(second.values).toEqual([10, 11, 12, text, 'x'.repeat(100_000)]);
    for (const { stop } of [first, second]) stop();
  },
);

test('a delivery stands between the answers of the protocol, and none follows the end', async () => {
  using socket = await connected(server.wsUrl);
  socket.send({ id: 'a', type: 'subscribe', payload: { query: LIVE } });
  await until(() => socket.messages.filter(({ id }) => id === 'a').length === 3);
  const { sink, signal } = server.seen.requests.at(-1)!;
  const began = socket.messages.length;
  for (let n = 0; n < 50; n++) {
    sink!.deliver(delivery(n));
    socket.send({ type: 'ping', payload: { n } });
    socket.send({ id: `q${n}`, type: 'subscribe', payload: { query: `{ echo(number: ${n}) }` } });
  }
  await until(() => socket.messages.some(({ id, type }) => id === 'q49' && type === 'complete'));
  const messages = socket.messages.slice(began);
  const of = (wanted: string) => messages.filter(({ id, type }) => (id ?? type) === wanted);
  expect(of('a').map(({ payload }) => payload)).toEqual(
    Array.from({ length: 50 }, (_, n) => ({ data: { direct: n } })),
  );
  expect(of('pong').map(({ payload }) => payload)).toEqual(Array.from({ length: 50 }, (_, n) => ({ n })));
  for (let n = 0; n < 50; n++) expect(of(`q${n}`).map(({ type }) => type)).toEqual(['next', 'complete']);

  socket.send({ id: 'a', type: 'complete' });
  await until(() => signal.aborted);
  // What the fan-out does in that moment is to drop the subscriber. A closing socket takes nothing either.
  socket.send('no JSON');
  expect((await socket.closed).code).toBe(4400);
  const written = socket.messages.length;
  expect(sink!.deliver(delivery('late'))).toBe(true);
  expect(socket.messages.slice(written)).toEqual([]);
});

test.each(['websocket', 'sse'] as const)(
  'a slow reader over %s shows in the answer and the backlog',
  async (transport) => {
    const heard = await listen(transport);
    const large = delivery('x'.repeat(1 << 20));
    let deliveries = 0;
    do deliveries++;
    while (heard.sink.deliver(large) || heard.sink.backlog() <= 1 << 20);
    // Written in one turn, so that the client could take nothing: what it has not taken is counted in bytes.
    expect(heard.sink.backlog()).toBeLessThan((deliveries + 1) * ((1 << 20) + 200));
    await until(() => heard.values.length === deliveries && heard.sink.backlog() === 0);
    heard.stop();
  },
);
