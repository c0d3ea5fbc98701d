import pg from 'pg';
import type { EngineLogger } from '../runtime/logger.js';
import { RETRIES, pauseMs } from '../runtime/retry.js';
import type { DatabaseRun } from './epochs.js';
import { openClient } from './pool.js';
import { statementNames } from './statement-name.js';

/**
 * `madang_commands`: a queue's partition has grown. `madang_events`: so has one of the events. `madang_groups`: members
 * came or left.
 */
export const CHANNELS = ['madang_commands', 'madang_events', 'madang_groups'] as const;
export type Channel = (typeof CHANNELS)[number];
/**
 * `madang_decided`: what has been decided, as text. `madang_appended_…`: commands of one queue, as text, for those
 * alone who read it. At most 63 bytes.
 */
export type Saying = 'madang_decided' | `madang_appended_${string}`;

export interface WakeUpOptions {
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly name: string;
  /** Which run of the database the process knows: a lock and a LISTEN at one that it has left are good for nothing. */
  readonly run?: DatabaseRun | undefined;
  readonly log: EngineLogger;
}

type Listener = (key: string, value: number) => void;

/** Of a listener to what others say in full. */
export interface Hearing {
  /**
   * Resolves when nothing that is said from now on is missed: the server has taken the LISTEN. Where the connection is
   * away it resolves as well; then the return of the connection tells that something was missed. Never rejects.
   */
  readonly begun: Promise<void>;
  /** Idempotent. */
  stop(): void;
}

/**
 * One connection of this process that hears NOTIFY, sends it, and stands for the life of the process in its groups.
 * What it says may be lost while the connection is away. One for all adapters of the process; opened and closed by the
 * composition root.
 */
export interface WakeUp extends AsyncDisposable {
  /** Hears what this process says at once, and what others say. Returns how to stop hearing. */
  on(channel: Channel, listener: Listener): () => void;
  /** Hears what others say in full, in their order. Only who hears is woken by it. */
  subscribe(saying: Saying, listener: (text: string) => void): Hearing;
  /** Called after the connection came back: what was said meanwhile is lost. */
  onReturn(listener: () => void): () => void;
  /** Values of the same key that wait to be sent are one: the largest. */
  notify(channel: Channel, key: string, value: number): void;
  /**
   * Says a text as it is to the others. @returns false where it is too long, too much waits already or the connection
   * is away: it will not be said
   */
  publish(saying: Saying, text: string): boolean;
  /** A statement on this very connection. Fails while it is away. Its commits do not wait for the disk. */
  query<R extends pg.QueryResultRow>(text: string, values: readonly unknown[]): Promise<readonly R[]>;
  /** Idempotent. Sends what waits. */
  stop(): Promise<void>;
}

const QUERY_TIMEOUT_MS = 5_000;
const PING_MS = 10_000;

/** PostgreSQL takes less than 8,000. */
const MAX_SAID_BYTES = 7_900;
const MAX_SAID_WAITING = 200;

const listenTo = (channel: string): string => `LISTEN ${pg.escapeIdentifier(channel)}`;
const NOTIFY = 'SELECT pg_notify(channel, payload) FROM unnest($1::text[], $2::text[]) AS n(channel, payload)';

