import type { RateLimitDecision } from '../../server/rate-limits/rate-limits.js';

/**
 * Callers who want the same page ask for a token one after the other, until one of them gets it: then the page is free
 * for the others, who are granted it as well.
 */
export function createTurns() {
  const asking = new Map<string, Promise<unknown>>();
  return async (
    page: string,
    isFree: () => boolean,
    take: () => Promise<RateLimitDecision>,
  ): Promise<RateLimitDecision> => {
    while (!isFree()) {
      const other = asking.get(page);
      if (other) {
        await other;
        continue;
      }
      const own = take();
      asking.set(page, own);
      try {
        return await own;
      } finally {
        asking.delete(page);
      }
    }
    return { granted: true };
  };
}
