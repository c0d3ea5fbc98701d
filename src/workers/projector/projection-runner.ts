import type { RecordedEvent } from '../../events/event.js';
import type { Partition, Position } from '../../events/ids.js';
import { position } from '../../events/ids.js';
import type { Logger } from '../../platform/logging.js';
import type { Metrics } from '../../platform/metrics.js';
import type { PartitionReader } from '../../platform/partition-reader.js';
import { readPartition } from '../../platform/partition-reader.js';
import type { DeadLetters } from '../../platform/ports/dead-letters.js';
import type { EventStore } from '../../platform/ports/event-store.js';
import type { ProjectionProgress, ProjectionStore } from '../../platform/ports/projection-store.js';
import type { Projection } from '../../projections/projection.js';
import { inVersion } from '../../projections/projection.js';

/** One read model in one partition, kept up to date. */
export interface ProjectionRunner extends PartitionReader {
  readonly projection: Projection;
  /** Whether a version is live that this program cannot fold: another process does, or will build another one. */
  readonly idle: boolean;
  /**
   * Compares where the runner stood with what the store says now. A checkpoint that went back means that the store was emptied, or lost its
   * last commits in a crash: the read model goes on from there, also when no event comes. So it does where another version is live now.
   */
  check(position: Position, progress: ProjectionProgress): void;
}

export interface ProjectionRunnerOptions {
  readonly projection: Projection;
  readonly partition: Partition;
  readonly projections: ProjectionStore<Projection>;
  readonly events: Pick<EventStore, 'heads' | 'readPartition'>;
  readonly deadLetters: DeadLetters;
  /** Whether the same work may succeed later. */
  readonly isTransient: (error: unknown) => boolean;
  /** The read model moved: those who wait for a position may look. */
  readonly moved: (partition: Partition) => void;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The checkpoint did not stand where this runner left it: another runner has the partition, or the store was emptied. */
class CheckpointMovedError extends Error {
  readonly code = 'CHECKPOINT_MOVED';
}

const MAX_BATCH = 1_000;

/*
 *   idle ◄── a version is live that this program cannot fold ──► any of these, and back when it is another one
 * filling ── reached the head that it saw at the start ──► live
 *   ▲                                                       │
 *   └──── the store's checkpoint is gone (FLUSHALL) ────────┘
 * Queries read from a live read model only. A store that says it is live is believed: its checkpoint moved together with its rows.
 */
export function runProjection(options: ProjectionRunnerOptions): ProjectionRunner {
  const { projection, partition, projections, events, deadLetters, isTransient, moved, logger, metrics } = options;
  /** The projection in the version that is live. */
  let fold = projection;
  let handled = new Set<string>(fold.handles);
  let checkpoint = position(0);
  /** Where it turns live; null once it is. */
  let liveFrom: Position | null = null;
  let wakeIdle: (() => void) | null = null;
  let stopping = false;

  /** How far it is, once a version is live that this program folds. */
  const foldable = async (): Promise<ProjectionProgress> => {
    for (;;) {
      const progress = await projections.progress(projection, partition);
      const version = progress.version ?? projection.version;
      const found = inVersion(projection, version);
      if (found || stopping) {
        fold = found ?? projection;
        handled = new Set(fold.handles);
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
    const progress = await foldable();
    checkpoint = progress.position;
    liveFrom = progress.live ? null : ((await events.heads())[partition] ?? checkpoint);
    if (!progress.live) logger.info({ projection: projection.name, partition, from: checkpoint, to: liveFrom }, 'filling a read model');
    await turnLive();
    return checkpoint;
  };

  const turnLive = async (): Promise<void> => {
    if (liveFrom === null || checkpoint < liveFrom) return;
    await projections.setLive(fold, partition, true);
    liveFrom = null;
    logger.info({ projection: projection.name, partition, position: checkpoint }, 'a read model is live');
    moved(partition);
  };

  const apply = async (to: Position, relevant: readonly RecordedEvent[]): Promise<void> => {
    const outcome = await projections.apply(fold, partition, checkpoint, to, relevant);
    if (outcome === 'superseded') {
      throw new CheckpointMovedError(`the checkpoint of ${projection.name} in partition ${partition} is not at ${checkpoint} any more`);
    }
    checkpoint = to;
    metrics.eventsProjected.inc({ projection: projection.name }, relevant.length);
  };

  /**
   * One event that the store will never take must not stop its partition: the batch is halved until it stands alone, and then it is passed
   * and kept in the dead-letter store. What was wrong is mended in code, and a rebuild brings the event in.
   */
  const applyIsolating = async (batch: readonly RecordedEvent[]): Promise<void> => {
    const to = batch.at(-1)!.position;
    const relevant = batch.filter(({ event }) => handled.has(event.type));
    try {
      await apply(to, relevant);
    } catch (error) {
      if (error instanceof CheckpointMovedError || isTransient(error)) throw error;
      if (batch.length > 1) {
        const middle = batch.length >> 1;
        await applyIsolating(batch.slice(0, middle));
        await applyIsolating(batch.slice(middle));
        return;
      }
      const [{ key, event }] = batch as readonly [RecordedEvent];
      const reason = error instanceof Error ? error.message : String(error);
      await deadLetters.bury([{ source: `projection:${projection.name}`, partition, place: to, key, reason, payload: JSON.stringify(event) }]);
      await apply(to, []);
    }
  };

  const deliver = async (batch: readonly RecordedEvent[]): Promise<void> => {
    const stopTimer = metrics.projectBatchSeconds.startTimer({ projection: projection.name });
    await applyIsolating(batch);
    stopTimer();
    logger.debug(
      { projection: projection.name, partition, position: checkpoint, traceIds: batch.slice(0, 10).map(({ traceId }) => traceId) },
      'events projected',
    );
    await turnLive();
    moved(partition);
  };

  const reader = readPartition({ partition, store: events, start, maxBatch: MAX_BATCH, deliver, logger: logger.child({ projection: projection.name }) });
  return {
    projection,
    get position() {
      return reader.position;
    },
    get head() {
      return reader.head;
    },
    offer: (news) => reader.offer(news),
    grown: (head) => reader.grown(head),
    restart: () => reader.restart(),
    get idle() {
      return wakeIdle !== null;
    },
    check(position, { position: stored, live, version }) {
      if (wakeIdle) {
        if (inVersion(projection, version ?? projection.version)) wakeIdle();
      } else if (stored < position || (!live && liveFrom === null) || (version ?? fold.version) !== fold.version) reader.restart();
    },
    stop() {
      stopping = true;
      wakeIdle?.();
      return reader.stop();
    },
  };
}
