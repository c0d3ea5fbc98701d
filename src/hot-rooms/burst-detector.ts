import { LRUCache } from 'lru-cache';
import type { RoomId } from '../events/ids.js';

/**
 * In which rooms there are crowds right now, by the fetches of this process: known at once, long before the servers
 * agree on it.
 */
export interface BurstDetector {
  /** Counts one who comes. @returns whether there is a crowd */
  joins(roomId: RoomId): boolean;
}

interface Window {
  readonly begun: number;
  readonly wasBurst: boolean;
  count: number;
}

const MAX_ROOMS = 10_000;

/** A crowd is more than `from` within `windowMs`, and lasts until a window has passed without one. */
export function createBurstDetector(
  from: number,
  windowMs: number,
  now: () => number = () => performance.now(),
): BurstDetector {
  const windows = new LRUCache<RoomId, Window>({ max: MAX_ROOMS });
  return {
    joins(roomId) {
      const at = now();
      let window = windows.get(roomId);
      if (!window || at >= window.begun + windowMs) {
        const isNext = window !== undefined && at < window.begun + 2 * windowMs;
        window = { begun: at, wasBurst: isNext && window!.count > from, count: 0 };
        windows.set(roomId, window);
      }
      window.count++;
      return window.wasBurst || window.count > from;
    },
  };
}
