import { Redis } from 'ioredis';
import type { Logger } from '../logging.js';
import { RETRIES, pauseMs } from '../retry.js';
import { RedisAwayError, isTimeout } from './errors.js';
import type { LuaScript } from './lua-script.js';

/** Longer than any command of ours takes; short enough that a reader who meets a Redis that hangs still answers from PostgreSQL. */
const COMMAND_TIMEOUT_MS = 500;
/** A connection that stays silent under a command for so long is dropped for a new one. */
const SOCKET_TIMEOUT_MS = 3_000;
const CONNECT_TIMEOUT_MS = 3_000;
const PROBE_EVERY_MS = 250;
/** Servers that came back at different times would disagree on the heat of rooms for so long. */

/**
 * One connection that commands share. Redis holds nothing that is not elsewhere, so nobody waits for it to come back: while it is away,
 * every call fails at once.
 *
 *   connecting ── ready ──► serving ── a command timed out ──► hanging
 *       ▲                    │   ▲                              │  │
 *       └── connection lost ─┘   └──── it answered a PING ──────┘  │
 *       └───────────────────────── connection lost ────────────────┘
 *
 * `connecting` and `hanging` are away. It reconnects for ever.
 */
export interface RedisConnection extends AsyncDisposable {
  isAway(): boolean;
  /**
   * Sends commands.
   * @throws {RedisAwayError} at once while it is away; the driver's error otherwise
   */
  ask<T>(commands: (client: Redis) => Promise<T>): Promise<T>;
  /** Asks for a script to be run, sending its text only where the server does not have it. */
  run(script: LuaScript, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>;
  /** Idempotent. */
  close(): Promise<void>;
}

export interface RedisOptions {
  readonly log: Logger;
  /** How long to wait for the first connection, in milliseconds; without it the connection opens in the background all the same. */
  readonly waitMs?: number;
}

/** Resolves when it is connected, or after the wait: a Redis that is away does not hold up the start. */
export async function openRedis(url: string, { log, waitMs = 1_000 }: RedisOptions): Promise<RedisConnection> {
  let hanging = false;
  let closed = false;
  let probe: NodeJS.Timeout | null = null;
  const client = new Redis(url, {
    // The replies of RESP3 are the same here, and without it no handshake can fail on an older server or a proxy.
    protocol: 2,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    // How long a connection that was told to end may take. The driver waits as long for one that had ended before.
    disconnectTimeout: 200,
    retryStrategy: (times) => pauseMs(RETRIES.redis, times - 1),
    connectionName: 'madang',
  });

  const answersAgain = (): void => {
    if (probe) clearInterval(probe);
    probe = null;
    hanging = false;
  };
  const hangs = (): void => {
    if (hanging || closed || client.status !== 'ready') return;
    hanging = true;
    log.warn('Redis does not answer in time; going on without it');
    probe = setInterval(() => {
      client.ping().then(() => {
        if (hanging) log.info('Redis answers again');
        answersAgain();
      }, () => undefined);
    }, PROBE_EVERY_MS);
    probe.unref();
  };

  let connected = false;
  client.on('ready', () => {
    connected = true;
    log.info('Redis is connected');
    void warnOfEviction(client, log);
  });
  client.on('close', () => {
    answersAgain();
    if (connected && !closed) log.warn('the connection to Redis is lost; going on without it, and reconnecting');
    connected = false;
  });
  // Without a listener an error would end the process. `close` follows it, and says what matters.
  client.on('error', (error: Error) => log.debug({ err: error }, 'Redis connection error'));

  const isAway = (): boolean => hanging || client.status !== 'ready';

  const close = (): Promise<void> => {
    closed = true;
    answersAgain();
    client.disconnect();
    return Promise.resolve();
  };

  const ask = async <T>(commands: (client: Redis) => Promise<T>): Promise<T> => {
    if (isAway()) throw new RedisAwayError('Redis is away');
    try {
      return await commands(client);
    } catch (error) {
      if (isTimeout(error)) hangs();
      throw error;
    }
  };

  await firstConnection(client, waitMs);
  return {
    isAway,
    ask,
    run: (script, keys, args) => ask(() => script.run(client, keys, args)),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function firstConnection(client: Redis, waitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      client.off('ready', done);
      client.off('close', done);
      resolve();
    };
    const timer = setTimeout(done, waitMs);
    client.once('ready', done);
    client.once('close', done);
  });
}

/** A read model of which Redis dropped a part would answer wrongly, and nobody could tell. */
async function warnOfEviction(client: Redis, log: Logger): Promise<void> {
  const memory = await client.info('memory').catch(() => '');
  const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1];
  const limit = Number(/^maxmemory:(\d+)/m.exec(memory)?.[1] ?? 0);
  if (limit > 0 && policy !== undefined && policy !== 'noeviction') {
    log.error({ policy }, 'this Redis drops keys when its memory is full, so read models may answer wrongly: set maxmemory-policy noeviction');
  }
}
