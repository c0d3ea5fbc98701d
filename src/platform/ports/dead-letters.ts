import type { DeadLetter } from './event-store.js';

/** Where records go that could not be handled. The store is in PostgreSQL, for the command-line tool; with Kafka, a topic has a copy. */
export interface DeadLetters {
  /** Stores them, once for each origin, and tells about them. A throw is retried by the caller: nothing is passed that is not stored. */
  bury(letters: readonly DeadLetter[]): Promise<void>;
  /** Tells about letters that a commit has stored already. Never throws: the store has them. */
  tell(letters: readonly DeadLetter[]): Promise<void>;
}
