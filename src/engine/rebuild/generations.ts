import type { Partition, Position } from '../domain/ids.js';

/**
 * `next` is built, `kept` was live before the last swap, `check` is folded to be compared with the live one, `dropped`
 * waits to be deleted.
 */
export type GenerationRole = 'next' | 'kept' | 'check' | 'dropped';

/** What is known of a generation that is not the live one. Survives a crash of whoever works on it. */
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
  /** Since somebody said how far it is, by the clock of the database. */
  readonly quietSeconds: number;
}

export interface GenerationProgress {
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  readonly perSecond: number;
}

/** Somebody else works on generations of this read model. */
export class ReadModelLockedError extends Error {
  readonly code = 'READ_MODEL_LOCKED';
}

/** The generations of all read models, whatever store holds them. */
export interface Generations {
  /**
   * Whether an operator has dropped the dead letter of an event: the read model does without it where it cannot fold
   * it.
   */
  isDropped(name: string, partition: Partition, place: Position): Promise<boolean>;
  /**
   * Where the events stand that the read model could not fold so far: their dead letters wait, or were dropped. Index =
   * partition.
   */
  unfolded(name: string, partitions: number): Promise<readonly ReadonlySet<Position>[]>;
  /** All that are known, of one read model or of all. */
  list(name?: string): Promise<readonly GenerationRecord[]>;
  /**
   * Writes down a generation before it is made. Takes the place of one in the same role, which is to be dropped from
   * then on.
   */
  add(name: string, version: number, role: GenerationRole, space: string): Promise<void>;
  saveProgress(space: string, progress: GenerationProgress): Promise<void>;
  forget(space: string): Promise<void>;
  /**
   * Runs `work` while nobody else, in any process, works on generations of these read models. `signal` is aborted where
   * that can no longer be promised: the connection that holds the locks is gone.
   * @throws {ReadModelLockedError} at once where somebody else does, with who
   */
  exclusively<T>(names: readonly string[], work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}
