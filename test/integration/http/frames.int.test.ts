import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { CLOSE_CODES } from '../../../src/server/errors/error-codes.js';
import type { TestServer } from './fixture.js';
import { connected, startServer, until } from './fixture.js';

/**
 * Frames that no client library would send. For each of them the socket is closed with a code of errors.md, nothing of
 * it stays, and others are served.
 */
let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());
afterEach(() => {
  // oxlint-disable-next-line jest/no-standalone-expect
  expect(server.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
});

const open = async (): Promise<number> => (await server.metrics.httpConnections.get()).values[0]?.value ?? 0;

interface Upgraded {
  write(bytes: Buffer): void;
  /** The headers of the accepted connection. */
  readonly headers: string;
  /** The server's close code. */
  code(): Promise<number>;
}

/**
 * From the server's frames, none of them long: the code of the closing one; 1005 without a code, undefined while there
 * is none.
 */
function closeCode(frames: Buffer): number | undefined {
  for (let at = 0; at + 1 < frames.length; at += 2 + frames[at + 1]!) {
    if (frames[at] === 0x88)
      return frames[at + 1]! < 2 ? 1005 : frames.length >= at + 4 ? frames.readUInt16BE(at + 2) : undefined;
  }
  return undefined;
}

/** A WebSocket by hand, which keeps its side open on every frame. */
async function upgraded(more = '', protocol = 'graphql-transport-ws'): Promise<Upgraded> {
  const socket = connect({ port: Number(new URL(server.url).port), host: '127.0.0.1', allowHalfOpen: true });
  let said = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => (said = Buffer.concat([said, chunk])));
  socket.write(
    'GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ' +
      'websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ' +
      `dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ${protocol}\r\n${more}\r\n`,
  );
  await until(() => said.includes('\r\n\r\n'));
  const end = said.indexOf('\r\n\r\n');
  return {
    write: (bytes) => void (socket.writable && socket.write(bytes)),
    headers: String(said.subarray(0, end)),
    async code() {
      await until(() => closeCode(said.subarray(end + 4)) !== undefined);
      return closeCode(said.subarray(end + 4))!;
    },
  };
}

const [CONTINUATION, TEXT, CLOSE, PING] = [0x0, 0x1, 0x8, 0x9];
const FIN = 0x80;
/** Masked with zeros, which leaves the payload as it is. */
function frame(first: number, payload: Buffer | string = '', { masked = true } = {}): Buffer {
  const body = Buffer.from(payload);
  const long = body.length > 125;
  const head = Buffer.alloc(long ? 4 : 2);
  head[0] = first;
  head[1] = (masked ? 0x80 : 0) | (long ? 126 : body.length);
  if (long) head.writeUInt16BE(body.length, 2);
  return Buffer.concat([head, ...(masked ? [Buffer.alloc(4)] : []), body]);
}
const closing = (code: number, reason: Buffer | string = ''): Buffer => {
  const payload = Buffer.concat([Buffer.alloc(2), Buffer.from(reason)]);
  payload.writeUInt16BE(code, 0);
  return frame(FIN | CLOSE, payload);
};
/** The head alone, of a frame that announces so many bytes. */
function announcing(bytes: bigint): Buffer {
  const head = Buffer.alloc(14);
  head[0] = FIN | TEXT;
  head[1] = 0x80 | 127;
  head.writeBigUInt64BE(bytes, 2);
  return head;
}
/** Well-formed, and too deep for code that recurses. */
const deepMessage = (type: string): string =>
  `{"id":"1","type":"${type}","payload":{"query":"{ viewer }","deep":${'['.repeat(30_000)}${']'.repeat(30_000)}}}`;
const init = frame(FIN | TEXT, '{"type":"connection_init"}');

