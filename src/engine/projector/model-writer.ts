import type { LogEntry, RecordedEvent } from '../domain/event.js';
import type { Partition, Position } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import { isolate } from '../runtime/isolate.js';
import type { Logger } from '../runtime/logging.js';
import type { EngineMetrics } from '../runtime/metrics.js';
import type { DeadLetters } from '../store/dead-letters.js';
import type { EventStore } from '../store/event-store.js';
import type { ParkedKey, ProjectionStore } from './projection-store.js';
import type { Projection } from './projection.js';
import { deadLetterOf } from './reconcile.js';
import type { Step } from './step.js';
import { planStep } from './step.js';
import { resumeKey } from './take-over.js';

/** The checkpoint is not where this runner left it: another runner has the partition, or the store was emptied. */
class FencedError extends Error {
  readonly code = 'CHECKPOINT_MOVED';
}

export interface ModelWriterOptions {
  readonly projection: Projection;
  readonly partition: Partition;
  readonly projections: ProjectionStore<Projection>;
  readonly events: Pick<EventStore, 'catalog' | 'epochs' | 'readKeyEntries'>;
  readonly deadLetters: DeadLetters;
  /** Whether the same work may succeed later. */
  readonly isTransient: (error: unknown) => boolean;
  readonly logger: Logger;
  readonly metrics: EngineMetrics;
}

/** Moves one read model in one partition: its rows, its checkpoint and its parked keys. */
export interface ModelWriter {
  /** The projection in the version that is live. */
  readonly fold: Projection;
  readonly checkpoint: Position;
  /** Keys whose events are held back. */
  readonly parked: ReadonlyMap<string, ParkedKey>;
  useVersion(fold: Projection): void;
  /** From now on only events of the current branch of the log are applied. */
  useBranch(): void;
  /** The next event is the one behind this position. */
  continueFrom(checkpoint: Position): void;
  readParked(): Promise<void>;
  /** Applies the events, in order; parks the key of an event that the store refuses. */
  apply(batch: readonly LogEntry[]): Promise<void>;
  /** Applies the events of a parked key up to the checkpoint. @returns the key where it is still parked */
  resume(key: ParkedKey): Promise<ParkedKey | null>;
}

export function createModelWriter(options: ModelWriterOptions): ModelWriter {
  const { projection, partition, projections, events, deadLetters, isTransient, logger, metrics } = options;
  let fold = projection;
  let handled = new Set<string>(fold.handles);
  let checkpoint = position(0);
  /** The branch of the checkpoint, and of the events that are applied after it. */
  let branch = events.epochs.current(partition);
  let parked: ReadonlyMap<string, ParkedKey> = new Map();
  const isTheirs = (error: unknown): boolean => !(error instanceof FencedError) && !isTransient(error);

  const readParked = async (): Promise<void> => {
    parked = new Map((await projections.parked(fold, partition)).map((each) => [each.key, each]));
  };

  const superseded = (): FencedError =>
    new FencedError(
      `${projection.name} in partition ${partition} does not stand at ${checkpoint} with the same ` +
        'parked keys any more, or the log is another one',
    );

  /** Events read before a fork may be lost: they are neither retried nor resumed. */
  const requireBranch = (): void => {
    if (events.epochs.current(partition) !== branch) throw superseded();
  };

  const apply = async ({ to, events: relevant, parking }: Step): Promise<void> => {
    requireBranch();
    const outcome = await projections.apply(fold, partition, checkpoint, to, relevant, parking ?? undefined);
    if (outcome === 'superseded') throw superseded();
    checkpoint = to;
    metrics.eventsProjected.inc({ projection: projection.name }, relevant.length);
    if (!parking || parking.park.length === 0) return;
    parked = new Map([...parked, ...parking.park.map((each) => [each.key, each] as const)]);
    for (const { key, position: at, reason } of parking.park) {
      logger.warn(
        { projection: projection.name, partition, key, position: at, reason },
        'a read model cannot apply an event: its key is parked, all others continue',
      );
    }
  };

  const deadLetter = async (event: RecordedEvent, error: unknown) => {
    const letter = deadLetterOf(projection, event, error);
    return { ...(await deadLetters.add(letter)), reason: letter.reason };
  };

  /** An event that the store refuses parks its own key: the rest of the batch continues after it. */
  const applyIsolating = async (batch: readonly LogEntry[]): Promise<void> => {
    for (let rest = batch; rest.length > 0;) {
      const { refused } = await isolate(rest, {
        async handle(items) {
          await apply(planStep(events.catalog, items, handled, parked));
          return items.length;
        },
        isTheirs,
      });
      if (!refused) return;
      const { item, error } = refused;
      const [event] = planStep(events.catalog, [item], handled, parked).events;
      // No event failed but the move of the checkpoint.
      if (!event) throw error;
      const { id: letter, dropped, reason } = await deadLetter(event, error);
      const park: ParkedKey[] = dropped
        ? []
        : [{ key: event.key, position: event.position, letter, reason, since: new Date() }];
      await apply({ to: event.position, events: [], parking: dropped ? null : { held: [], park } });
      rest = rest.filter((entry) => entry.position > event.position);
    }
  };

  const resumeParkedKey = async (key: ParkedKey): Promise<ParkedKey | null> => {
    const left = await resumeKey(key, {
      partition,
      handled,
      events,
      upTo: checkpoint,
      isTheirs,
      deadLetter,
      async release(from, applied, next) {
        requireBranch();
        const outcome = await projections.release(fold, partition, checkpoint, { parked: from, events: applied, next });
        if (outcome === 'superseded') throw superseded();
        const others = new Map(parked);
        if (next) others.set(next.key, next);
        else others.delete(from.key);
        parked = others;
        metrics.eventsProjected.inc({ projection: projection.name }, applied.length);
      },
    });
    const place = { projection: projection.name, partition, key: key.key };
    if (left)
      logger.warn(
        { ...place, position: left.position, reason: left.reason },
        'a parked key was retried, and is still parked',
      );
    else logger.info(place, 'a parked key was resumed; the read model has all of its events');
    return left;
  };

  return {
    get fold() {
      return fold;
    },
    get checkpoint() {
      return checkpoint;
    },
    get parked() {
      return parked;
    },
    useVersion(version) {
      fold = version;
      handled = new Set(version.handles);
    },
    useBranch() {
      branch = events.epochs.current(partition);
    },
    continueFrom(at) {
      checkpoint = at;
    },
    readParked,
    apply: applyIsolating,
    resume: resumeParkedKey,
  };
}
