import { once } from 'node:events';
import { createServer } from 'node:net';

/** The process cannot listen on a port from the settings. */
export class PortError extends Error {
  override readonly name = 'PortError';
  readonly code = 'PORT_UNUSABLE';
}

/**
 * Checked before any server is started in vain. Another process may still take the port a moment later: see {@link
 * listening}.
 * @param setting the name of the port's setting
 * @throws {PortError}
 */
export async function refuseTakenPort(host: string, port: number, setting: string): Promise<void> {
  if (port === 0) return;
  const server = createServer();
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (error) {
    throw unusable(error, host, port, setting);
  }
  server.close();
  await once(server, 'close');
}

/** @throws {PortError} the system does not let `start` listen */
export async function listening<T>(host: string, port: number, setting: string, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    throw (error as NodeJS.ErrnoException | null)?.syscall === 'listen' ? unusable(error, host, port, setting) : error;
  }
}

function unusable(error: unknown, host: string, port: number, setting: string): PortError {
  const { code, message } = error as NodeJS.ErrnoException;
  const why =
    code === 'EADDRINUSE'
      ? `port ${port} of ${host} is taken`
      : `port ${port} of ${host} cannot be listened on (${message})`;
  return new PortError(`${why}: set ${setting} to another one, or stop the process that listens there`, {
    cause: error,
  });
}
