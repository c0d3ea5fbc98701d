import type { ManagedServer, ServerOptions } from '../../src/embedded/managed-server.js';
import { sendSignal, waitForExit } from '../../src/embedded/processes.js';
import { isPortFree } from '../../src/embedded/ports.js';
import { quietLogger, until } from './conditions.js';

/** A server of a test's own that can be stopped and restarted, with the same data, under the same address. */
export interface KillableServer extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  /** SIGKILL. It is gone when this resolves, and only `start` starts it again. */
  kill(): Promise<void>;
  /** An orderly stop. It is gone when this resolves. */
  stop(): Promise<void>;
  /** Resolves when it serves again. */
  start(): Promise<void>;
}

export async function openKillable(
  startServer: (options: ServerOptions) => Promise<ManagedServer>,
  options: Omit<ServerOptions, 'log'>,
): Promise<KillableServer> {
  const open = (): Promise<ManagedServer> => startServer({ ...options, log: quietLogger });
  let server = await open();
  const { name, url } = server;
  return {
    name,
    url,
    get pid() {
      return server.pid;
    },
    async kill() {
      sendSignal(server.pid, 'SIGKILL');
      await waitForExit(server.pid, 10_000);
      await server.stop();
    },
    stop: () => server.stop(),
    async start() {
      // While the port is free, another server of the run may take it.
      await until(() => isPortFree(server.port), `the port of ${name} is free again`, 60_000);
      server = await open();
      if (server.url !== url) throw new Error(`${name} came back as ${server.url}, and it was ${url}`);
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
