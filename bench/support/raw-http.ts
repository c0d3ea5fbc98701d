import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

export interface Answer {
  readonly status: number;
  /**
   * The undecoded UTF-8: decoding thousands a second would take the processor from the servers. Valid until the next
   * request on the connection.
   */
  readonly bytes: Buffer;
  /** Must be read at once, for the same reason. */
  readonly body: string;
  /** From writing the request to reading the end of the answer. */
  readonly ms: number;
}

/**
 * One keep-alive connection with one request at a time, and hardly any work for the client: the server is to be
 * measured. Answers have a Content-Length. Rejects when the connection breaks.
 */
export interface RawConnection {
  /** False once the server has closed it: a server closes a connection without a request after some seconds. */
  readonly isOpen: boolean;
  post(path: string, token: string, body: string): Promise<Answer>;
  close(): void;
}

/** Room for a page of messages and its headers. A longer answer comes in parts. */
const READ_BYTES = 32 * 1024;

export async function openConnection(url: string): Promise<RawConnection> {
  const { hostname, port, host } = new URL(url);
  let parts: Buffer[] = [];
  let length = 0;
  let needed = Infinity;
  let headEnd = 0;
  let begun = 0;
  let waiting: { readonly resolve: (answer: Answer) => void; readonly reject: (error: Error) => void } | null = null;

  const read = (chunk: Buffer): void => {
    let whole = parts.length === 0 ? chunk : null;
    length += chunk.length;
    if (needed === Infinity) {
      whole ??= Buffer.concat([...parts, chunk]);
      const end = whole.indexOf('\r\n\r\n');
      if (end >= 0) {
        headEnd = end + 4;
        needed = headEnd + Number(/content-length: *(\d+)/i.exec(whole.toString('latin1', 0, end))?.[1] ?? 0);
      }
    }
    // The next read overwrites this one.
    if (length < needed) return void parts.push(Buffer.from(chunk));
    const answer = answerOf(whole ?? Buffer.concat([...parts, chunk]), headEnd, needed, performance.now() - begun);
    if (parts.length > 0) parts = [];
    length = 0;
    needed = Infinity;
    const asked = waiting;
    waiting = null;
    // An answer without a request is the server's last one; its close follows.
    asked?.resolve(answer);
  };

  // Reads into the same memory each time: a stream of chunks takes 40 % more processor time.
  const socket: Socket = connect({
    port: Number(port),
    host: hostname,
    onread: {
      buffer: Buffer.allocUnsafeSlow(READ_BYTES),
      callback(bytes, buffer) {
        read((buffer as Buffer).subarray(0, bytes));
        return true;
      },
    },
  });
  socket.setNoDelay(true);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  const fail = (error: Error): void => {
    waiting?.reject(error);
    waiting = null;
  };
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the server closed the connection')));

  return {
    get isOpen() {
      return socket.writable;
    },
    post(path, token, body) {
      return new Promise((resolve, reject) => {
        // A write to it would end with no event: nobody would be told.
        if (!socket.writable) return reject(new Error('the server had closed the connection'));
        waiting = { resolve, reject };
        begun = performance.now();
        socket.write(
          `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nAuthorization: ` +
            `Bearer ${token}\r\n` +
            `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
        );
      });
    },
    close: () => socket.destroy(),
  };
}

function answerOf(whole: Buffer, from: number, to: number, ms: number): Answer {
  const bytes = whole.subarray(from, to);
  return {
    status: Number(whole.toString('latin1', 9, 12)),
    bytes,
    get body() {
      return bytes.toString('utf8');
    },
    ms,
  };
}
