import type { LogEntry } from '../domain/event.js';
import type { EpochPosition, Partition, Position } from '../domain/ids.js';
import type { Logger } from '../runtime/logging.js';
import type { EngineMetrics } from '../runtime/metrics.js';
import type { PartitionReader } from '../log/partition-reader.js';
import { readPartition } from '../log/partition-reader.js';
import type { DeadLetters, WaitingDeadLetter } from '../store/dead-letters.js';
import type { EventStore } from '../store/event-store.js';
import type { ProjectionProgress, ProjectionStore } from './projection-store.js';
import type { Projection } from './projection.js';
import { inVersion } from './projection.js';
import { createModelWriter } from './model-writer.js';
import { sourceOf, reconcileDeadLetters } from './reconcile.js';

/** One read model in one partition, kept up to date. */
export interface ProjectionRunner extends PartitionReader {
  readonly projection: Projection;
  /** The number of parked keys. */
  readonly parked: number;
  /** Whether queries may read from it in this partition. */
  readonly live: boolean;
  /**
   * Whether the live version is one that this program cannot fold: another process does, or will build another version.
   */
  readonly idle: boolean;
  /**
   * Compares the runner's checkpoint with the one in the store. A checkpoint that went back means that the store was
   * emptied, or lost its last commits in a crash: the read model continues from there, without waiting for an event.
   * The same for a change of the live version.
   */
  check(position: Position, progress: ProjectionProgress): void;
  /** The open letters of this read model and partition, from a poll: a requested retry runs between two deliveries. */
  reconcile(letters: readonly WaitingDeadLetter[]): void;
}

export interface ProjectionRunnerOptions {
  readonly projection: Projection;
  readonly partition: Partition;
  readonly projections: ProjectionStore<Projection>;
  readonly events: Pick<EventStore, 'catalog' | 'epochs' | 'heads' | 'readEntries' | 'readKeyEntries'>;
  readonly deadLetters: DeadLetters;
  /** Whether the same work may succeed later. */
  readonly isTransient: (error: unknown) => boolean;
  /** The read model moved: waiters for a position may check again. */
  readonly moved: (partition: Partition) => void;
  /**
   * Called before a read model is folded anew because the log lacks its last event, with the place of that event. Must
   * not throw.
   */
  readonly foundLost?: ((at: EpochPosition) => Promise<void>) | undefined;
  /** The read model is being filled, or is live. */
  readonly onLive?: (() => void) | undefined;
  readonly logger: Logger;
  readonly metrics: EngineMetrics;
}

const MAX_BATCH = 1_000;

/*
 *   idle ◄── a version is live that this program cannot fold ──► any of these, and back when it is another one
 * filling ── reached the head that it saw at the start ──► live
 *   ▲                                                       │
 *   └──── the store's checkpoint is gone (FLUSHALL) ────────┘
 * Queries read from a live read model only. A store that says it is live is believed: its checkpoint moved together
 * with its rows.
 *
 * Of a key:
 * free ── an event of it cannot be applied, and is a dead letter ──► parked ── all up to the checkpoint is in ──► free
 *   └──── an event of it cannot be read by this program ─────────────►  ▲ └──── one of them cannot be applied ──┐
 *                                                                       └──────────────────────────────────────┘
 */
