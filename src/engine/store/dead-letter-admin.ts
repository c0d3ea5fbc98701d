import type { DeadLetterState } from './dead-letters.js';

export interface DeadLetterRecord {
  readonly id: number;
  readonly source: string;
  readonly partition: number;
  readonly place: number;
  readonly key: string | null;
  readonly stream: string | null;
  readonly recordedAt: Date | null;
  readonly reason: string;
  readonly payload: string;
  readonly at: Date;
  readonly state: DeadLetterState;
  readonly requestedAt: Date | null;
  readonly triedAt: Date | null;
  readonly tries: number;
  readonly closedAt: Date | null;
}

export interface DeadLetterFilter {
  readonly source?: string | undefined;
  /** With the applied and dropped ones. */
  readonly closed: boolean;
}

export interface DeadLetterPage extends DeadLetterFilter {
  /** Only letters after this one. */
  readonly after?: number | undefined;
  readonly limit?: number | undefined;
}

/** The events of these types that wait behind a letter. */
export interface WaitsBehind {
  readonly letter: Pick<DeadLetterRecord, 'partition' | 'key' | 'place'>;
  readonly types: readonly string[];
}

/** The operator's side of the dead-letter store. */
export interface DeadLetterAdmin {
  /** Oldest first. */
  list(page: DeadLetterPage): Promise<readonly DeadLetterRecord[]>;
  count(filter: DeadLetterFilter): Promise<number>;
  find(id: number): Promise<DeadLetterRecord | null>;
  /** In the order of their ids; those that do not exist are left out. */
  findAll(ids: readonly number[]): Promise<readonly DeadLetterRecord[]>;
  /** Asks the owner of the partition for a retry. @returns whether the letter is waiting and so can be retried */
  request(id: number): Promise<boolean>;
  /** The same for many. @returns how many of them are waiting */
  requestAll(ids: readonly number[]): Promise<number>;
  /**
   * Drops it. `answered`: a worker has to continue behind it, and confirms by clearing the request.
   * @returns whether the letter was waiting
   */
  drop(id: number, options: { readonly answered: boolean }): Promise<boolean>;
  /** The same for many. @returns how many of them were waiting */
  dropAll(ids: readonly number[], options: { readonly answered: boolean }): Promise<number>;
  /**
   * Counts for each letter the events with the same key that come after its place in its partition. One statement;
   * in the order of `letters`.
   */
  behind(letters: readonly WaitsBehind[]): Promise<readonly number[]>;
}
