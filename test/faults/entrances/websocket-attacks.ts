import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Target } from './fuzz.js';
import { hostileOperation } from './hostile-operations.js';
import type { Random } from './random.js';

type Step = (random: Random, target: Target, socket: WebSocket) => void;

const send = (socket: WebSocket, message: unknown): void => socket.send(typeof message === 'string' ? message : JSON.stringify(message));
/** Bytes on the wire below the protocol's library. */
const raw = (socket: WebSocket, bytes: Buffer): void => void (socket as unknown as { readonly _socket: Socket })._socket.write(bytes);

const frame = (opcode: number, length: number, ...more: readonly number[]): Buffer => Buffer.from([opcode, 0x80 | length, 1, 2, 3, 4, ...more]);

const subscription = (random: Random, { roomId }: Target): object => ({
  query: `subscription { roomEvents(roomId: "${roomId}") { ${'position '.repeat(1 + random.below(3))} ... on MessagePosted { message { a${random.below(5)}: id } } } }`,
});

/** What one may do with an open socket. */
const steps: readonly Step[] = [
  (random, target, socket) => send(socket, { id: randomUUID(), type: 'subscribe', payload: hostileOperation(random, target) }),
  (random, target, socket) => send(socket, { id: randomUUID(), type: 'subscribe', payload: hostileOperation(random, target) }),
  (random, target, socket) => send(socket, { id: random.one(['1', '', '__proto__', 'constructor', 'x'.repeat(100_000), 1, null]), type: 'subscribe', payload: subscription(random, target) }),
  (random, target, socket) => {
    for (let index = 0; index < 10 + random.below(30); index++) {
      send(socket, { id: 'same', type: 'subscribe', payload: random.chance(0.5) ? subscription(random, target) : { query: '{ me { id } }' } });
      send(socket, { id: 'same', type: 'complete' });
    }
  },
  (random, target, socket) => {
    for (let index = 0; index < random.below(60); index++) send(socket, { id: `m${index}`, type: 'subscribe', payload: subscription(random, target) });
  },
  (random, _target, socket) => send(socket, { type: random.one(['connection_init', 'connection_ack', 'next', 'error', 'complete', 'ping', 'pong', 'x', 7]), id: random.one(['1', undefined]), payload: random.one([{}, 'x', random.text(5_000), null]) }),
  (random, _target, socket) => send(socket, random.one([random.text(100), '[]', 'null', '{', '{"type":', '1', '""'])),
  (random, _target, socket) => socket.send(random.bytes(random.below(500))),
  (random, _target, socket) => {
    for (let index = 0; index < random.below(150); index++) send(socket, { type: 'ping', payload: { text: 'x'.repeat(random.below(2_000)) } });
  },
  (random, _target, socket) => {
    for (let index = 0; index < random.below(150); index++) socket.ping(random.bytes(random.below(125)));
  },
  (random, _target, socket) => {
    socket.pause();
    for (let index = 0; index < 20; index++) send(socket, { type: 'ping', payload: { text: 'x'.repeat(random.below(100_000)) } });
  },
  // Frames that are none: no mask, reserved bits, unknown opcodes, long control frames, fragments without a beginning, text that is no UTF-8.
  (random, _target, socket) => raw(socket, random.one([random.bytes(50), Buffer.from([0x81, 0x01, 0x41]), frame(0xf1, 1, 5), frame(0x83, 1, 5), Buffer.from([0x89, 0xfe, 1, 0, 1, 2, 3, 4]), frame(0x80, 1, 5), frame(0x81, 2, 0xff, 0xff)])),
  (_random, _target, socket) => raw(socket, Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4])),
  (random, _target, socket) => {
    raw(socket, frame(0x01, 1, 0x41));
    for (let index = 0; index < random.below(100); index++) raw(socket, frame(0x00, 1, 0x41));
  },
  (random, _target, socket) => raw(socket, random.one([frame(0x88, 1, 5), frame(0x88, 2, 0xff, 0xff), frame(0x88, 0)])),
  (_random, _target, socket) => socket.terminate(),
];

const MAX_STEPS = 6;
const SILENCE_MS = 100;

/** One socket, and a few steps on it. @returns all that the server said, and the code that it closed with */
export async function webSocketAttack(random: Random, target: Target): Promise<string> {
  const socket = new WebSocket(`${target.url.replace('http', 'ws')}/graphql${random.chance(0.1) ? '?x=1' : ''}`, random.chance(0.9) ? ['graphql-transport-ws'] : ['x', 'graphql-ws']);
  let text = '';
  let silence: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(silence);
      resolve();
    };
    const rest = (): void => {
      clearTimeout(silence);
      silence = setTimeout(end, SILENCE_MS);
    };
    socket.on('error', rest);
    socket.once('close', (code) => {
      text += `\nclosed ${code}`;
      end();
    });
    socket.on('message', (data: Buffer) => {
      if (text.length < 200_000) text += String(data);
      rest();
    });
    socket.once('open', () => {
      if (random.chance(0.9)) send(socket, { type: 'connection_init', ...(random.chance(0.8) ? { payload: { authorization: random.chance(0.9) ? `Bearer ${target.token}` : random.text(10) } } : {}) });
      for (let index = 0; index < 1 + random.below(MAX_STEPS); index++) {
        if (socket.readyState === socket.OPEN) random.one(steps)(random, target, socket);
      }
      rest();
    });
  });
  await over;
  socket.terminate();
  return text;
}
