import pg from 'pg';
import type { EngineLogger } from '../runtime/logger.js';
import { RETRIES, pauseMs } from '../runtime/retry.js';
import type { DatabaseRun } from './epochs.js';
import { openClient } from './pool.js';
import { statementNames } from './statement-name.js';
import type { TextSignature } from './text-signature.js';
import { createTextSignature } from './text-signature.js';

/**
 * `madang_commands`: a partition of a queue has grown. `madang_events`: a partition of events has grown.
 * `madang_groups`: members joined or left.
 */
export const CHANNELS = ['madang_commands', 'madang_events', 'madang_groups'] as const;
export type Channel = (typeof CHANNELS)[number];
/**
 * `madang_decided`: decided batches as text. `madang_appended_…`: appended commands of one queue as text, for its
 * readers alone. At most 63 bytes.
 */
export type TextChannel = 'madang_decided' | `madang_appended_${string}`;

export interface WakeUpOptions {
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly name: string;
  /** The deployment's key, which signs texts. */
  readonly key: Buffer;
  /** The known run of the database: a lock or a LISTEN on an earlier run is useless. */
  readonly run?: DatabaseRun | undefined;
  readonly log: EngineLogger;
}

type Listener = (key: string, value: number) => void;

/** A subscription to a channel of texts. */
export interface TextSubscription {
  /**
   * Resolves once no later text is missed: the server has taken the LISTEN. Resolves without a connection as well; its
   * return then reports the loss. Never rejects.
   */
  readonly begun: Promise<void>;
  /** Idempotent. */
  stop(): void;
}

/**
 * The connection of this process that listens to NOTIFY, sends it, and represents the process in its groups.
 * Notifications may be lost while it is away. One for all adapters of the process; the composition root opens and
 * closes it.
 */
export interface WakeUp extends AsyncDisposable {
  /** Of the texts of this deployment. */
  readonly signature: TextSignature;
  /** Delivers notifications of this process at once, and those of others. @returns unsubscribes */
  on(channel: Channel, listener: Listener): () => void;
  /** Delivers texts of other processes, in order. Only subscribers are woken. */
  subscribe(channel: TextChannel, listener: (text: string) => void): TextSubscription;
  /** Called after a reconnect: notifications from in between are lost. */
  onReturn(listener: () => void): () => void;
  /** Waiting values with the same key are merged into the largest. */
  notify(channel: Channel, key: string, value: number): void;
  /**
   * Sends a text to the other processes. @returns false if it is dropped: too long, too many waiting, or no connection
   */
  publish(channel: TextChannel, text: string): boolean;
  /** A statement on this connection. Fails while it is away. Its commits do not wait for the disk. */
  query<R extends pg.QueryResultRow>(text: string, values: readonly unknown[]): Promise<readonly R[]>;
  /** Idempotent. Sends the waiting notifications first. */
  stop(): Promise<void>;
}

const QUERY_TIMEOUT_MS = 5_000;
const PING_MS = 10_000;

/** The limit of PostgreSQL is below 8,000. */
const MAX_PAYLOAD_BYTES = 7_900;
const MAX_WAITING_TEXTS = 200;

const listenTo = (channel: string): string => `LISTEN ${pg.escapeIdentifier(channel)}`;
const NOTIFY = 'SELECT pg_notify(channel, payload) FROM unnest($1::text[], $2::text[]) AS n(channel, payload)';

