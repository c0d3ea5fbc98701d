import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { until } from '../../engine/testing/until.js';
import { frameSocket } from './frame-socket.js';
import type { FrameSocket } from './frame-socket.js';
import { nextFrames } from './next-frames.js';

/** Both ends of a connection of the package `ws`, and the way below the server's end. */
interface Pair {
  readonly server: WebSocket;
  readonly transport: Socket;
  readonly below: FrameSocket;
  readonly client: WebSocket;
  /** All that the client got, in order: texts, and pings and pongs with their payloads. */
  readonly seen: string[];
}

const servers: WebSocketServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    for (const client of server.clients) client.terminate();
    server.close();
  }
});

async function sockets(compressed = false) {
  const listening = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: compressed });
  servers.push(listening);
  const connected = once(listening, 'connection') as Promise<[WebSocket, { readonly socket: Socket }]>;
  await once(listening, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(listening.address() as AddressInfo).port}`);
  const seen: string[] = [];
  client.on('message', (data, isBinary) => seen.push(isBinary ? 'binary' : (data as Buffer).toString()));
  client.on('ping', (data) => seen.push(`ping ${String(data)}`));
  client.on('pong', (data) => seen.push(`pong ${String(data)}`));
  const [[server, { socket: transport }]] = await Promise.all([connected, once(client, 'open')]);
  return { server, transport, client, seen };
}

async function pair(): Promise<Pair> {
  const both = await sockets();
  return { ...both, below: frameSocket(both.server, both.transport) };
}

const frames = (results: readonly string[], id = '1') => {
  const json = JSON.stringify(id);
  return nextFrames({ results }).of(json, Buffer.byteLength(json));
};
const message = (result: string, id = '1'): string => `{"id":${JSON.stringify(id)},"type":"next","payload":${result}}`;

test('frames stand in order between the texts, pings and pongs of `ws`', async () => {
  const { server, below, client, seen } = await pair();
  const expected: string[] = [];
  for (let n = 0; n < 200; n++) {
    server.send(`text ${n}`);
    below.write(frames([`${n}`]));
    server.ping(`p${n}`);
    below.write(frames([`"${n}a"`, `"${n}b"`]));
    server.pong(`q${n}`);
    server.send('x'.repeat(n * 1_000));
    expected.push(`text ${n}`, message(`${n}`), `ping p${n}`, message(`"${n}a"`), message(`"${n}b"`));
    expected.push(`pong q${n}`, 'x'.repeat(n * 1_000));
  }
  below.write(frames(['"last"']));
  server.close(1000, 'done');
  const [code, reason] = (await once(client, 'close')) as [number, Buffer];
  expect([code, String(reason)]).toEqual([1000, 'done']);
  expect(seen).toEqual([...expected, message('"last"')]);
});

test('each frame of `ws` is handed to the socket whole, before its call returns', async () => {
  const { server, transport } = await pair();
  const handed = (): number => transport.bytesWritten;
  for (const [send, bytes] of [
    [() => server.send('x'.repeat(10)), 12],
    [() => server.send('x'.repeat(300)), 304],
    [() => server.send('x'.repeat(70_000)), 70_010],
    [() => server.ping('ping'), 6],
    [() => server.pong('pong!'), 7],
    [() => server.close(1000, 'bye'), 7],
  ] as const) {
    const before = handed();
    send();
    expect(handed() - before).toBe(bytes);
  }
});

test('nothing is written to a socket that is closing or gone, and that is no backlog', async () => {
  const { server, transport, below, client, seen } = await pair();
  below.write(frames(['1']));
  server.close(1001, 'going');
  const before = transport.bytesWritten;
  expect(below.write(frames(['2']))).toBe(true);
  expect(transport.bytesWritten).toBe(before);
  await once(client, 'close');
  expect(seen).toEqual([message('1')]);

  const cut = await pair();
  cut.transport.destroy();
  expect(cut.below.write(frames(['3']))).toBe(true);
  await once(cut.client, 'close');
  expect(cut.seen).toEqual([]);
});

test('a client that does not read: the bytes are counted, and come once it reads on', async () => {
  const { server, below, client, seen } = await pair();
  client.pause();
  const result = JSON.stringify('x'.repeat(100_000));
  let written = 0;
  while (below.write(frames([result])) || server.bufferedAmount < 1 << 20) written++;
  written++;
  expect(server.bufferedAmount).toBeGreaterThanOrEqual(1 << 20);
  client.resume();
  await until(() => seen.length === written && server.bufferedAmount === 0, 'everything came');
  expect(new Set(seen)).toEqual(new Set([message(result)]));
});

test('a connection with compression is refused', async () => {
  const { server, transport } = await sockets(true);
  expect(() => frameSocket(server, transport)).toThrow('permessage-deflate');
});

describe('frames', () => {
  /** The results whose messages have these lengths. */
  const ofLength = (length: number): string => JSON.stringify('x'.repeat(length - message('""').length));

  test.each([125, 126, 127, 65_535, 65_536, 1 << 20])('a message of %i bytes', async (length) => {
    const { below, seen } = await pair();
    const result = ofLength(length);
    expect(message(result)).toHaveLength(length);
    below.write(frames([result, 'null', result]));
    await until(() => seen.length === 3, 'all came');
    expect(seen).toEqual([message(result), message('null'), message(result)]);
  });

  test('UTF-8 in results and in ids', async () => {
    const { below, seen } = await pair();
    const results = ['"안녕하세요 👋🏽"', '"\u2028"', '"é"'];
    const ids = ['방', '👋', 'a"b\\c', 'é'.repeat(100), ''];
    for (const id of ids) below.write(frames(results, id));
    await until(() => seen.length === ids.length * results.length, 'all came');
    expect(seen).toEqual(ids.flatMap((id) => results.map((result) => message(result, id))));
  });

  test('the same id gets the same memory, and every other one its own frames', async () => {
    const { below, seen } = await pair();
    // Small ones are copied, large ones share their results.
    for (const result of ['"small"', JSON.stringify('large'.repeat(5_000))]) {
      const delivery = { results: [result, result] };
      const written = Array.from({ length: 100 }, (_, n) => `operation-${String(n).padStart(3, '0')}`);
      for (const id of written)
        below.write(nextFrames(delivery).of(JSON.stringify(id), Buffer.byteLength(JSON.stringify(id))));
      await until(() => seen.length === 200, 'all came');
      expect(seen.splice(0)).toEqual(written.flatMap((id) => [message(result, id), message(result, id)]));
      const of = () => nextFrames(delivery).of('"operation-000"', 15);
      expect(of()).toBe(of());
    }
  });
});
