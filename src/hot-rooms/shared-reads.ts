import { LRUCache } from 'lru-cache';
import type { Position } from '../engine/domain/ids.js';
import { position } from '../engine/domain/ids.js';
import { CLOCK_MS } from '../engine/runtime/clock.js';
import { pause } from '../engine/runtime/retry.js';

/** The origin of a value: a read of its own, a read that was under way, or a read that had ended a moment before. */
export type ReadOutcome = 'fresh' | 'coalesced' | 'cached';

export interface SharedReadsOptions<T> {
  /**
   * The shortest time between the beginnings of two reads of a key, in milliseconds. A caller that has written since
   * the last beginning waits for it.
   */
  readonly minGapMs: number;
  /** The limit on the weight of all keys and values; the least recently used go first. */
  readonly maxWeight: number;
  readonly weigh: (value: T) => number;
  /** False for a value that goes only to the callers who wait for it now. */
  readonly keep: (value: T) => boolean;
}

export interface Ask {
  readonly key: string;
  /** The caller's answer must hold the events up to this position. */
  readonly needed: Position;
  /** The longest time from the beginning of the read to the call, in milliseconds, for a value to be handed out. */
  readonly maxAgeMs: number;
  /** The position that a read which begins now holds in any case. */
  readonly sure: () => Position;
  /** Whether an ageing value is refreshed ahead of the callers who will ask for it. */
  readonly refreshesAhead: boolean;
}

/**
 * Shares one read among all callers of the same moment. Each caller's answer holds the caller's own writes: a read is
 * made for the caller that needs the highest position. An ageing value is refreshed while it is still handed out, so
 * that callers need not wait.
 */
export interface SharedReads<T> {
  /**
   * A failed read fails for all who wait for it; the next caller reads again.
   * @param read gets the position that its value must hold (and is believed to hold from then on), and whether it is a
   * refresh ahead, for which nobody waits
   */
  read(
    ask: Ask,
    read: (holds: Position, ahead: boolean) => Promise<T>,
  ): Promise<{ readonly value: T; readonly outcome: ReadOutcome }>;
  /** Whether `read`, called now, would find a value or join a read, and so cost nothing. */
  has(ask: Ask): boolean;
  /**
   * Drops all values, and keeps none that is being read now: they are no longer true, or contain data of an erased
   * user.
   */
  clear(): void;
}

interface Run<T> {
  holds: Position;
  readonly sure: () => Position;
  readonly ahead: boolean;
  read: (holds: Position, ahead: boolean) => Promise<T>;
  done: Promise<T>;
}

interface Slot<T> {
  kept: { readonly value: T; readonly holds: Position; readonly begun: number } | null;
  /** The beginning of the read that runs, or of the last one. */
  begun: number;
  running: Run<T> | null;
  /** Waits for its turn; replaced when a caller needs more. */
  next: Run<T> | null;
}

/** At this part of its greatest age a value is refreshed. */
const REFRESH_AHEAD_AT = 0.6;
const KEEP_MS = 10_000;
const SLOT_WEIGHT = 500;

export function createSharedReads<T>(options: SharedReadsOptions<T>): SharedReads<T> {
  const { minGapMs, maxWeight, weigh, keep } = options;
  const slots = new LRUCache<string, Slot<T>>({
    ttl: KEEP_MS,
    ttlResolution: CLOCK_MS,
    updateAgeOnGet: true,
    maxSize: maxWeight,
    sizeCalculation: ({ kept }, key) => SLOT_WEIGHT + 2 * key.length + (kept ? weigh(kept.value) : 0),
  });

  /** Counts the clears: a value read before the last one is not kept. */
  let cleared = 0;

  const ageOf = (begun: number): number => performance.now() - begun;
  const keptIn = ({ kept }: Slot<T>, { needed, maxAgeMs }: Ask) =>
    kept && ageOf(kept.begun) <= maxAgeMs && kept.holds >= needed ? kept : null;
  const runningIn = ({ running, begun }: Slot<T>, { needed, maxAgeMs }: Ask) =>
    running && ageOf(begun) <= maxAgeMs && running.holds >= needed ? running : null;

  /** Timers count whole milliseconds and may fire a part of one early. */
  const gapAfter = async (begun: number): Promise<void> => {
    do await pause(Math.max(0, Math.ceil(begun + minGapMs - performance.now())));
    while (performance.now() < begun + minGapMs);
  };

  const begin = async (key: string, slot: Slot<T>): Promise<T> => {
    await slot.running?.done.catch(() => undefined);
    await gapAfter(slot.begun);
    const own = slot.next!;
    slot.next = null;
    slot.running = own;
    slot.begun = performance.now();
    own.holds = position(Math.max(own.holds, own.sure()));
    const before = cleared;
    try {
      const value = await own.read(own.holds, own.ahead);
      if (keep(value) && cleared === before) {
        slot.kept = { value, holds: own.holds, begun: slot.begun };
        // The cache does not weigh a value again that it holds already.
        slots.delete(key);
        slots.set(key, slot);
      }
      return value;
    } finally {
      slot.running = null;
    }
  };

  /** Callers may join the read until it begins, which is after a pause. */
  const beginSoon = ({ key, needed, sure }: Ask, slot: Slot<T>, read: Run<T>['read'], ahead = false): Promise<T> => {
    const own: Omit<Run<T>, 'done'> & Partial<Run<T>> = { holds: needed, sure, ahead, read };
    slot.next = own as Run<T>;
    return (own.done = begin(key, slot));
  };

  return {
    async read(ask, read) {
      const { key, needed, maxAgeMs } = ask;
      let slot = slots.get(key);
      if (!slot) {
        slot = { kept: null, begun: Number.NEGATIVE_INFINITY, running: null, next: null };
        slots.set(key, slot);
      }
      const kept = keptIn(slot, ask);
      if (kept) {
        const isOld = ageOf(kept.begun) > REFRESH_AHEAD_AT * maxAgeMs;
        // Nobody waits for it: where it fails, the next caller reads again.
        if (isOld && ask.refreshesAhead && !slot.running && !slot.next)
          beginSoon(ask, slot, read, true).catch(() => undefined);
        return { value: kept.value, outcome: 'cached' };
      }
      const running = runningIn(slot, ask);
      if (running) return { value: await running.done, outcome: 'coalesced' };
      if (slot.next) {
        if (needed > slot.next.holds) Object.assign(slot.next, { holds: needed, read });
        return { value: await slot.next.done, outcome: 'coalesced' };
      }
      return { value: await beginSoon(ask, slot, read), outcome: 'fresh' };
    },

    clear() {
      cleared++;
      slots.clear();
    },

    has(ask) {
      const slot = slots.peek(ask.key);
      return slot !== undefined && (keptIn(slot, ask) ?? runningIn(slot, ask) ?? slot.next) !== null;
    },
  };
}
