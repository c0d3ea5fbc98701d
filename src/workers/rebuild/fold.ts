import type { RecordedEvent } from '../../events/event.js';
import type { Partition, Position } from '../../events/ids.js';
import { position } from '../../events/ids.js';
import { EVENT_TYPES } from '../../events/schemas.js';
import type { EventStore } from '../../platform/ports/event-store.js';
import type { Generation, GenerationStore } from '../../platform/ports/generation-store.js';
import type { Generations } from '../../platform/ports/generations.js';
import { RETRIES, pause, pauseMs } from '../../platform/retry.js';
import type { Projection } from '../../projections/projection.js';
import type { Pace } from '../decider/pacing.js';
import { unpaced } from '../decider/pacing.js';

/** A generation that is folded, with the store that holds it. */
export interface FoldTarget extends Generation {
  readonly store: GenerationStore<Projection>;
  /** Whether an error of this store may go away by itself. */
  readonly isTransient: (error: unknown) => boolean;
}

export interface FoldOptions {
  readonly events: Pick<EventStore, 'readRange'>;
  readonly generations: Pick<Generations, 'isDropped'>;
  readonly targets: readonly FoldTarget[];
  readonly partitions: number;
  /** Partitions that are folded at the same time. */
  readonly parallel: number;
  /** Null: as fast as it goes. */
  readonly pace: Pace | null;
  readonly signal: AbortSignal;
}

export interface Fold {
  /** Folds these targets up to there, in every partition. Those that failed are left out from then on. */
  to(upTo: readonly Position[], targets?: readonly FoldTarget[]): Promise<void>;
  /** Reads the checkpoints of a target again: somebody else may have moved them. */
  lookAgain(target: FoldTarget): Promise<void>;
  /** How far a target is, over all partitions. */
  done(target: FoldTarget): number;
  positions(target: FoldTarget): readonly Position[];
  /** Why a target failed; null where it did not. */
  failure(target: FoldTarget): Error | null;
}

/** The store takes everything but this event: it takes no other try, but mended code. */
class UnfoldableEventError extends Error {
  readonly code = 'UNFOLDABLE_EVENT';
}

/** Events that are read at a time; as many of each partition that is folded at the moment are in memory. */
const PAGE = 5_000;
/** Positions that one read looks over, so that where hardly any event is wanted something moves all the same. */
const WINDOW = 100_000;
/** What the pace counts as one record. */
export const EVENTS_PER_RECORD = 100;
/** Tries that end in an error which may pass, one after the other, before it is told. About a minute. */
const MOST_TRIES = 35;

interface Standing {
  readonly handled: ReadonlySet<string>;
  readonly at: Position[];
  failure: Error | null;
}

/**
 * Folds generations from where their checkpoints say to where it is told: events are read once for all of them, a page at a time, and each
 * page is stored with its checkpoint in one step. Whoever folds the same generation at the same time, or empties its store, makes it read the
 * checkpoint again.
 */
