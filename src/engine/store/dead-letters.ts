import type { Partition } from '../domain/ids.js';
import type { DeadLetter } from './event-store.js';

/** `waiting`: for somebody to look at it. `applied`: it was handled after all. `dropped`: given up, by an operator. */
export type DeadLetterState = 'waiting' | 'applied' | 'dropped';

/** A letter that a projector has something to do with. */
export interface WaitingDeadLetter {
  readonly id: number;
  readonly source: string;
  readonly partition: Partition;
  readonly place: number;
  readonly state: DeadLetterState;
  /** An operator asks for another try. */
  readonly requested: boolean;
}

/**
 * Where records go that could not be handled. The store is in PostgreSQL, for the command-line tool; with Kafka, a
 * topic has a copy.
 */
export interface DeadLetters {
  /**
   * Stores an event that a read model cannot apply, once for its place, and tells about it; one that was applied before
   * and cannot be now waits again. A throw is retried by the caller: nothing is passed that is not stored.
   * @returns its id, and whether an operator has given the event up
   */
  add(letter: DeadLetter): Promise<{ readonly id: number; readonly dropped: boolean }>;
  /** Tells about letters that a commit has stored already. Never throws: the store has them. */
  tell(letters: readonly DeadLetter[]): Promise<void>;
  /** Letters of these sources that wait, or that were asked for. One look for all of them. */
  open(sources: readonly string[]): Promise<readonly WaitingDeadLetter[]>;
  /** Which of these are neither waiting nor asked for. */
  states(ids: readonly number[]): Promise<ReadonlyMap<number, DeadLetterState>>;
  /** Another try has failed: the request is answered, and this is the reason now. */
  failedAgain(id: number, reason: string): Promise<void>;
  /** They are handled: whoever asked is answered. What was dropped stays dropped. */
  close(ids: readonly number[]): Promise<void>;
  /** They wait again: the store of the read model says that the event is not in it. */
  reopen(ids: readonly number[]): Promise<void>;
  /** Letters that wait, by source. */
  waiting(): Promise<ReadonlyMap<string, number>>;
}
