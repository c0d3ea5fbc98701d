import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';

/** A link between processes and a server that tests can cut: a TCP proxy on a port of its own. */
export interface Link extends AsyncDisposable {
  readonly port: number;
  /** From now on it leads to another port, like an address that moves to another machine. Open connections stay. */
  retarget(target: number): void;
  /** Ends every connection, at both ends at once. New ones are taken. */
  cut(): void;
  /** While it is stalled no data passes, and no end is notified: like a pulled cable. */
  stall(stalled: boolean): void;
  /** While it refuses, new connections are rejected. Ends the open ones. */
  refuse(refusing: boolean): void;
}

/** Opens a link to a port of this machine, whether or not a server listens there yet. */
export async function openLink(target: number): Promise<Link> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let leads = target;
  let stalled = false;
  let refusing = false;

  const flow = (from: Socket, to: Socket): void => {
    from.setNoDelay(true);
    from.on('data', (chunk) => {
      if (!to.write(chunk)) from.pause();
    });
    to.on('drain', () => {
      if (!stalled) from.resume();
    });
    from.on('end', () => to.end());
    // Errors of a connection concern its two ends, which see it closed.
    from.on('error', () => undefined);
    from.on('close', () => to.destroy());
    if (stalled) from.pause();
  };

  const server = createServer({ allowHalfOpen: true }, (inner) => {
    if (refusing) return void inner.resetAndDestroy();
    const outer = connect({ port: leads, host: '127.0.0.1', allowHalfOpen: true });
    const pair = [inner, outer] as const;
    pairs.add(pair);
    inner.once('close', () => pairs.delete(pair));
    flow(inner, outer);
    flow(outer, inner);
  });
  server.listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');

  let closed: Promise<unknown> | undefined;
  const cut = (): void => {
    for (const pair of pairs) for (const socket of pair) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as { readonly port: number }).port,
    cut,
    retarget(port) {
      leads = port;
    },
    stall(now) {
      stalled = now;
      for (const pair of pairs) {
        for (const socket of pair) {
          if (now) socket.pause();
          else socket.resume();
        }
      }
    },
    refuse(now) {
      refusing = now;
      if (now) cut();
    },
    async [Symbol.asyncDispose]() {
      cut();
      closed ??= once(server.close(), 'close');
      await closed;
    },
  };
}
