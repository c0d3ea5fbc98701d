import type { FoldedEvent } from '../domain/event.js';
import type { Partition, Position } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import type { EventStore } from '../store/event-store.js';
import type { Generation, GenerationStore } from './generation-store.js';
import type { Generations } from './generations.js';
import { RETRIES, pause, pauseMs } from '../runtime/retry.js';
import type { Projection } from '../projector/projection.js';
import type { Pace } from '../decider/pacing.js';
import { unpaced } from '../decider/pacing.js';
import { CompactionBuffer } from './compaction-buffer.js';

/** A generation that is folded, with the store that holds it. */
export interface FoldTarget extends Generation {
  readonly store: GenerationStore<Projection>;
  /** Whether an error of this store may go away by itself. */
  readonly isTransient: (error: unknown) => boolean;
}

export interface FoldOptions {
  readonly events: Pick<EventStore, 'catalog' | 'readRange'>;
  readonly generations: Pick<Generations, 'isDropped' | 'unfolded'>;
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
  reload(target: FoldTarget): Promise<void>;
  /** How far a target is, over all partitions. */
  done(target: FoldTarget): number;
  positions(target: FoldTarget): readonly Position[];
  /** Why a target failed; null where it did not. */
  failure(target: FoldTarget): Error | null;
}

/** The store takes everything but this event: it takes no other try, but mended code. */
export class UnfoldableEventError extends Error {
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

interface PartitionProgress {
  /** How far it was given events, by partition. */
  readonly at: Position[];
  /** How far they are stored: what its checkpoints say. */
  readonly stored: Position[];
  /** The events between the two. */
  readonly buffers: readonly CompactionBuffer[];
  failure: Error | null;
}

/**
 * Folds generations from where their checkpoints say to where it is told: events are read once for all of them, a page
 * at a time. A read model that condenses gathers several pages; what is stored moves the checkpoint in the same step.
 * Whoever folds the same generation at the same time, or empties its store, makes it read the checkpoint again.
 */
export async function openFold({
  events,
  generations,
  targets,
  partitions,
  parallel,
  pace,
  signal,
}: FoldOptions): Promise<Fold> {
  const progresses = new Map<FoldTarget, PartitionProgress>();
  for (const target of targets) {
    const stored = await target.store.positions(target, partitions);
    const unfolded = await generations.unfolded(target.projection.name, partitions);
    const buffers = unfolded.map((apart) => new CompactionBuffer(target.projection, apart));
    progresses.set(target, { at: [...stored], stored: [...stored], buffers, failure: null });
  }
  const progressOf = (target: FoldTarget): PartitionProgress => progresses.get(target)!;

  const load = async (target: FoldTarget, partition: Partition): Promise<void> => {
    const { at, stored, buffers } = progressOf(target);
    const found = (await target.store.positions(target, partitions))[partition]!;
    buffers[partition]!.clear();
    at[partition] = found;
    stored[partition] = found;
  };

  /**
   * An event that cannot be folded is told by name, unless it was given up: the batch is halved until it stands alone.
   */
  const apply = async (
    target: FoldTarget,
    partition: Partition,
    to: Position,
    batch: readonly FoldedEvent[],
  ): Promise<'applied' | 'superseded'> => {
    const { stored } = progressOf(target);
    // Ended by a fork of the log, in the turn in which that is learnt of: what was read before may be of what is lost.
    signal.throwIfAborted();
    try {
      const outcome = await target.store.apply(target, partition, stored[partition]!, to, batch);
      if (outcome === 'applied') stored[partition] = to;
      return outcome;
    } catch (error) {
      if (target.isTransient(error) || batch.length === 0) throw error;
      if (batch.length === 1) {
        const [{ event, position: place }] = batch as readonly [FoldedEvent];
        if (await generations.isDropped(target.projection.name, partition, place))
          return apply(target, partition, to, []);
        throw new UnfoldableEventError(
          `${event.type} at position ${place} of partition ${partition} cannot be folded: ${(error as Error).message}`,
          { cause: error },
        );
      }
      const middle = batch.length >> 1;
      const first = await apply(target, partition, batch[middle - 1]!.position, batch.slice(0, middle));
      return first === 'superseded' ? first : apply(target, partition, to, batch.slice(middle));
    }
  };

  /**
   * Stores what was gathered, a batch at a time. What is condensed is whole only when the last batch is in; nobody
   * reads a generation, or goes by it, that was not folded up to the end.
   */
  const store = async (target: FoldTarget, partition: Partition): Promise<void> => {
    const { at, buffers } = progressOf(target);
    const events = buffers[partition]!.take();
    const { largestBatch } = target.store;
    for (let first = 0; ; first += largestBatch) {
      const isLast = first + largestBatch >= events.length;
      const batch = events.slice(first, first + largestBatch);
      if ((await apply(target, partition, isLast ? at[partition]! : batch.at(-1)!.position, batch)) === 'superseded')
        return load(target, partition);
      if (isLast) return;
    }
  };

  const storeOrFail = async (target: FoldTarget, partition: Partition): Promise<void> => {
    for (let tries = 0; ; tries++) {
      try {
        return tries === 0 ? await store(target, partition) : await load(target, partition);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof UnfoldableEventError || !target.isTransient(error) || tries === MOST_TRIES) {
          progressOf(target).failure = error as Error;
          return;
        }
        pace?.failed(partition, error);
        await pause(pauseMs(RETRIES.work, tries), signal);
      }
    }
  };

