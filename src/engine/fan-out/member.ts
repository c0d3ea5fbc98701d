import type { Position } from '../domain/ids.js';
import type { End, Subscriber } from './subscriber.js';

/** One subscription of a group. */
export interface Member {
  readonly subscriber: Subscriber;
  /**
   * Everything up to here was written to it. Of a live member: as of turning live, since what follows goes to all live
   * members alike.
   */
  position: Position;
  /** As of `position`, for a reader of the history: a user who left may have come back later. */
  outside: boolean;
  /** Aborted once the subscription has ended. */
  readonly over: AbortSignal;
  end(end: End): void;
}
