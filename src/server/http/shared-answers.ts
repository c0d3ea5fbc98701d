import type { Identity } from '../identity/identity.js';

/** A client's operation. */
export interface FetchOperation {
  readonly query: string;
  readonly operationName: string | null | undefined;
  readonly variables: Readonly<Record<string, unknown>> | null | undefined;
}

export interface SharedAnswer {
  /**
   * The memory for keeping it, in bytes, if it is worth keeping since a burst repeats the same operation; else null.
   */
  readonly bytes: number | null;
  /**
   * The whole answer as JSON, or how to execute the operation by itself. `in turn`: many clients request pages of that
   * room now. `now`: few do.
   * @param inBurst whether this server has many requests of any kind
   */
  of(viewer: Identity | null, inBurst: boolean): Promise<Buffer | 'in turn' | 'now'>;
}

/** Answers that are equal for many clients. */
export interface SharedAnswers {
  /** The shared answer to an operation; null for an operation without one. */
  answerTo(operation: FetchOperation): SharedAnswer | null;
  /** Whether bursts in rooms that are not known to be hot share answers, too. */
  readonly inBursts: boolean;
  /** Whether shared answers are in use now, also without a burst; otherwise operations are executed at once. */
  wanted(): boolean;
}
