import type { Partition } from '../domain/ids.js';
import type { DeadLetter } from './event-store.js';

/** `waiting`: to be examined. `applied`: handled after all. `dropped`: given up by an operator. */
export type DeadLetterState = 'waiting' | 'applied' | 'dropped';

/** A letter that needs an action of a projector. */
export interface WaitingDeadLetter {
  readonly id: number;
  readonly source: string;
  readonly partition: Partition;
  readonly place: number;
  readonly state: DeadLetterState;
  /** An operator asks for a retry. */
  readonly requested: boolean;
}

/**
 * The store of records that could not be handled. It is in PostgreSQL, for the command-line tool; with Kafka, a topic
 * has a copy.
 */
export interface DeadLetters {
  /**
   * Stores an event that a read model cannot apply, once per place, and reports it; a letter that was applied before
   * waits again. The caller retries a throw: no event is passed before it is stored.
   * @returns its id, and whether an operator has dropped the event
   */
  add(letter: DeadLetter): Promise<{ readonly id: number; readonly dropped: boolean }>;
  /** Reports letters that a commit has stored: log, metric and topic. Never throws: the store has them. */
  report(letters: readonly DeadLetter[]): Promise<void>;
  /** Letters of these sources that are waiting or have a request. One query for all sources. */
  open(sources: readonly string[]): Promise<readonly WaitingDeadLetter[]>;
  /** Of these, the ones that neither wait nor have a request. */
  states(ids: readonly number[]): Promise<ReadonlyMap<number, DeadLetterState>>;
  /** A retry has failed: answers the request, with the new reason. */
  failedAgain(id: number, reason: string): Promise<void>;
  /** They are handled: answers their requests. Dropped letters stay dropped. */
  close(ids: readonly number[]): Promise<void>;
  /** They wait again: the read model does not contain the event. */
  reopen(ids: readonly number[]): Promise<void>;
  /** Number of waiting letters by source. */
  waiting(): Promise<ReadonlyMap<string, number>>;
}