test.each<readonly [string, Buffer, number]>([
  [
    'a compressed message, though nothing of the kind was agreed upon',
    frame(FIN | 0x40 | TEXT, gzipSync(Buffer.alloc(4 << 20)).subarray(0, 60_000)),
    1002,
  ],
  ['a compressed ping', frame(FIN | 0x40 | PING), 1002],
  ['another reserved bit', frame(FIN | 0x20 | TEXT, '{}'), 1002],
  ['an unknown kind of frame', frame(FIN | 0x3, '{}'), 1002],
  ['a message without a mask', frame(FIN | TEXT, '{}', { masked: false }), 1002],
  ['a ping of 126 bytes', frame(FIN | PING, 'x'.repeat(126)), 1002],
  ['a ping in pieces', frame(PING, 'x'), 1002],
  ['a piece of nothing', frame(CONTINUATION, 'x'), 1002],
  ['a message within a message', Buffer.concat([frame(TEXT, '{'), frame(FIN | TEXT, '}')]), 1002],
  ['a message that announces 2^62 bytes', announcing(1n << 62n), 1009],
  ['a message that announces 2^63 bytes', announcing(1n << 63n), 1009],
  ['a message that announces 4 GiB', announcing(1n << 32n), 1009],
  ['a message that announces a byte too many', announcing(256n * 1024n + 1n), 1009],
  [
    'a message without an end',
    Buffer.concat([frame(TEXT, '"'), ...Array.from({ length: 5 }, () => frame(CONTINUATION, 'x'.repeat(60_000)))]),
    1009,
  ],
  [
    'empty pieces without an end',
    Buffer.concat([frame(TEXT), ...Array.from({ length: 2_000 }, () => frame(CONTINUATION))]),
    1008,
  ],
  [
    'empty pieces of which each brings a ping',
    Buffer.concat([
      frame(TEXT),
      ...Array.from({ length: 2_000 }, () => Buffer.concat([frame(FIN | PING), frame(CONTINUATION)])),
    ]),
    1008,
  ],
  ['a message that is not UTF-8', frame(FIN | TEXT, Buffer.from([0x22, 0xc3, 0x28, 0x22])), 1007],
  ['an empty message', frame(FIN | TEXT), 4400],
  ['a list', frame(FIN | TEXT, '[]'), 4400],
  ['null', frame(FIN | TEXT, 'null'), 4400],
  ['100,000 levels', frame(FIN | TEXT, '['.repeat(60_000)), 4400],
  ...['connection_init', 'ping', 'pong', 'subscribe', 'complete'].map(
    (type) => [`a ${type} of 30,000 levels`, frame(FIN | TEXT, deepMessage(type)), 4400] as const,
  ),
  ['connection_init twice at once', Buffer.concat([init, init]), 4429],
  [
    'connection_init twice, behind another',
    Buffer.concat([init, frame(FIN | TEXT, '{"type":"ping"}'), init, init]),
    4429,
  ],
  ['a close with a reason of 123 bytes', closing(4000, 'x'.repeat(123)), 4000],
  ['a close without a code', frame(FIN | CLOSE), 1005],
  ['a close with a reason of 200 bytes', closing(4000, 'x'.repeat(200)), 1002],
  ['a close with a reason of 60 kB', closing(4000, 'x'.repeat(60_000)), 1002],
  ['a close with half a code', frame(FIN | CLOSE, 'x'), 1002],
  ['a close with a code that nobody may send', closing(1006), 1002],
  ['a close with a code that does not exist', closing(65_535), 1002],
  ['a close with a reason that is not UTF-8', closing(4000, Buffer.from([0xc3, 0x28])), 1007],
  ['two closes, and more behind them', Buffer.concat([closing(4000), closing(4001), init, Buffer.alloc(50_000)]), 4000],
])('%s', async (_what, bytes, code) => {
  using other = await connected(server.wsUrl);
  const socket = await upgraded();
  socket.write(bytes);
  expect(await socket.code()).toBe(code);
  // A close is answered with its own code.
  if (code !== 4000 && code !== 1005) expect(CLOSE_CODES).toHaveProperty(String(code));
  other.send({ type: 'ping' });
  await other.message(({ type }) => type === 'pong');
});

test('compression is not agreed upon, with any offer of a client', async () => {
  const socket = await upgraded(
    'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits; ' +
      'server_no_context_takeover, permessage-bzip2\r\n',
  );
  expect(socket.headers).toMatch(/^HTTP\/1.1 101 /);
  expect(socket.headers).not.toMatch(/extensions/i);
  socket.write(closing(1000));
  expect(await socket.code()).toBe(1000);
});

test.each([
  ['another subprotocol', 'graphql-ws'],
  ['another subprotocol of many', 'soap, graphql-ws, wamp'],
  ['one in capitals', 'GRAPHQL-TRANSPORT-WS'],
])('%s: closed with 4406', async (_what, protocol) => {
  const socket = await upgraded('', protocol);
  expect(socket.headers).not.toMatch(/sec-websocket-protocol/i);
  expect(await socket.code()).toBe(4406);
});

test('nothing of them stays, though their clients never close their sides', async () => {
  await until(async () => (await open()) === 0, 20_000);
});
