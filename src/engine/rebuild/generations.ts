import type { Partition, Position } from '../domain/ids.js';

/**
 * `next` is being built, `kept` was live before the last swap, `check` is folded for a comparison with the live one,
 * `dropped` is to be deleted.
 */
export type GenerationRole = 'next' | 'kept' | 'check' | 'dropped';

/** A generation that is not the live one. Survives a crash of its worker. */
export interface GenerationRecord {
  readonly name: string;
  readonly version: number;
  readonly role: GenerationRole;
  readonly space: string;
  readonly phase: string;
  /** Who works on it, or did last. */
  readonly runner: string;
  readonly done: number;
  readonly total: number;
  readonly perSecond: number;
  readonly startedAt: Date;
  /** Seconds since the progress was last saved, by the clock of the database. */
  readonly idleSeconds: number;
}

export interface GenerationProgress {
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  readonly perSecond: number;
}

/** Another process works on generations of this read model. */
export class ReadModelLockedError extends Error {
  readonly code = 'READ_MODEL_LOCKED';
}

/** The generations of all read models, in all stores. */
export interface Generations {
  /** Whether an operator has dropped the dead letter of an event: the read model leaves it out if it cannot fold it. */
  isDropped(name: string, partition: Partition, place: Position): Promise<boolean>;
  /**
   * The positions of events that the read model could not fold so far: their dead letters are waiting or dropped. Index
   * = partition.
   */
  unfolded(name: string, partitions: number): Promise<readonly ReadonlySet<Position>[]>;
  /** All of one read model, or of all. */
  list(name?: string): Promise<readonly GenerationRecord[]>;
  /** Registers a generation before it is created. It replaces one in the same role, which is then to be dropped. */
  add(name: string, version: number, role: GenerationRole, space: string): Promise<void>;
  saveProgress(space: string, progress: GenerationProgress): Promise<void>;
  forget(space: string): Promise<void>;
  /**
   * Runs `work` while no other process works on generations of these read models. `signal` is aborted when that is no
   * longer certain: the connection with the locks is gone.
   * @throws {ReadModelLockedError} at once if another process does, with its name
   */
  exclusively<T>(names: readonly string[], work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}