export async function openFold({ events, generations, targets, partitions, parallel, pace, signal }: FoldOptions): Promise<Fold> {
  const standings = new Map<FoldTarget, Standing>();
  for (const target of targets) {
    const at = [...(await target.store.positions(target, partitions))];
    standings.set(target, { handled: new Set<string>(target.projection.handles), at, failure: null });
  }
  const standing = (target: FoldTarget): Standing => standings.get(target)!;

  const lookAt = async (target: FoldTarget, partition: Partition): Promise<void> => {
    standing(target).at[partition] = (await target.store.positions(target, partitions))[partition]!;
  };

  /** An event that cannot be folded is told by name, unless it was given up: the batch is halved until it stands alone. */
  const apply = async (target: FoldTarget, partition: Partition, to: Position, batch: readonly RecordedEvent[]): Promise<'applied' | 'superseded'> => {
    const { at } = standing(target);
    try {
      const outcome = await target.store.apply(target, partition, at[partition]!, to, batch);
      if (outcome === 'applied') at[partition] = to;
      return outcome;
    } catch (error) {
      if (target.isTransient(error) || batch.length === 0) throw error;
      if (batch.length === 1) {
        const [{ event, position: place }] = batch as readonly [RecordedEvent];
        if (await generations.isDropped(target.projection.name, partition, place)) return apply(target, partition, to, []);
        throw new UnfoldableEventError(`${event.type} at position ${place} of partition ${partition} cannot be folded: ${(error as Error).message}`, { cause: error });
      }
      const middle = batch.length >> 1;
      const first = await apply(target, partition, batch[middle - 1]!.position, batch.slice(0, middle));
      return first === 'superseded' ? first : apply(target, partition, to, batch.slice(middle));
    }
  };

  const take = async (target: FoldTarget, partition: Partition, to: Position, page: readonly RecordedEvent[]): Promise<void> => {
    const { handled, at } = standing(target);
    const wanted = page.filter((event) => event.position > at[partition]! && handled.has(event.event.type));
    const { largestBatch } = target.store;
    for (let first = 0; ; first += largestBatch) {
      const isLast = first + largestBatch >= wanted.length;
      const batch = wanted.slice(first, first + largestBatch);
      if ((await apply(target, partition, isLast ? to : batch.at(-1)!.position, batch)) === 'superseded') return lookAt(target, partition);
      if (isLast) return;
    }
  };

  const takeOrFail = async (target: FoldTarget, partition: Partition, to: Position, page: readonly RecordedEvent[]): Promise<void> => {
    for (let tries = 0; ; tries++) {
      try {
        return tries === 0 ? await take(target, partition, to, page) : await lookAt(target, partition);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof UnfoldableEventError || !target.isTransient(error) || tries === MOST_TRIES) {
          standing(target).failure = error as Error;
          return;
        }
        pace?.failed(partition, error);
        await pause(pauseMs(RETRIES.work, tries), signal);
      }
    }
  };

  const foldPartition = async (partition: Partition, upTo: Position, of: readonly FoldTarget[]): Promise<void> => {
    for (;;) {
      signal.throwIfAborted();
      const behind = of.filter((target) => standing(target).failure === null && standing(target).at[partition]! < upTo);
      if (behind.length === 0) return;
      const admitted = await (pace ?? unpaced).admit(partition, PAGE / EVENTS_PER_RECORD, signal);
      if (admitted === 0) continue;
      const began = performance.now();
      const limit = admitted * EVENTS_PER_RECORD;
      const from = position(Math.min(...behind.map((target) => standing(target).at[partition]!)));
      const window = position(Math.min(upTo, from + WINDOW));
      const without = EVENT_TYPES.filter((type) => !behind.some((target) => standing(target).handled.has(type)));
      const page = await events.readRange(partition, from, window, without, limit);
      const to = page.length < limit ? window : page.at(-1)!.position;
      await Promise.all(behind.filter((target) => standing(target).at[partition]! < to).map((target) => takeOrFail(target, partition, to, page)));
      pace?.stored({ partition, records: Math.ceil(Math.max(1, page.length) / EVENTS_PER_RECORD), waitMs: 0, commitMs: performance.now() - began });
    }
  };

  return {
    async to(upTo, of = targets) {
      const waiting = Array.from({ length: partitions }, (_, partition) => partition);
      const worker = async (): Promise<void> => {
        try {
          for (let partition = waiting.shift(); partition !== undefined; partition = waiting.shift()) await foldPartition(partition, upTo[partition]!, of);
        } catch (error) {
          // The others end with the page that they are at, so that nothing goes on behind the back of whoever hears of this.
          waiting.length = 0;
          throw error;
        }
      };
      const ends = await Promise.allSettled(Array.from({ length: Math.min(parallel, partitions) }, worker));
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    },
    async lookAgain(target) {
      const found = await target.store.positions(target, partitions);
      standing(target).at.splice(0, partitions, ...found);
    },
    done: (target) => standing(target).at.reduce((sum, at) => sum + at, 0),
    positions: (target) => standing(target).at,
    failure: (target) => standing(target).failure,
  };
}
