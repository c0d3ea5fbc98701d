import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { plainBody } from '../http/plain-refusal.js';
import type { PlainRefusal } from '../http/plain-refusal.js';

/** Maximum time for a client to close its side after the answer. */
const LINGER_MS = 1_000;

/**
 * Answers a refused upgrade, and closes. A client that keeps its side open, or reads nothing, is cut off: the HTTP
 * server has given the socket away, and nothing else would end it.
 */
export function refuseSocket(socket: Socket, refusal: PlainRefusal): void {
  const body = plainBody(refusal);
  // A client that is gone already is no fault.
  socket.on('error', () => undefined);
  // Unread bytes would turn the close into a reset, which discards the answer.
  socket.resume();
  socket.end(
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\nConnection: ` +
      'close\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ' +
      `${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  const cut = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('end', () => socket.destroySoon());
  socket.once('close', () => clearTimeout(cut));
}
