import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Target } from './fuzz.js';
import { dearOperation, hostileOperation } from './hostile-operations.js';
import type { Random } from './random.js';

type Step = (random: Random, target: Target, socket: WebSocket) => void;

const times = (count: number, act: () => void): void => {
  for (let index = 0; index < count; index++) act();
};
const send = (socket: WebSocket, message: unknown): void =>
  socket.send(typeof message === 'string' ? message : JSON.stringify(message));
/** Writes bytes to the wire, below the protocol's library. */
const raw = (socket: WebSocket, bytes: Buffer): void =>
  void (socket as unknown as { readonly _socket: Socket })._socket.write(bytes);

const frame = (opcode: number, length: number, ...more: readonly number[]): Buffer =>
  Buffer.from([opcode, 0x80 | length, 1, 2, 3, 4, ...more]);

const subscription = (random: Random, { roomId }: Target): object => ({
  query:
    `subscription { roomEvents(roomId: "${roomId}") { ${'position '.repeat(1 + random.below(3))} ` +
    `... on MessagePosted { message { a${random.below(5)}: id } } } }`,
});

/** Steps that a socket survives. */
const asks: readonly Step[] = [
  (random, target, socket) => {
    times(1 + random.below(20), () =>
      send(socket, { id: randomUUID(), type: 'subscribe', payload: hostileOperation(random, target) }),
    );
  },
  (random, target, socket) => {
    times(10 + random.below(30), () => {
      send(socket, {
        id: 'same',
        type: 'subscribe',
        payload: random.chance(0.5) ? subscription(random, target) : { query: '{ me { id } }' },
      });
      send(socket, { id: 'same', type: 'complete' });
    });
  },
  // As many operations as a socket may have open, each as expensive as an operation may be.
  (random, target, socket) => {
    times(10 + random.below(80), () =>
      send(socket, { id: randomUUID(), type: 'subscribe', payload: dearOperation(random, target) }),
    );
  },
  (random, target, socket) => {
    times(random.below(60), () =>
      send(socket, { id: randomUUID(), type: 'subscribe', payload: subscription(random, target) }),
    );
  },
  (random, _target, socket) => {
    times(random.below(100), () => send(socket, { type: 'ping', payload: { text: 'x'.repeat(random.below(2_000)) } }));
  },
  (random, _target, socket) => {
    times(random.below(100), () => socket.ping(random.bytes(random.below(125))));
  },
];

/** Steps for which a socket may be closed. */
const breaks: readonly Step[] = [
  (random, target, socket) =>
    send(socket, {
      id: random.one(['1', '', '__proto__', 'constructor', 'x'.repeat(100_000), 1, null]),
      type: 'subscribe',
      payload: subscription(random, target),
    }),
  (random, _target, socket) =>
    send(socket, {
      type: random.one(['connection_init', 'connection_ack', 'next', 'error', 'complete', 'ping', 'pong', 'x', 7]),
      id: random.one(['1', undefined]),
      payload: random.one([{}, 'x', random.text(5_000), null]),
    }),
  (random, _target, socket) => send(socket, random.one([random.text(100), '[]', 'null', '{', '{"type":', '1', '""'])),
  (random, _target, socket) => socket.send(random.bytes(random.below(500))),
  (random, _target, socket) => {
    times(500 + random.below(500), () => socket.ping(random.bytes(random.below(125))));
  },
  (random, _target, socket) => {
    socket.pause();
    for (let index = 0; index < 20; index++)
      send(socket, { type: 'ping', payload: { text: 'x'.repeat(random.below(100_000)) } });
  },
  // Malformed frames: no mask, reserved bits, unknown opcodes, long control frames, fragments without a beginning, text
  // that is not UTF-8.
  (random, _target, socket) =>
    raw(
      socket,
      random.one([
        random.bytes(50),
        Buffer.from([0x81, 0x01, 0x41]),
        frame(0xf1, 1, 5),
        frame(0x83, 1, 5),
        Buffer.from([0x89, 0xfe, 1, 0, 1, 2, 3, 4]),
        frame(0x80, 1, 5),
        frame(0x81, 2, 0xff, 0xff),
      ]),
    ),
  (_random, _target, socket) =>
    raw(socket, Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4])),
  (random, _target, socket) => {
    raw(socket, frame(0x01, 1, 0x41));
    times(random.below(100), () => raw(socket, frame(0x00, 1, 0x41)));
  },
  (random, _target, socket) => raw(socket, random.one([frame(0x88, 1, 5), frame(0x88, 2, 0xff, 0xff), frame(0x88, 0)])),
  (_random, _target, socket) => socket.terminate(),
];

const MAX_ASKS = 3;
/** An answer that needs a read may come behind the answer to the last ping. */
const SILENCE_MS = 100;
const TIMEOUT_MS = 5_000;

/** One socket, and a few steps on it. @returns the server's output, and the close code */
export async function webSocketAttack(random: Random, target: Target): Promise<string> {
  const socket = new WebSocket(
    `${target.url.replace('http', 'ws')}/graphql${random.chance(0.1) ? '?x=1' : ''}`,
    random.chance(0.9) ? ['graphql-transport-ws'] : ['x', 'graphql-ws'],
  );
  let text = '';
  let hear: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    socket.on('error', () => undefined);
    socket.once('close', (code) => {
      text += `\nclosed ${code}`;
      resolve();
    });
  });
  socket.on('message', (data: Buffer) => {
    if (text.length < 200_000 || data.length < 100) text += String(data);
    hear();
  });
  /** Waits until the server has sent it, has closed, or falls silent. */
  const heard = (what: string): Promise<void> =>
    Promise.race([
      closed,
      pause(TIMEOUT_MS, undefined, { ref: false }),
      new Promise<void>((resolve) => (hear = () => text.includes(what) && resolve())),
    ]);

  await Promise.race([closed, once(socket, 'open').catch(() => undefined)]);
  if (socket.readyState === socket.OPEN) {
    const begins = random.chance(0.95);
    if (begins)
      send(socket, {
        type: 'connection_init',
        ...(random.chance(0.85)
          ? { payload: { authorization: random.chance(0.9) ? `Bearer ${target.token}` : random.text(10) } }
          : {}),
      });
    // Most wait for the acknowledgement; some send operations at once.
    if (begins && random.chance(0.85)) await heard('connection_ack');
    times(1 + random.below(MAX_ASKS), () => random.one(asks)(random, target, socket));
    send(socket, { type: 'ping', payload: { last: true } });
    await heard('"last":true');
    await Promise.race([closed, pause(SILENCE_MS)]);
    if (socket.readyState === socket.OPEN && random.chance(0.5)) {
      random.one(breaks)(random, target, socket);
      await Promise.race([closed, pause(SILENCE_MS)]);
    }
  }
  socket.terminate();
  return text;
}