/** @throws errors of the first connection; later ones reconnect by themselves */
export async function openWakeUp({ url, name, key, run, log }: WakeUpOptions): Promise<WakeUp> {
  const listeners = new Map<Channel, Set<Listener>>(CHANNELS.map((channel) => [channel, new Set()]));
  const subscriptions = new Map<
    string,
    { readonly listeners: Set<(text: string) => void>; readonly begun: Promise<void> }
  >();
  const returns = new Set<() => void>();
  const nameOf = statementNames();
  let waiting = new Map<string, { channel: Channel; key: string; value: number }>();
  let waitingTexts: { channel: TextChannel; text: string }[] = [];
  let sending: Promise<void> | undefined;
  let client: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;
  let failures = 0;
  let turn: Promise<unknown> = Promise.resolve();
  let stopped = false;

  function deliverSize(channel: Channel, key: string, value: number): void {
    for (const listener of listeners.get(channel) ?? []) listener(key, value);
  }

  // It may be of another version, or from another program on this database. Followers poll anyway. An error that leaves
  // the handler of notifications would end the process.
  function deliver(channel: string, deliverTo: () => void): void {
    try {
      deliverTo();
    } catch (error) {
      log.warn({ err: error, channel }, 'a notification cannot be read; ignoring it');
    }
  }

  async function connect(): Promise<void> {
    const fresh = openClient(url, name);
    let listening: readonly string[] = [];
    // Errors before the connection is up come from connect(); later ones end it, which 'end' reports.
    fresh.on('error', () => undefined);
    try {
      await fresh.connect();
      await run?.connected(fresh);
      const { rows } = await fresh.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      const own = rows[0]!.pid;
      fresh.on('notification', ({ channel, payload = '', processId }) => {
        if (processId === own) return;
        const subscription = subscriptions.get(channel);
        if (subscription)
          return subscription.listeners.forEach((listener) => deliver(channel, () => listener(payload)));
        const cut = payload.lastIndexOf(':');
        const value = Number(payload.slice(cut + 1));
        if (Number.isSafeInteger(value))
          deliver(channel, () => deliverSize(channel as Channel, payload.slice(0, cut), value));
      });
      // All of them before the connection counts as back: reads after that miss nothing from in between.
      listening = [...CHANNELS, ...subscriptions.keys()];
      await fresh.query(listening.map(listenTo).join('; '));
    } catch (error) {
      await fresh.end().catch(() => undefined);
      throw error;
    }
    if (stopped) return fresh.end();
    client = fresh;
    failures = 0;
    fresh.once('end', () => broke(fresh));
    // Subscriptions that changed during the set-up.
    for (const name of subscriptions.keys()) if (!listening.includes(name)) await listen(name);
    for (const name of listening.slice(CHANNELS.length)) if (!subscriptions.has(name)) void unlisten(name);
  }

  // A failure, or a change while the connection is away, is repaired with the next connection.
  const listen = async (name: string): Promise<void> =>
    void (client && (await query(listenTo(name), []).catch(() => undefined)));
  const unlisten = async (name: string): Promise<void> =>
    void (client && (await query(`UN${listenTo(name)}`, []).catch(() => undefined)));

  function broke(old: pg.Client): void {
    if (client !== old) return;
    client = undefined;
    if (stopped) return;
    log.warn({}, 'the connection for wake-ups is lost; polling until it is back');
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
      // A connection that does not answer counts as lost. The socket is destroyed, since a clean close would wait for
      // an answer, too.
      if (error instanceof Error && /timeout/i.test(error.message)) {
        (current as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
        broke(current);
      }
      throw error;
    }
  }

  // The driver wants one query at a time per connection.
  function query<R extends pg.QueryResultRow>(text: string, values: readonly unknown[]): Promise<readonly R[]> {
    const result = turn.then(() => queryNow<R>(text, values));
    turn = result.catch(() => undefined);
    return result;
  }

  async function send(): Promise<void> {
    while ((waiting.size > 0 || waitingTexts.length > 0) && client) {
      const [notified, texts] = [[...waiting.values()], waitingTexts];
      [waiting, waitingTexts] = [new Map(), []];
      const channels = [...texts.map(({ channel }) => channel), ...notified.map(({ channel }) => channel)];
      const payloads = [...texts.map(({ text }) => text), ...notified.map(({ key, value }) => `${key}:${value}`)];
      // A failed notification is not repeated: listeners poll anyway.
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
    signature: createTextSignature(key),
    on(channel, listener) {
      listeners.get(channel)!.add(listener);
      return () => listeners.get(channel)!.delete(listener);
    },
    subscribe(channel, listener) {
      const subscription = subscriptions.get(channel) ?? { listeners: new Set(), begun: listen(channel) };
      subscriptions.set(channel, subscription);
      subscription.listeners.add(listener);
      return {
        begun: subscription.begun,
        stop() {
          if (!subscription.listeners.delete(listener) || subscription.listeners.size > 0) return;
          subscriptions.delete(channel);
          void unlisten(channel);
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
      deliverSize(channel, key, value);
    },
    publish(channel, text) {
      if (!client || waitingTexts.length >= MAX_WAITING_TEXTS || Buffer.byteLength(text) > MAX_PAYLOAD_BYTES)
        return false;
      waitingTexts.push({ channel: channel, text });
      flush();
      return true;
    },
    query,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