export function runProjection(options: ProjectionRunnerOptions): ProjectionRunner {
  const { projection, partition, projections, events, deadLetters, moved, logger, metrics } = options;
  const writer = createModelWriter(options);
  /** The position at which it turns live; null once it is. */
  let liveFrom: Position | null = null;
  let isLive = false;
  let wakeIdle: (() => void) | null = null;
  let stopping = false;
  /** Keys that wait for a newer program, which this one may be; null before the first check. */
  let untried: Set<string> | null = null;
  let reconciling = false;

  /** The progress, once the live version is one that this program folds. */
  const foldable = async (): Promise<ProjectionProgress> => {
    for (;;) {
      const progress = await projections.progress(projection, partition);
      const version = progress.version ?? projection.version;
      const found = inVersion(projection, version);
      if (found || stopping) {
        writer.useVersion(found ?? projection);
        return progress;
      }
      logger.warn(
        { projection: projection.name, partition, live: version, ours: projection.version },
        'a version of a read model is live that this program cannot fold: leaving it to others until that changes',
      );
      await new Promise<void>((resolve) => (wakeIdle = resolve));
      wakeIdle = null;
    }
  };

  const start = async (): Promise<Position> => {
    writer.useBranch();
    const progress = await ofThisLog(await foldable());
    // After the checkpoint: if a key is parked after it, the checkpoint moves, and this runner is fenced.
    await writer.readParked();
    const checkpoint = progress.position;
    writer.continueFrom(checkpoint);
    liveFrom = progress.live ? null : ((await events.heads())[partition] ?? checkpoint);
    noteLive();
    if (!progress.live)
      logger.debug({ projection: projection.name, partition, from: checkpoint, to: liveFrom }, 'filling a read model');
    untried ??= new Set([...writer.parked.values()].filter(({ letter }) => letter === null).map(({ key }) => key));
    for (const key of untried) reader.between(() => tryNewer(key));
    reconciling = false;
    await turnLive();
    return writer.checkpoint;
  };

  /** A read model with events that the log has lost is folded from the first event: queries avoid it meanwhile. */
  const ofThisLog = async (progress: ProjectionProgress): Promise<ProjectionProgress> => {
    if (!projections.startOver) return progress;
    const seemsLost = progress.lost?.() === true;
    // After the progress: events in a read model were in the log before, in an epoch that had begun. If another process
    // wrote them, this one may not know that epoch yet, so the log is read before the comparison.
    const head = (await events.heads())[partition]!;
    if (progress.lost?.() !== true && progress.position <= head) return seemsLost ? foldable() : progress;
    logger.error(
      { projection: projection.name, partition, position: progress.position },
      'a read model holds events that the database lost when it went back in time: ' +
        'it is folded anew from the first event',
    );
    const { position, epoch } = progress;
    if (epoch !== undefined) await options.foundLost?.({ partition, position, epoch });
    await projections.startOver(projection, partition, position);
    return foldable();
  };

  const noteLive = (): void => {
    isLive = liveFrom === null;
    options.onLive?.();
  };

  const turnLive = async (): Promise<void> => {
    const { checkpoint } = writer;
    if (liveFrom === null || checkpoint < liveFrom) return;
    await projections.setLive(writer.fold, partition, true);
    liveFrom = null;
    noteLive();
    logger.debug({ projection: projection.name, partition, position: checkpoint }, 'a read model is live');
    moved(partition);
  };

  /** Another program parked the key. If this one cannot read further, nothing is written. */
  const tryNewer = async (key: string): Promise<void> => {
    const waiting = writer.parked.get(key);
    if (waiting?.letter === null) await writer.resume(waiting);
    untried?.delete(key);
  };

  const deliver = async (batch: readonly LogEntry[]): Promise<void> => {
    const stopTimer = metrics.projectBatchSeconds.startTimer({ projection: projection.name });
    await writer.apply(batch);
    stopTimer();
    logger.debug(
      {
        projection: projection.name,
        partition,
        position: writer.checkpoint,
        traceIds: batch.slice(0, 10).map(({ traceId }) => traceId),
      },
      'events projected',
    );
    await turnLive();
    moved(partition);
  };

  const reconcile = async (): Promise<void> => {
    try {
      await writer.readParked();
      const letters = (await deadLetters.open([sourceOf(projection)])).filter(
        (letter) => letter.partition === partition,
      );
      await reconcileDeadLetters({
        deadLetters,
        letters,
        parked: () => writer.parked,
        checkpoint: writer.checkpoint,
        resumeKey: writer.resume,
      });
    } finally {
      reconciling = false;
    }
  };

  const reader = readPartition({
    partition,
    store: events,
    start,
    maxBatch: MAX_BATCH,
    deliver,
    logger: logger.child({ projection: projection.name }),
  });
  return {
    projection,
    get parked() {
      return writer.parked.size;
    },
    get position() {
      return reader.position;
    },
    get head() {
      return reader.head;
    },
    offer: (batch) => reader.offer(batch),
    grown: (head) => reader.grown(head),
    restart: () => reader.restart(),
    forked: (after) => reader.forked(after),
    between: (task) => reader.between(task),
    get live() {
      return isLive;
    },
    get idle() {
      return wakeIdle !== null;
    },
    check(position, { position: stored, live, version, lost }) {
      if (wakeIdle) {
        if (inVersion(projection, version ?? projection.version)) wakeIdle();
      } else if (
        lost?.() === true ||
        stored < position ||
        (!live && liveFrom === null) ||
        (version ?? writer.fold.version) !== writer.fold.version
      )
        reader.restart();
    },
    reconcile(letters) {
      // Always with parked keys: their state in the store may have changed without this runner, such as by a swap.
      if (
        reconciling ||
        wakeIdle ||
        (writer.parked.size === 0 && !letters.some(({ place }) => place <= writer.checkpoint))
      )
        return;
      reconciling = true;
      reader.between(reconcile);
    },
    stop() {
      stopping = true;
      wakeIdle?.();
      return reader.stop();
    },
  };
}
