import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { dueOf } from './queries.js';

// A WebSocket client that counts what it gets, with as little work as possible: the server is to be measured.

export interface RawSubscriber {
  /** Resolves when it has asked to subscribe. */
  readonly subscribed: Promise<void>;
  /** Deliveries so far. */
  count(): number;
  /** Stops reading. */
  stall(): void;
  close(): void;
}

export interface RawSubscription {
  readonly url: string;
  readonly token: string;
  /** Of the operation. */
  readonly id: string;
  readonly query: string;
  readonly variables: object;
  /** Further operations on the same connection. */
  readonly more?: readonly { readonly id: string; readonly query: string; readonly variables: object }[];
  /** The local address. */
  readonly from?: string;
  /** Called with the delay of each delivery, where it is wanted. */
  readonly onDelay?: (ms: number) => void;
}

const [TEXT, PING, PONG] = [0x1, 0x9, 0xa];
/** More of a delivery is not kept to find its time. */
const KEPT_BYTES = 1_024;
/** The sockets of a process read into the same memory, one after the other. */
const shared = Buffer.allocUnsafeSlow(64 << 10);

/** A whole frame of a client, masked with zeros, which leaves the payload as it is. */
function clientFrame(opcode: number, payload: Buffer): Buffer {
  const long = payload.length > 125;
  const head = Buffer.alloc(long ? 8 : 6);
  head[0] = 0x80 | opcode;
  head[1] = 0x80 | (long ? 126 : payload.length);
  if (long) head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

export function subscribeRaw(subscription: RawSubscription): RawSubscriber {
  const { url, token, id, query, variables, more = [], from: localAddress, onDelay } = subscription;
  const { hostname, port, host } = new URL(url);
  const head = Buffer.alloc(10);
  const kept = Buffer.alloc(onDelay ? KEPT_BYTES : 125);
  let [headBytes, left, opcode, keptBytes] = [0, 0, 0, 0];
  let upgraded = false;
  let answer = '';
  let deliveries = 0;
  let acknowledged = false;
  let resolve: () => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const subscribed = new Promise<void>((done, fail) => ([resolve, reject] = [done, fail]));

  const send = (message: object): void => void socket.write(clientFrame(TEXT, Buffer.from(JSON.stringify(message))));

  const text = (): void => {
    if (!acknowledged) {
      acknowledged = true;
      for (const each of [{ id, query, variables }, ...more])
        send({ id: each.id, type: 'subscribe', payload: { query: each.query, variables: each.variables } });
      return resolve();
    }
    deliveries++;
    if (onDelay) onDelay(Date.now() - dueOf(kept.toString('latin1', 0, keptBytes)));
  };

  const frame = (): void => {
    if (opcode === TEXT) text();
    else if (opcode === PING) socket.write(clientFrame(PONG, Buffer.from(kept.subarray(0, keptBytes))));
    keptBytes = 0;
  };

  const frames = (bytes: Buffer, from: number): void => {
    for (let at = from; at < bytes.length;) {
      if (left > 0) {
        const taken = Math.min(left, bytes.length - at);
        if (onDelay || opcode !== TEXT) keptBytes += bytes.copy(kept, keptBytes, at, at + taken);
        at += taken;
        left -= taken;
        if (left === 0) frame();
        continue;
      }
      head[headBytes++] = bytes[at++]!;
      if (headBytes < 2) continue;
      const short = head[1]! & 0x7f;
      if (headBytes < (short < 126 ? 2 : short === 126 ? 4 : 10)) continue;
      left = short < 126 ? short : short === 126 ? head.readUInt16BE(2) : Number(head.readBigUInt64BE(2));
      opcode = head[0]! & 0xf;
      headBytes = 0;
      if (left === 0) frame();
    }
  };

  const read = (bytes: Buffer): void => {
    if (upgraded) return frames(bytes, 0);
    const before = answer.length;
    answer += bytes.toString('latin1');
    const end = answer.indexOf('\r\n\r\n');
    if (end < 0) return;
    if (!answer.startsWith('HTTP/1.1 101')) return reject(new Error(`no WebSocket: ${answer.slice(0, 200)}`));
    upgraded = true;
    answer = '';
    send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    frames(bytes, end + 4 - before);
  };

  const socket: Socket = connect({
    port: Number(port),
    host: hostname,
    ...(localAddress === undefined ? {} : { localAddress }),
    onread: {
      buffer: shared,
      callback(bytes, buffer) {
        read((buffer as Buffer).subarray(0, bytes));
        return true;
      },
    },
  });
  socket.once('connect', () =>
    socket.write(
      `GET /graphql HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
        'Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n',
    ),
  );
  socket.on('error', (error) => reject(error));
  socket.on('close', () => reject(new Error('the server closed the connection')));

  return {
    subscribed,
    count: () => deliveries,
    stall: () => void socket.pause(),
    close: () => socket.destroy(),
  };
}
