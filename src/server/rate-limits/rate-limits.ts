import type { UserId } from '../../engine/domain/ids.js';

export type RateLimitDecision =
  | { readonly granted: true }
  /** `retryAfterMs`: when it is worth asking again. Everyone who is told the same adds a spread of their own. */
  | { readonly granted: false; readonly retryAfterMs: number };

/**
 * Pages of a hot room that are not the newest: so many a second over all servers, fair between users. Nobody gets a
 * second page while somebody who has asked waits for a first.
 */
export interface RoomBuckets {
  /** Never rejects: where the servers cannot agree, each has a bucket of its own. */
  take(roomId: string, userId: UserId, page: string): Promise<RateLimitDecision>;
  /**
   * Takes a token for a page that is going to be read: the next `take` for that page within some seconds gets it,
   * whoever reads it.
   */
  reserve(roomId: string, userId: UserId, page: string): Promise<RateLimitDecision>;
  /** Whether this server has a token for the page. */
  isReserved(page: string): boolean;
}

/** How often one may do something: a user, an address. */
export interface RateLimit {
  /** Never rejects: where the servers cannot agree, each counts by itself. */
  take(who: string): Promise<RateLimitDecision>;
}