  /** Gives the page up to `to` to those that are before it. Returns those that are to store now. */
  const give = (
    page: readonly FoldedEvent[],
    partition: Partition,
    to: Position,
    takers: readonly FoldTarget[],
  ): readonly FoldTarget[] => {
    for (const [target, events] of sharedOut(page, takers)) {
      const { at, buffers } = progressOf(target);
      const isAhead = at[partition]! >= (page[0]?.position ?? to);
      buffers[partition]!.add(isAhead ? events.filter((event) => event.position > at[partition]!) : events);
      at[partition] = to;
    }
    return takers.filter((target) => progressOf(target).buffers[partition]!.isDue());
  };

  const foldPartition = async (partition: Partition, upTo: Position, of: readonly FoldTarget[]): Promise<void> => {
    for (;;) {
      signal.throwIfAborted();
      const whole = of.filter((target) => progressOf(target).failure === null);
      const behind = whole.filter((target) => progressOf(target).at[partition]! < upTo);
      if (behind.length === 0) {
        const unstored = whole.filter(
          (target) => progressOf(target).stored[partition]! < progressOf(target).at[partition]!,
        );
        if (unstored.length === 0) return;
        await Promise.all(unstored.map((target) => storeOrFail(target, partition)));
        continue;
      }
      const admitted = await (pace ?? unpaced).admit(partition, PAGE / EVENTS_PER_RECORD, signal);
      if (admitted === 0) continue;
      const began = performance.now();
      const limit = admitted * EVENTS_PER_RECORD;
      const from = position(Math.min(...behind.map((target) => progressOf(target).at[partition]!)));
      const window = position(Math.min(upTo, from + WINDOW));
      const without = events.catalog.types.filter(
        (type) => !behind.some((target) => target.projection.handles.includes(type)),
      );
      const page = await events.readRange(partition, from, window, without, limit);
      const to = page.length < limit ? window : page.at(-1)!.position;
      const due = give(
        page,
        partition,
        to,
        behind.filter((target) => progressOf(target).at[partition]! < to),
      );
      await Promise.all(due.map((target) => storeOrFail(target, partition)));
      pace?.stored({
        partition,
        records: Math.ceil(Math.max(1, page.length) / EVENTS_PER_RECORD),
        waitMs: 0,
        commitMs: performance.now() - began,
      });
    }
  };

  return {
    async to(upTo, of = targets) {
      const waiting = Array.from({ length: partitions }, (_, partition) => partition);
      const worker = async (): Promise<void> => {
        try {
          for (let partition = waiting.shift(); partition !== undefined; partition = waiting.shift())
            await foldPartition(partition, upTo[partition]!, of);
        } catch (error) {
          // The others end with the page that they are at, so that nothing goes on behind the back of whoever hears of
          // this.
          waiting.length = 0;
          throw error;
        }
      };
      const ends = await Promise.allSettled(Array.from({ length: Math.min(parallel, partitions) }, worker));
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    },
    async reload(target) {
      await Promise.all(Array.from({ length: partitions }, (_, partition) => load(target, partition)));
    },
    done: (target) => progressOf(target).at.reduce((sum, at) => sum + at, 0),
    positions: (target) => progressOf(target).at,
    failure: (target) => progressOf(target).failure,
  };
}

/** The events of a page that each of them handles. */
function sharedOut(
  page: readonly FoldedEvent[],
  takers: readonly FoldTarget[],
): ReadonlyMap<FoldTarget, readonly FoldedEvent[]> {
  const events = new Map<FoldTarget, FoldedEvent[]>(takers.map((target) => [target, []]));
  const takersOf = new Map<string, readonly FoldedEvent[][]>();
  for (const recorded of page) {
    const { type } = recorded.event;
    let wanted = takersOf.get(type);
    if (!wanted) {
      wanted = takers
        .filter(({ projection }) => projection.handles.includes(type))
        .map((target) => events.get(target)!);
      takersOf.set(type, wanted);
    }
    for (const list of wanted) list.push(recorded);
  }
  return events;
}
