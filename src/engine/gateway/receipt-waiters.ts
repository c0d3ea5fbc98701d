import type { Receipt } from '../domain/receipt.js';
import type { RecordedEvent } from '../domain/event.js';
import type { CommandId } from '../domain/ids.js';
import type { Logger } from '../runtime/logging.js';
import type { DecidedBatch } from '../log/event-feed.js';
import type { EventStore } from '../store/event-store.js';

export interface Decided {
  readonly receipt: Receipt;
  /** Null if they have to be read from the store. */
  readonly events: readonly RecordedEvent[] | null;
}

export interface Waiting {
  /** The outcome, or null if the wait ended before. Never rejects. */
  readonly outcome: Promise<Decided | null>;
  cancel(): void;
}

/**
 * Waits for the outcomes of commands. The feed brings most of them within milliseconds; a poll of the event store,
 * after a bare head and at intervals, finds the others.
 */
export interface ReceiptWaiters extends AsyncDisposable {
  wait(commandId: CommandId, signal: AbortSignal): Waiting;
  /** From the feed. A bare head triggers a poll. */
  onDecided(batch: DecidedBatch): void;
  stop(): Promise<void>;
}

export interface ReceiptWaitersOptions {
  readonly store: EventStore;
  /** Interval of the poll, in milliseconds. */
  readonly pollIntervalMs: number;
  readonly logger: Logger;
}

type Settle = (decided: Decided | null) => void;

/**
 * Emptied once they are settled: in a Map with many insertions and deletions, V8 may retain deleted entries, and their
 * references, until a full garbage collection.
 */
interface Waiters {
  settles: Settle[];
  readonly since: number;
  /** The time of the next query to the store, by performance.now(), and the pause after that. */
  due: number;
  pauseMs: number;
}

/** A mutation waits no longer than this. Longer waits may never end: they are polled ever more rarely. */
const FRESH_MS = 15_000;
const MAX_PAUSE_MS = 30_000;
/** Maximum ids in one query to the store. */
const MAX_FRESH = 2_000;
const MAX_OLD = 500;

function takeAll(waiters: Waiters): readonly Settle[] {
  const { settles } = waiters;
  waiters.settles = [];
  return settles;
}

export function createReceiptWaiters({ store, pollIntervalMs, logger }: ReceiptWaitersOptions): ReceiptWaiters {
  const waiting = new Map<CommandId, Waiters>();
  let polling: Promise<void> = Promise.resolve();

  const settle = (commandId: CommandId, decided: Decided): void => {
    const waiters = waiting.get(commandId);
    if (!waiters) return;
    waiting.delete(commandId);
    for (const each of takeAll(waiters)) each(decided);
  };

  /** The ids to query now: after a bare head any of them, else those that are due. */
  const take = (notified: boolean): readonly CommandId[] => {
    const now = performance.now();
    const fresh: CommandId[] = [];
    const old: CommandId[] = [];
    for (const [commandId, { since, due }] of waiting) {
      if (notified || due <= now) (now - since < FRESH_MS ? fresh : old).push(commandId);
    }
    fresh.length = Math.min(fresh.length, MAX_FRESH);
    old.length = Math.min(old.length, MAX_OLD);
    if (!notified) {
      for (const commandId of old) {
        const waiters = waiting.get(commandId)!;
        waiters.due = now + waiters.pauseMs;
        waiters.pauseMs = Math.min(2 * waiters.pauseMs, MAX_PAUSE_MS);
      }
    }
    const asked = [...fresh, ...old];
    // Moved to the end, so that each id has its turn.
    for (const commandId of asked) {
      const waiters = waiting.get(commandId)!;
      waiting.delete(commandId);
      waiting.set(commandId, waiters);
    }
    return asked;
  };

  const poll = async (notified: boolean): Promise<void> => {
    try {
      const asked = take(notified);
      if (asked.length === 0) return;
      for (const [commandId, outcome] of await store.outcomes(asked)) settle(commandId, outcome);
    } catch (error) {
      logger.warn({ err: error }, 'could not read the outcomes of waiting commands; retrying');
    }
  };

  let busy = false;
  let again = false;
  let stopped = false;
  const pollNow = (notified: boolean): void => {
    if (busy || stopped || waiting.size === 0) return;
    busy = true;
    again = false;
    polling = poll(notified).finally(() => {
      busy = false;
      if (again) pollNow(true);
    });
  };
  const timer = setInterval(() => pollNow(false), pollIntervalMs);
  timer.unref();

  const stop = async (): Promise<void> => {
    stopped = true;
    clearInterval(timer);
    await polling;
    for (const waiters of waiting.values()) for (const each of takeAll(waiters)) each(null);
    waiting.clear();
  };

  return {
    wait(commandId, signal) {
      const { promise, resolve } = withResolvers<Decided | null>();
      const done: Settle = (decided) => {
        signal.removeEventListener('abort', cancel);
        resolve(decided);
      };
      const cancel = (): void => {
        own.settles = own.settles.filter((each) => each !== done);
        if (own.settles.length === 0 && waiting.get(commandId) === own) waiting.delete(commandId);
        done(null);
      };
      const now = performance.now();
      const own = waiting.get(commandId) ?? { settles: [], since: now, due: now, pauseMs: pollIntervalMs };
      waiting.set(commandId, own);
      own.settles.push(done);
      if (signal.aborted) cancel();
      else signal.addEventListener('abort', cancel, { once: true });
      return { outcome: promise, cancel };
    },

    onDecided({ events, receipts }) {
      if (waiting.size === 0) return;
      if (events.length === 0 && receipts.length === 0) {
        // From a decider in another process: its result is stored by now, but may not have been when the running poll
        // began.
        again = busy;
        return pollNow(true);
      }
      for (const receipt of receipts) {
        if (!waiting.has(receipt.commandId)) continue;
        settle(receipt.commandId, { receipt, events: eventsOf(receipt, events) });
      }
    },

    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** They follow each other in the batch of their decision. Null where they are not all in this one. */
function eventsOf(receipt: Receipt, batch: readonly RecordedEvent[]): readonly RecordedEvent[] | null {
  const first = receipt.position - receipt.events + 1 - (batch[0]?.position ?? 0);
  const own = batch.slice(Math.max(0, first), Math.max(0, first + receipt.events));
  return own.length === receipt.events && own.every(({ commandId }) => commandId === receipt.commandId) ? own : null;
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((fulfil) => (resolve = fulfil));
  return { promise, resolve };
}
