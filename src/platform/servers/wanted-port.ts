import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port that the settings name cannot be listened on. */
export class PortError extends Error {
  override readonly name = 'PortError';
  readonly code = 'PORT_UNUSABLE';
}

/**
 * Found before any server is started for nothing. Somebody may take the port the next moment: then listening fails with the error of the system.
 * @param setting that names the port
 * @throws {PortError}
 */
export async function refuseTakenPort(host: string, port: number, setting: string): Promise<void> {
  if (port === 0) return;
  const server = createServer();
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? `port ${port} of ${host} is taken` : `port ${port} of ${host} cannot be listened on (${message})`;
    throw new PortError(`${why}: set ${setting} to another one, or end what listens there`, { cause: error });
  }
  server.close();
  await once(server, 'close');
}
