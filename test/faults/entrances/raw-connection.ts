import { connect } from 'node:net';

/** The server's output on one connection, until it closed the connection or fell silent. */
export interface Said {
  readonly text: string;
}

/** After this silence a live server has no more output, or holds the connection open for more input. */
const SILENCE_MS = 150;
const TIMEOUT_MS = 5_000;

/**
 * Writes to a connection of its own, and reads until `enough` matches, the server closes, or it is silent for a while.
 * @param reads false for a client that does not read
 */
export async function exchange(
  url: string,
  parts: readonly (string | Buffer)[],
  { enough = null as RegExp | null, reads = true, breaksOff = false } = {},
): Promise<Said> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  let text = '';
  await new Promise<void>((resolve) => {
    let silence: NodeJS.Timeout | undefined;
    const deadline = setTimeout(resolve, TIMEOUT_MS);
    const end = (): void => {
      clearTimeout(silence);
      clearTimeout(deadline);
      resolve();
    };
    const rest = (): void => {
      clearTimeout(silence);
      silence = setTimeout(end, SILENCE_MS);
    };
    socket.on('error', end);
    socket.on('close', end);
    socket.once('connect', () => {
      for (const part of parts) socket.write(part);
      if (breaksOff) return setImmediate(end);
      if (!enough || !reads) rest();
    });
    if (!reads) return;
    socket.on('data', (chunk) => {
      // A large response is read, and only its beginning kept.
      if (text.length < 100_000) text += String(chunk);
      if (enough?.test(text)) end();
      else if (!enough) rest();
    });
  });
  socket.destroy();
  return { text };
}