/** @throws whatever the first connection throws; later it comes back by itself */
export async function openWakeUp({ url, name, run, log }: WakeUpOptions): Promise<WakeUp> {
  const listeners = new Map<Channel, Set<Listener>>(CHANNELS.map((channel) => [channel, new Set()]));
  const hearers = new Map<string, { readonly listeners: Set<(text: string) => void>; readonly begun: Promise<void> }>();
  const returns = new Set<() => void>();
  const nameOf = statementNames();
  let waiting = new Map<string, { channel: Channel; key: string; value: number }>();
  let unsaid: { saying: Saying; text: string }[] = [];
  let sending: Promise<void> | undefined;
  let client: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;
  let failures = 0;
  let turn: Promise<unknown> = Promise.resolve();
  let stopped = false;

  function tell(channel: Channel, key: string, value: number): void {
    for (const listener of listeners.get(channel) ?? []) listener(key, value);
  }

  // What is said may be of another version, or of a stranger on this database. Who follows looks by itself.
  function hearSafely(hear: (text: string) => void, channel: string, text: string): void {
    try {
      hear(text);
    } catch (error) {
      log.warn({ err: error, channel }, 'another process said what cannot be read; going on without it');
    }
  }

  async function connect(): Promise<void> {
    const fresh = openClient(url, name);
    let listening: readonly string[] = [];
    // Errors of a connection that was never up come from connect(); later ones end it, which 'end' reports.
    fresh.on('error', () => undefined);
    try {
      await fresh.connect();
      await run?.connected(fresh);
      const { rows } = await fresh.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      const own = rows[0]!.pid;
      fresh.on('notification', ({ channel, payload = '', processId }) => {
        if (processId === own) return;
        const hearing = hearers.get(channel);
        if (hearing) return hearing.listeners.forEach((hear) => hearSafely(hear, channel, payload));
        const cut = payload.lastIndexOf(':');
        tell(channel as Channel, payload.slice(0, cut), Number(payload.slice(cut + 1)));
      });
      // All of them before the connection counts as back: what is looked up then misses nothing that was said in
      // between.
      listening = [...CHANNELS, ...hearers.keys()];
      await fresh.query(listening.map(listenTo).join('; '));
    } catch (error) {
      await fresh.end().catch(() => undefined);
      throw error;
    }
    if (stopped) return fresh.end();
    client = fresh;
    failures = 0;
    fresh.once('end', () => broke(fresh));
    // Who came or went while it was being set up.
    for (const saying of hearers.keys()) if (!listening.includes(saying)) await listen(saying);
    for (const saying of listening.slice(CHANNELS.length)) if (!hearers.has(saying)) void unlisten(saying);
  }

  // What fails, or is said while the connection is away, is made good with the next one.
  const listen = async (saying: string): Promise<void> =>
    void (client && (await query(listenTo(saying), []).catch(() => undefined)));
  const unlisten = async (saying: string): Promise<void> =>
    void (client && (await query(`UN${listenTo(saying)}`, []).catch(() => undefined)));

  function broke(old: pg.Client): void {
    if (client !== old) return;
    client = undefined;
    if (stopped) return;
    log.warn({}, 'the connection for wake-ups is gone; looking on a timer until it is back');
    reconnect();
  }

  function reconnect(): void {
    retry = setTimeout(
      () => {
        connect().then(
          () => {
            if (stopped) return;
            log.info({}, 'the connection for wake-ups is back');
            for (const listener of returns) listener();
            flush();
          },
          () => {
            if (!stopped) reconnect();
          },
        );
      },
      pauseMs(RETRIES.wakeUp, failures++),
    );
  }

  async function queryNow<R extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[],
  ): Promise<readonly R[]> {
    const current = client;
    if (!current) throw Object.assign(new Error('the connection for wake-ups is away'), { code: '08003' });
    const timed: pg.QueryConfig & { query_timeout: number } = {
      name: nameOf(text),
      text,
      values: [...values],
      query_timeout: QUERY_TIMEOUT_MS,
    };
    try {
      return (await current.query<R>(timed)).rows;
    } catch (error) {
      // A connection that does not answer is as good as gone. The socket is cut, for a clean end would wait for an
      // answer, too.
      if (error instanceof Error && /timeout/i.test(error.message)) {
        (current as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
        broke(current);
      }
      throw error;
    }
  }

  // The driver wants one query at a time on a connection.
  function query<R extends pg.QueryResultRow>(text: string, values: readonly unknown[]): Promise<readonly R[]> {
    const result = turn.then(() => queryNow<R>(text, values));
    turn = result.catch(() => undefined);
    return result;
  }

  async function send(): Promise<void> {
    while ((waiting.size > 0 || unsaid.length > 0) && client) {
      const [notified, texts] = [[...waiting.values()], unsaid];
      [waiting, unsaid] = [new Map(), []];
      const channels = [...texts.map(({ saying }) => saying), ...notified.map(({ channel }) => channel)];
      const payloads = [...texts.map(({ text }) => text), ...notified.map(({ key, value }) => `${key}:${value}`)];
      // What fails is not said again: whoever listens looks by itself.
      await query(NOTIFY, [channels, payloads]).catch(() => undefined);
    }
  }

  function flush(): void {
    sending ??= new Promise<void>((resolve) => setImmediate(resolve)).then(send).finally(() => {
      sending = undefined;
    });
  }

  const ping = setInterval(() => void query('SELECT 1', []).catch(() => undefined), PING_MS).unref();

  async function stop(): Promise<void> {
    if (stopped) return;
    await sending;
    stopped = true;
    clearInterval(ping);
    clearTimeout(retry);
    const last = client;
    client = undefined;
    await last?.end().catch(() => undefined);
  }

  await connect();
  return {
    on(channel, listener) {
      listeners.get(channel)!.add(listener);
      return () => listeners.get(channel)!.delete(listener);
    },
    subscribe(saying, listener) {
      const hearing = hearers.get(saying) ?? { listeners: new Set(), begun: listen(saying) };
      hearers.set(saying, hearing);
      hearing.listeners.add(listener);
      return {
        begun: hearing.begun,
        stop() {
          if (!hearing.listeners.delete(listener) || hearing.listeners.size > 0) return;
          hearers.delete(saying);
          void unlisten(saying);
        },
      };
    },
    onReturn(listener) {
      returns.add(listener);
      return () => returns.delete(listener);
    },
    notify(channel, key, value) {
      const id = `${channel} ${key}`;
      waiting.set(id, { channel, key, value: Math.max(value, waiting.get(id)?.value ?? 0) });
      if (client) flush();
      tell(channel, key, value);
    },
    publish(saying, text) {
      if (!client || unsaid.length >= MAX_SAID_WAITING || Buffer.byteLength(text) > MAX_SAID_BYTES) return false;
      unsaid.push({ saying, text });
      flush();
      return true;
    },
    query,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
