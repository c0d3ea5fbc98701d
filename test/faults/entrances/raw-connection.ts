import { connect } from 'node:net';

/** What a server said on one connection until it closed it, or had nothing more to say. */
export interface Said {
  readonly text: string;
}

/** After its last byte a server that is alive has said what it has to say, or holds the connection open for more. */
const SILENCE_MS = 150;
const TIMEOUT_MS = 5_000;

/**
 * Writes to a connection of its own, and hears what comes: until `enough` has come, the server closes, or it is silent
 * for a while.
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
      // A response that is large is read, and its beginning looked at.
      if (text.length < 100_000) text += String(chunk);
      if (enough?.test(text)) end();
      else if (!enough) rest();
    });
  });
  socket.destroy();
  return { text };
}
