import type { RoomId, UserId } from '../../events/ids.js';

export type Admission =
  | { readonly granted: true }
  /** `retryAfterMs`: when it is worth asking again. Everyone who is told the same adds a spread of their own. */
  | { readonly granted: false; readonly retryAfterMs: number };

/**
 * Pages of a hot room that are not the newest: so many a second over all servers, fair between users. Nobody gets a second page while
 * somebody who has asked waits for a first.
 */
export interface RoomBuckets {
  /** Never rejects: where the servers cannot agree, each has a bucket of its own. */
  take(roomId: RoomId, userId: UserId): Promise<Admission>;
  /** What `take` is going to say, where that is known to be no without asking, in milliseconds until it is worth asking again; null where it is not. */
  refusal(roomId: RoomId, userId: UserId): number | null;
}

/** Messages that one user may send, over all servers. */
export interface SendLimit {
  /** Never rejects: where the servers cannot agree, each counts by itself. */
  take(userId: UserId): Promise<Admission>;
}
