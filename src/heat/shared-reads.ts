import { LRUCache } from 'lru-cache';
import type { Position } from '../events/ids.js';
import { pause } from '../platform/retry.js';

/** How an answer came about: by a read of its own, by one that was under way, or by one that had ended a moment before. */
export type ReadOutcome = 'fresh' | 'coalesced' | 'cached';

export interface SharedReadsOptions<T> {
  /** How long before somebody asks the read may have begun whose value that one gets, in milliseconds. */
  readonly maxAgeMs: number;
  /** Between the beginnings of two reads of the same key, at least, in milliseconds: some who ask have written since, and wait that long. */
  readonly minGapMs: number;
  /** All keys and values together weigh at most so much; the least used go first. */
  readonly maxWeight: number;
  readonly weigh: (value: T) => number;
  /** False for a value that only those get who wait for it now. */
  readonly keep: (value: T) => boolean;
}

/**
 * Reads that many ask for alike, done once for all who ask in the same moment. Nobody gets less than is known to hold what they have written:
 * `needed` is a position that the asker's answer must hold, and a read is done on behalf of the one among its askers who needs the highest.
 */
export interface SharedReads<T> {
  /** A read that fails fails for all who wait for it; the next to ask reads again. */
  read(key: string, needed: Position, read: () => Promise<T>): Promise<{ readonly value: T; readonly outcome: ReadOutcome }>;
  /** Whether `read`, if it were called now, would find a value or join a read: it would cost nothing. */
  has(key: string, needed: Position): boolean;
}

interface Run<T> {
  holds: Position;
  read: () => Promise<T>;
  done: Promise<T>;
}

interface Slot<T> {
  kept: { readonly value: T; readonly holds: Position; readonly begun: number } | null;
  /** When the read that runs began, or the last one that did. */
  begun: number;
  running: Run<T> | null;
  /** Waits for its turn; its reader is exchanged when somebody asks who needs more. */
  next: Run<T> | null;
}

const KEEP_MS = 10_000;
const SLOT_WEIGHT = 500;
const NEVER = new AbortController().signal;

export function createSharedReads<T>(options: SharedReadsOptions<T>): SharedReads<T> {
  const { maxAgeMs, minGapMs, maxWeight, weigh, keep } = options;
  const slots = new LRUCache<string, Slot<T>>({
    ttl: KEEP_MS,
    updateAgeOnGet: true,
    maxSize: maxWeight,
    sizeCalculation: ({ kept }, key) => SLOT_WEIGHT + 2 * key.length + (kept ? weigh(kept.value) : 0),
  });

  const isFresh = (begun: number): boolean => performance.now() - begun <= maxAgeMs;
  const keptIn = ({ kept }: Slot<T>, needed: Position) => (kept && isFresh(kept.begun) && kept.holds >= needed ? kept : null);
  const runningIn = ({ running, begun }: Slot<T>, needed: Position) => (running && isFresh(begun) && running.holds >= needed ? running : null);

  /** Timers count whole milliseconds and may end a part of one early. */
  const gapAfter = async (begun: number): Promise<void> => {
    do await pause(Math.max(0, Math.ceil(begun + minGapMs - performance.now())), NEVER);
    while (performance.now() < begun + minGapMs);
  };

  const begin = async (key: string, slot: Slot<T>): Promise<T> => {
    await slot.running?.done.catch(() => undefined);
    await gapAfter(slot.begun);
    const own = slot.next!;
    slot.next = null;
    slot.running = own;
    slot.begun = performance.now();
    try {
      const value = await own.read();
      if (keep(value)) {
        slot.kept = { value, holds: own.holds, begun: slot.begun };
        // The cache weighs nothing anew that it holds already.
        slots.delete(key);
        slots.set(key, slot);
      }
      return value;
    } finally {
      slot.running = null;
    }
  };

  return {
    async read(key, needed, read) {
      let slot = slots.get(key);
      if (!slot) {
        slot = { kept: null, begun: Number.NEGATIVE_INFINITY, running: null, next: null };
        slots.set(key, slot);
      }
      const kept = keptIn(slot, needed);
      if (kept) return { value: kept.value, outcome: 'cached' };
      const running = runningIn(slot, needed);
      if (running) return { value: await running.done, outcome: 'coalesced' };
      if (slot.next) {
        if (needed > slot.next.holds) Object.assign(slot.next, { holds: needed, read });
        return { value: await slot.next.done, outcome: 'coalesced' };
      }
      const own: Omit<Run<T>, 'done'> & Partial<Run<T>> = { holds: needed, read };
      slot.next = own as Run<T>;
      // It takes up `next` only after a pause: until then others may join it.
      own.done = begin(key, slot);
      return { value: await own.done, outcome: 'fresh' };
    },

    has(key, needed) {
      const slot = slots.peek(key);
      return slot !== undefined && (keptIn(slot, needed) ?? runningIn(slot, needed) ?? slot.next) !== null;
    },
  };
}
