import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { plainBody } from '../http/plain-refusal.js';
import type { PlainRefusal } from '../http/plain-refusal.js';

/** How long a client may take to close its side after it was answered. */
const LINGER_MS = 1_000;

/**
 * Answers an upgrade that is refused, and closes. A client that keeps its side open, or reads nothing, is cut off:
 * nobody else would ever end such a socket, which the HTTP server has given away.
 */
export function refuseSocket(socket: Socket, refusal: PlainRefusal): void {
  const body = plainBody(refusal);
  // A client that is gone already is no fault.
  socket.on('error', () => undefined);
  // Unread bytes would make closing a reset, which takes the answer away from the client.
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
