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

/**
 * Longer than any command of ours takes; short enough that a reader who meets a Redis that hangs still answers from
 * PostgreSQL.
 */
const COMMAND_TIMEOUT_MS = 500;
/** A connection that stays silent under a command for so long is dropped for a new one. */
const SOCKET_TIMEOUT_MS = 3_000;
const CONNECT_TIMEOUT_MS = 3_000;
const PROBE_EVERY_MS = 250;
/** While it serves: a server may be made a replica of another one, and go on answering reads. */
const PROBE_SERVING_EVERY_MS = 1_000;
/** A server that refuses is left after so long for the server that has its name by then. */
const RECONNECT_AFTER_MS = 2_000;

/**
 * What a server refuses that is a replica, cannot save, lacks replicas, still loads, or does not let this user do what
 * scripts do. It changes nothing: there is no such key.
 */
const PROBE = `return redis.call('UNLINK', KEYS[1])`;
const PROBE_KEY = 'madang:probe';

/**
 * One connection that commands share. Redis holds nothing that is not elsewhere, so nobody waits for it to come back:
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
   * @throws {RedisAwayError} at once while it is away; the driver's error otherwise
   */
  ask<T>(commands: (client: Redis) => Promise<T>): Promise<T>;
  /** Asks for a script to be run, sending its text only where the server does not have it. */
  run(script: LuaScript, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>;
  /** Called whenever it serves again after it was away, perhaps from another server. Returns how to stop hearing. */
  onReturn(listener: () => void): () => void;
  /** Idempotent. */
  close(): Promise<void>;
}

export interface RedisOptions {
  readonly log: Logger;
  /**
   * How long to wait for the first connection, in milliseconds; without it the connection opens in the background all
   * the same.
   */
  readonly waitMs?: number;
}

/**
 * Resolves when it serves or is known to be away, or after the wait: a Redis that is away does not hold up the start.
 */
export async function openRedis(url: string, { log, waitMs = 1_000 }: RedisOptions): Promise<RedisConnection> {
  const away = createAwayLog(url, log);
  let serving = false;
  let closed = false;
  let probing = false;
  let probedAt = 0;
  let readyAt = 0;
  /** What the driver said of the connection that is being made. */
  let failure: unknown;
  const returns = new Set<() => void>();
  let served = false;
  let settled!: () => void;
  const known = new Promise<void>((resolve) => (settled = resolve));

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
    // Chosen by the driver instead of ours, which the server does not have.
    if (probing || isWrongDatabase(failure)) return;
    probing = true;
    probedAt = performance.now();
    try {
      await client.eval(PROBE, 1, PROBE_KEY);
      serve();
    } catch (error) {
      const refusal = refusalOf(error);
      // One that is late under a busy process says nothing; commands that are late do.
      if (refusal !== null) leave(refusal);
      else if (!serving && !isTimeout(error)) leave(reasonOf(error));
    } finally {
      probing = false;
    }
  };

  const ticks = setInterval(() => {
    if (client.status !== 'ready') return;
    const now = performance.now();
    // What was refused may be the old master behind a name or address that now leads to the new one.
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
    else if (serving || !away.isTold()) leave('the connection was lost');
    failure = undefined;
  });
  // Without a listener an error would end the process. `close` follows it, but for a database that the server does not
  // have.
  client.on('error', (error: Error) => {
    // The first one is the cause, but for what the bytes themselves tell.
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

/** A read model of which Redis dropped a part would answer wrongly, and nobody could tell. */
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
