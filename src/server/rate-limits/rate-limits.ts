import type { UserId } from '../../engine/domain/ids.js';

export type RateLimitDecision =
  | { readonly granted: true }
  /** `retryAfterMs`: when to try again. Each client adds a random delay of its own. */
  | { readonly granted: false; readonly retryAfterMs: number };

/**
 * Older pages of a hot room: a rate over all servers, fair between users. A user gets no second page while another
 * waits for a first.
 */
export interface RoomBuckets {
  /** Never rejects: without Redis each server has a bucket of its own. */
  take(roomId: string, userId: UserId, page: string): Promise<RateLimitDecision>;
  /**
   * Takes a token for a page that is about to be read: the next `take` for that page within some seconds gets it, by
   * any user.
   */
  reserve(roomId: string, userId: UserId, page: string): Promise<RateLimitDecision>;
  /** Whether this server has a token for the page. */
  isReserved(page: string): boolean;
}

/** A rate limit per key: a user, an address. */
export interface RateLimit {
  /** Never rejects: without Redis each server counts by itself. */
  take(who: string): Promise<RateLimitDecision>;
}
