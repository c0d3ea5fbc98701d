import { Redis } from 'ioredis';
import type { Logger } from '../runtime/logging.js';
import { RETRIES, pauseMs } from '../runtime/retry.js';
import { createAwayLog } from './away-log.js';
import {
  RedisAwayError,
  isForeignProtocol,
  isTimeout,
  isWrongDatabase,
  reasonOf,
  refusalOf,
  refusesAll,
} from './errors.js';
import type { LuaScript } from './lua-script.js';
import './mend-timeouts.js';

/**
 * Longer than any of our commands; short enough that a reader with a Redis that hangs still answers from PostgreSQL.
 */
const COMMAND_TIMEOUT_MS = 500;
/** A connection without an answer to a command for this long is replaced. */
const SOCKET_TIMEOUT_MS = 3_000;
const CONNECT_TIMEOUT_MS = 3_000;
const PROBE_EVERY_MS = 250;
/** While it serves: a server may become a replica, and still answer reads. */
const PROBE_SERVING_EVERY_MS = 1_000;
/** A connection to a refusing server is dropped after this time: its name may lead to another server by then. */
const RECONNECT_AFTER_MS = 2_000;

/**
 * Refused by a server that is a replica, cannot save, lacks replicas, is loading, or denies this user the rights of our
 * scripts. It changes nothing: the key does not exist.
 */
const PROBE = `return redis.call('UNLINK', KEYS[1])`;
const PROBE_KEY = 'madang:probe';

/**
 * One connection that all commands share. All data in Redis exists elsewhere, too, so no caller waits for its return:
 * while it is away, every call fails at once.
 *
 *   connecting ── the probe was answered ──► serving ── a command timed out, or any command was refused ──► away
 *       ▲  ▲                                  │   ▲                                                           │  │
 *       │  └───────── connection lost ────────┘   └────────────────── the probe was answered ─────────────────┘  │
 *       └──────────────────── connection lost, or given up because the server refuses ───────────────────────────┘
 *
 * It reconnects for ever.
 */
export interface RedisConnection extends AsyncDisposable {
  isAway(): boolean;
  /**
   * Sends commands.
   * @throws {RedisAwayError} at once while it is away; else the driver's error
   */
  ask<T>(commands: (client: Redis) => Promise<T>): Promise<T>;
  /** Runs a script, sending its text only if the server does not have it. */
  run(script: LuaScript, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>;
  /** Called whenever it serves again after an outage, perhaps from another server. @returns unsubscribes */
  onReturn(listener: () => void): () => void;
  /** Idempotent. */
  close(): Promise<void>;
}

export interface RedisOptions {
  readonly log: Logger;
  /** Wait for the first connection, in milliseconds; after it the connection opens in the background. */
  readonly waitMs?: number;
}

/** Resolves when it serves or is known to be away, or after the wait: an outage of Redis does not block the start. */
export async function openRedis(url: string, { log, waitMs = 1_000 }: RedisOptions): Promise<RedisConnection> {
  const away = createAwayLog(url, log);
  let serving = false;
  let closed = false;
  let probing = false;
  let probedAt = 0;
  let readyAt = 0;
  /** The driver's error about the connection that is being opened. */
  let failure: unknown;
  const returns = new Set<() => void>();
  let served = false;
  let settled!: () => void;
  const known = new Promise<void>((resolve) => (settled = resolve));

  const client = new Redis(url, {
    // The replies of RESP3 are the same for us, and without it no handshake fails on an older server or a proxy.
    protocol: 2,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    // Time-out for the end of a connection. The driver waits this long also for one that has ended already.
    disconnectTimeout: 200,
    retryStrategy: (times) => pauseMs(RETRIES.redis, times - 1),
    connectionName: 'madang',
  });

  const serve = (): void => {
    if (closed || client.status !== 'ready') return;
    settled();
    if (serving) return;
    serving = true;
    away.over();
    if (served) for (const listener of returns) listener();
    served = true;
    void warnOfEviction(client, log);
  };
  const leave = (why: string): void => {
    settled();
    if (closed) return;
    serving = false;
    away.because(why);
  };

  const probe = async (): Promise<void> => {
    // The driver chose database 0 because the server lacks ours.
    if (probing || isWrongDatabase(failure)) return;
    probing = true;
    probedAt = performance.now();
    try {
      await client.eval(PROBE, 1, PROBE_KEY);
      serve();
    } catch (error) {
      const refusal = refusalOf(error);
      // A late probe in a busy process says nothing; late commands do.
      if (refusal !== null) leave(refusal);
      else if (!serving && !isTimeout(error)) leave(reasonOf(error));
    } finally {
      probing = false;
    }
  };

  const ticks = setInterval(() => {
    if (client.status !== 'ready') return;
    const now = performance.now();
    // The refusing server may be the old master behind a name or address that now leads to the new one.
    if (!serving && now - readyAt > RECONNECT_AFTER_MS) client.disconnect(true);
    else if (!serving || now - probedAt >= PROBE_SERVING_EVERY_MS) void probe();
  }, PROBE_EVERY_MS);
  ticks.unref();

  client.on('ready', () => {
    readyAt = performance.now();
    void probe();
  });
  client.on('close', () => {
    if (failure !== undefined) leave(reasonOf(failure));
    else if (serving || !away.isReported()) leave('the connection was lost');
    failure = undefined;
  });
  // Without a listener an error would end the process. `close` follows it, except for a missing database.
  client.on('error', (error: Error) => {
    // The first error is the cause, except that a foreign protocol explains more.
    if (failure === undefined || isForeignProtocol(error)) failure = error;
    log.debug({ err: error }, 'Redis connection error');
    if (isWrongDatabase(error)) leave(reasonOf(error));
  });

  const isAway = (): boolean => !serving || client.status !== 'ready';

  const close = (): Promise<void> => {
    closed = true;
    clearInterval(ticks);
    client.disconnect();
    return Promise.resolve();
  };

  const ask = async <T>(commands: (client: Redis) => Promise<T>): Promise<T> => {
    if (isAway()) throw new RedisAwayError('Redis is away', away.why());
    try {
      return await commands(client);
    } catch (error) {
      if (isTimeout(error)) leave('it does not answer in time');
      else if (refusesAll(error)) leave(refusalOf(error)!);
      throw error;
    }
  };

  const waited = setTimeout(settled, waitMs);
  await known;
  clearTimeout(waited);
  return {
    isAway,
    ask,
    run: (script, keys, args) => ask(() => script.run(client, keys, args)),
    onReturn(listener) {
      returns.add(listener);
      return () => returns.delete(listener);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A read model with keys that Redis evicted would answer wrongly, without a sign. */
async function warnOfEviction(client: Redis, log: Logger): Promise<void> {
  const memory = await client.info('memory').catch(() => '');
  const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1];
  const limit = Number(/^maxmemory:(\d+)/m.exec(memory)?.[1] ?? 0);
  if (limit > 0 && policy !== undefined && policy !== 'noeviction') {
    log.error(
      { policy },
      'this Redis drops keys when its memory is full, so read models may answer wrongly: ' +
        'set maxmemory-policy noeviction',
    );
  }
}
