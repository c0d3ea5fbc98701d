import { LRUCache } from 'lru-cache';
import type { Partition, Position, UserId } from '../events/ids.js';
import { CLOCK_MS } from '../platform/clock.js';
import type { SessionPositions } from './command-gateway.js';

/** Reading one's own writes through the same server needs no `atLeast`: the server remembers where each of its users last wrote. */
export function createSessionPositions(maxUsers: number, rememberMs: number): SessionPositions {
  const users = new LRUCache<UserId, Map<Partition, Position>>({ max: maxUsers, ttl: rememberMs, ttlResolution: CLOCK_MS });
  return {
    wrote(userId, { partition, position }) {
      const known = users.get(userId) ?? new Map<Partition, Position>();
      if (position > (known.get(partition) ?? 0)) known.set(partition, position);
      users.set(userId, known);
    },
    of(userId) {
      const known = users.get(userId);
      return known ? [...known].map(([partition, position]) => ({ partition, position })) : [];
    },
  };
}
