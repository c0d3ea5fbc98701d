import { Redis } from 'ioredis';
import type { Logger } from '../runtime/logging.js';
import { RETRIES, pauseMs } from '../runtime/retry.js';

const CONNECT_TIMEOUT_MS = 3_000;

/**
 * A connection only for messages, as Redis requires. Messages during an outage are lost, without a sign: messages are
 * hints. It reconnects for ever, and subscribes to the same channels again.
 */
export interface RedisSubscriber extends AsyncDisposable {
  /** @param listener a throw is logged: any client of the server can send messages @returns unsubscribes */
  on(channel: string, listener: (message: string) => void): () => void;
  /** Reconnects: the address may lead to another server by now, and a dead connection may never show it. */
  reconnect(): void;
  /** Idempotent. */
  close(): Promise<void>;
}

/** Connects in the background: no caller waits for hints. */
export function openRedisSubscriber(url: string, { log }: { readonly log: Logger }): RedisSubscriber {
  const client = new Redis(url, {
    protocol: 2,
    maxRetriesPerRequest: null,
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: 200,
    keepAlive: 10_000,
    retryStrategy: (times) => pauseMs(RETRIES.redis, times - 1),
    connectionName: 'madang-subscriber',
  });
  const listeners = new Map<string, Set<(message: string) => void>>();

  // An error that leaves this handler would end the process.
  client.on('message', (channel: string, message: string) => {
    for (const listener of listeners.get(channel) ?? []) {
      try {
        listener(message);
      } catch (error) {
        log.warn({ err: error, channel }, 'a message in Redis cannot be read; ignoring it');
      }
    }
  });
  // Without a listener an error would end the process. The connection for commands reports an outage.
  client.on('error', (error: Error) => log.debug({ err: error }, 'Redis subscriber error'));

  const settle = (change: Promise<unknown>): void => {
    // Fails if the connection was closed or lost: then all channels are subscribed again.
    change.catch((error: unknown) => log.debug({ err: error }, 'a subscription in Redis was not changed'));
  };

  const close = (): Promise<void> => {
    client.disconnect();
    return Promise.resolve();
  };

  return {
    on(channel, listener) {
      const all = listeners.get(channel) ?? new Set();
      if (all.size === 0) settle(client.subscribe(channel));
      listeners.set(channel, all.add(listener));
      return () => {
        all.delete(listener);
        if (all.size > 0 || listeners.get(channel) !== all) return;
        listeners.delete(channel);
        settle(client.unsubscribe(channel));
      };
    },
    reconnect: () => client.disconnect(true),
    close,
    [Symbol.asyncDispose]: close,
  };
}
