import type { Identity } from '../identity/identity.js';

/** As a client sends it. */
export interface FetchOperation {
  readonly query: string;
  readonly operationName: string | null | undefined;
  readonly variables: Readonly<Record<string, unknown>> | null | undefined;
}

export interface SharedAnswer {
  /**
   * What it takes to keep it, in bytes, where that is worth while because a crowd sends the very same operation; null
   * where it is not.
   */
  readonly bytes: number | null;
  /**
   * The whole answer as JSON, or how the operation is to be executed by itself. `in turn`: many ask for pages of that
   * room now. `now`: few do.
   * @param crowded whether many ask this server for anything
   */
  of(viewer: Identity | null, inBurst: boolean): Promise<Buffer | 'in turn' | 'now'>;
}

/** Answers that many clients get alike. */
export interface SharedAnswers {
  /** How an operation is answered, which depends on nothing else; null for one that has no shared answer. */
  answerTo(operation: FetchOperation): SharedAnswer | null;
  /** Whether crowds in rooms that are not known to be hot are answered together, too. */
  readonly inBursts: boolean;
  /**
   * Whether there are any now, also where this process is not crowded; while there are none, operations are executed at
   * once.
   */
  wanted(): boolean;
}
