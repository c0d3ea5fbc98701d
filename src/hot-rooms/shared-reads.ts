import { LRUCache } from 'lru-cache';
import type { Position } from '../engine/domain/ids.js';
import { position } from '../engine/domain/ids.js';
import { CLOCK_MS } from '../engine/runtime/clock.js';
import { pause } from '../engine/runtime/retry.js';

/**
 * How an answer came about: by a read of its own, by one that was under way, or by one that had ended a moment before.
 */
export type ReadOutcome = 'fresh' | 'coalesced' | 'cached';

export interface SharedReadsOptions<T> {
  /**
   * Between the beginnings of two reads of the same key, at least, in milliseconds: some who ask have written since,
   * and wait that long.
   */
  readonly minGapMs: number;
  /** All keys and values together weigh at most so much; the least used go first. */
  readonly maxWeight: number;
  readonly weigh: (value: T) => number;
  /** False for a value that only those get who wait for it now. */
  readonly keep: (value: T) => boolean;
}

export interface Ask {
  readonly key: string;
  /** The asker's answer must hold what is at this position. */
  readonly needed: Position;
  /** How long before the asking the read may have begun whose value the asker gets, in milliseconds. */
  readonly maxAgeMs: number;
  /** What a read that begins now holds in any case. */
  readonly sure: () => Position;
  /** Whether a value that is getting old is read anew ahead of those who will ask for it. */
  readonly refreshesAhead: boolean;
}

/**
 * Reads that many ask for alike, done once for all who ask in the same moment. Nobody gets less than is known to hold
 * what they have written: a read is done on behalf of the one among its askers who needs the highest position. A value
 * that is getting old is read anew while it is still handed out, so that those who ask do not have to wait.
 */
export interface SharedReads<T> {
  /**
   * A read that fails fails for all who wait for it; the next to ask reads again.
   * @param read gets the position that its value must hold, and is believed to hold from then on, and whether it is
   * done ahead: nobody waits for it
   */
  read(
    ask: Ask,
    read: (holds: Position, ahead: boolean) => Promise<T>,
  ): Promise<{ readonly value: T; readonly outcome: ReadOutcome }>;
  /** Whether `read`, if it were called now, would find a value or join a read: it would cost nothing. */
  has(ask: Ask): boolean;
  /**
   * Lets go of every value, and keeps none that is being read now: it is no longer true, or tells of somebody who was
   * erased.
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
  /** When the read that runs began, or the last one that did. */
  begun: number;
  running: Run<T> | null;
  /** Waits for its turn; its reader is exchanged when somebody asks who needs more. */
  next: Run<T> | null;
}

/** At this part of its greatest age a value is read anew. */
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

  /** Counts how often what was read was no longer true. */
  let cleared = 0;

  const ageOf = (begun: number): number => performance.now() - begun;
  const keptIn = ({ kept }: Slot<T>, { needed, maxAgeMs }: Ask) =>
    kept && ageOf(kept.begun) <= maxAgeMs && kept.holds >= needed ? kept : null;
  const runningIn = ({ running, begun }: Slot<T>, { needed, maxAgeMs }: Ask) =>
    running && ageOf(begun) <= maxAgeMs && running.holds >= needed ? running : null;

  /** Timers count whole milliseconds and may end a part of one early. */
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
        // The cache weighs nothing anew that it holds already.
        slots.delete(key);
        slots.set(key, slot);
      }
      return value;
    } finally {
      slot.running = null;
    }
  };

  /** Others may join the read until it begins, which is after a pause. */
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
        // Nobody waits for it: where it fails, the next to ask reads again.
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
