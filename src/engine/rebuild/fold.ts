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

/** A generation that is folded, with its store. */
export interface FoldTarget extends Generation {
  readonly store: GenerationStore<Projection>;
  /** Whether an error of this store may pass by itself. */
  readonly isTransient: (error: unknown) => boolean;
}

export interface FoldOptions {
  readonly events: Pick<EventStore, 'catalog' | 'readRange'>;
  readonly generations: Pick<Generations, 'isDropped' | 'unfolded'>;
  readonly targets: readonly FoldTarget[];
  readonly partitions: number;
  /** Partitions that are folded in parallel. */
  readonly parallel: number;
  /** Null: unlimited. */
  readonly pace: Pace | null;
  readonly signal: AbortSignal;
}

export interface Fold {
  /** Folds these targets up to there, in every partition. Failed ones are left out from then on. */
  to(upTo: readonly Position[], targets?: readonly FoldTarget[]): Promise<void>;
  /** Reads the checkpoints of a target again: another process may have moved them. */
  reload(target: FoldTarget): Promise<void>;
  /** The progress of a target, over all partitions. */
  done(target: FoldTarget): number;
  positions(target: FoldTarget): readonly Position[];
  /** The reason of a target's failure; null without one. */
  failure(target: FoldTarget): Error | null;
}

/** The store takes everything but this event: it needs corrected code, not a retry. */
export class UnfoldableEventError extends Error {
  readonly code = 'UNFOLDABLE_EVENT';
}

/** Events per read; as many of each partition that is folded at the moment are in memory. */
const PAGE = 5_000;
/** Positions that one read covers, so that there is progress among unwanted events. */
const WINDOW = 100_000;
/** The number of events that the pace counts as one record. */
export const EVENTS_PER_RECORD = 100;
/** Transient failures in a row before one is reported. About a minute. */
const MOST_TRIES = 35;

interface PartitionProgress {
  /** The position up to which it was given events, by partition. */
  readonly at: Position[];
  /** The stored position: its checkpoints. */
  readonly stored: Position[];
  /** The events between the two. */
  readonly buffers: readonly CompactionBuffer[];
  failure: Error | null;
}

/**
 * Folds generations from their checkpoints to a position: events are read once for all of them, page by page. A read
 * model with compaction buffers several pages; storing moves the checkpoint in the same step. If another process folds
 * the same generation, or empties its store, the checkpoint is read again.
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
   * An event that cannot be folded is named, unless it was dropped: the batch is halved until the event stands alone.
   */
  const apply = async (
    target: FoldTarget,
    partition: Partition,
    to: Position,
    batch: readonly FoldedEvent[],
  ): Promise<'applied' | 'superseded'> => {
    const { stored } = progressOf(target);
    // Aborted in the turn in which a fork is noticed: earlier reads may contain lost events.
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
   * Stores the buffered events, batch by batch. Compacted events are complete only with the last batch; no query reads
   * a generation that is not folded up to the end.
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

  /** Gives the page up to `to` to the targets before it. Returns those that have to store now. */
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
          // The others end with their current page, so that no work goes on after this is reported.
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

/** The events of a page that each target handles. */
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
