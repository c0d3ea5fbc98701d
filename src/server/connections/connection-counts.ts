import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { ServerMetrics } from '../metrics.js';
import type { ClientAddresses } from './client-address.js';
import type { ConnectionLimits } from './connection-limits.js';

type Release = () => void;

/** The limit by which a connection, a WebSocket, a stream or a subscription is refused. */
export type TooMany = 'connections' | 'address' | 'user' | 'subscriptions';

/** Counts open connections, WebSockets and streams, for all transports together. */
export interface ConnectionCounts {
  /** Called for every new TCP connection. */
  opened(socket: Socket): void;
  /** The limit that this connection exceeds; it lives just long enough for the refusal. */
  refused(socket: Socket): TooMany | null;
  /** Counts a WebSocket or a stream that comes over a proxy, by the client's own address. Null beyond the limit. */
  takeAddress(request: IncomingMessage): Release | null;
  /** Counts a WebSocket or a stream of a user. */
  takeUser(userId: string): Release | null;
  takeSubscription(userId: string): Release | null;
  stop(): void;
}

/** How long a connection beyond the limit has to send its request and read the refusal. */
const REFUSED_MS = 2_000;
/** Maximum of such connections; further ones are cut off without an answer. */
const MAX_REFUSED = 500;

export function createConnectionCounts(
  limits: ConnectionLimits,
  clients: ClientAddresses,
  metrics: ServerMetrics,
): ConnectionCounts {
  const addresses = createCounted(limits.connectionsPerAddress);
  const users = createCounted(limits.connectionsPerUser);
  const subscriptions = createCounted(limits.subscriptionsPerUser);
  const refused = new Map<Socket, TooMany>();
  let open = 0;

  const taken = (counted: Counted, key: string, reason: TooMany): Release | null => {
    const release = counted.take(key);
    if (!release) metrics.connectionsRefused.inc({ reason });
    return release;
  };

  const refuse = (socket: Socket, reason: TooMany): void => {
    metrics.connectionsRefused.inc({ reason });
    if (refused.size >= MAX_REFUSED) return void socket.destroy();
    refused.set(socket, reason);
    const cut = setTimeout(() => socket.destroy(), REFUSED_MS).unref();
    socket.once('close', () => {
      clearTimeout(cut);
      refused.delete(socket);
    });
  };

  return {
    opened(socket) {
      if (open >= limits.connections) return refuse(socket, 'connections');
      const { remoteAddress } = socket;
      // Connections of a proxy belong to many clients.
      const release = clients.isProxy(remoteAddress) ? () => undefined : addresses.take(clients.of(remoteAddress));
      if (!release) return refuse(socket, 'address');
      open++;
      metrics.httpConnections.inc();
      // Not `once`, which keeps three more objects for each of tens of thousands of sockets. It comes once.
      socket.on('close', () => {
        open--;
        metrics.httpConnections.dec();
        release();
      });
    },
    refused: (socket) => (refused.size > 0 ? (refused.get(socket) ?? null) : null),
    takeAddress(request) {
      if (!clients.isProxy(request.socket.remoteAddress)) return () => undefined;
      return taken(addresses, clients.ofRequest(request), 'address');
    },
    takeUser: (userId) => taken(users, userId, 'user'),
    takeSubscription: (userId) => taken(subscriptions, userId, 'subscriptions'),
    stop() {
      for (const socket of refused.keys()) socket.destroy();
    },
  };
}

/** Counts per key, up to a limit. */
interface Counted {
  /** @returns releases the place, idempotent; null at the limit */
  take(key: string): Release | null;
}

function createCounted(limit: number): Counted {
  const counts = new Map<string, number>();
  return {
    take(key) {
      const before = counts.get(key) ?? 0;
      if (before >= limit) return null;
      counts.set(key, before + 1);
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        const left = counts.get(key)! - 1;
        if (left === 0) counts.delete(key);
        else counts.set(key, left);
      };
    },
  };
}
