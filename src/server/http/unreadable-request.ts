import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ServerMetrics } from '../metrics.js';
import { plainBody } from './plain-refusal.js';
import type { PlainRefusal } from './plain-refusal.js';

type Ended = 'slow' | 'malformed';

const REFUSALS: Readonly<Record<string, readonly [Ended, PlainRefusal]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [
    'slow',
    {
      status: 408,
      code: 'BAD_USER_INPUT',
      message: 'The request did not come in time: send its headers and its body without a pause.',
    },
  ],
  HPE_HEADER_OVERFLOW: [
    'malformed',
    {
      status: 431,
      code: 'PAYLOAD_TOO_LARGE',
      message: 'The headers of the request are too large: send at most 16 KiB of them.',
    },
  ],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [
    'malformed',
    { status: 413, code: 'PAYLOAD_TOO_LARGE', message: 'The extensions of a chunk are too large: send none.' },
  ],
  TOO_MANY_PIECES: [
    'malformed',
    { status: 413, code: 'PAYLOAD_TOO_LARGE', message: 'The body comes in too many pieces: send it in larger chunks.' },
  ],
};
const MALFORMED = [
  'malformed',
  { status: 400, code: 'BAD_USER_INPUT', message: 'The request is not well-formed HTTP.' },
] as const;

/**
 * Answers a request that cannot be read, or does not finish in time, and closes its connection. Nothing else is done
 * for it.
 */
export function refuseUnreadable(
  error: NodeJS.ErrnoException,
  socket: Socket,
  metrics: Pick<ServerMetrics, 'connectionsEnded'>,
): void {
  const code = error.code ?? '';
  const found = REFUSALS[code] ?? (code.startsWith('HPE_') ? MALFORMED : null);
  // Otherwise the connection broke, or ended in the middle: its client may still read.
  if (found && socket.writable) {
    const [reason, refusal] = found;
    if (code !== 'HPE_INVALID_EOF_STATE') metrics.connectionsEnded.inc({ reason });
    if (!hasBegunToAnswer(socket)) {
      const body = plainBody(refusal);
      socket.write(
        `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\nConnection: ` +
          'close\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ' +
          `${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    }
  }
  socket.destroy(error);
}

/** node:http checks the same before its own answers. */
function hasBegunToAnswer(socket: Socket): boolean {
  const { _httpMessage: answer } = socket as unknown as {
    readonly _httpMessage?: { readonly headersSent: boolean } | null;
  };
  return answer?.headersSent === true;
}
