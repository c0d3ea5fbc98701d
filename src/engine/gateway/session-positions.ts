import { LRUCache } from 'lru-cache';
import type { LogPosition, UserId } from '../domain/ids.js';
import { CLOCK_MS } from '../runtime/clock.js';
import type { SessionPositions } from './command-gateway.js';

const NOWHERE: readonly LogPosition[] = [];

/**
 * Reading one's own writes through the same server needs no `atLeast`: the server remembers the last write of each of
 * its users.
 */
export function createSessionPositions(maxUsers: number, rememberMs: number): SessionPositions {
  const users = new LRUCache<UserId, readonly LogPosition[]>({
    max: maxUsers,
    ttl: rememberMs,
    ttlResolution: CLOCK_MS,
  });
  return {
    forked(partition, after) {
      for (const [userId, written] of users.entries()) {
        if (written.some((at) => at.partition === partition && at.position > after))
          users.set(
            userId,
            written.filter((at) => at.partition !== partition),
          );
      }
    },
    wrote(userId, { partition, position }) {
      const known = users.get(userId) ?? NOWHERE;
      const isFurthest = !known.some((at) => at.partition === partition && at.position >= position);
      users.set(
        userId,
        isFurthest ? [...known.filter((at) => at.partition !== partition), { partition, position }] : known,
      );
    },
    // Called for every fetch.
    of: (userId) => users.get(userId) ?? NOWHERE,
  };
}
