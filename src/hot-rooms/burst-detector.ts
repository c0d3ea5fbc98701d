import { LRUCache } from 'lru-cache';
import type { RoomId } from '../events/ids.js';

/**
 * Detects bursts of fetches in a room, from this process's own fetches: at once, long before the servers agree on it.
 */
export interface BurstDetector {
  /** Counts a fetch. @returns whether the room has a burst */
  joins(roomId: RoomId): boolean;
}

interface Window {
  readonly begun: number;
  readonly wasBurst: boolean;
  count: number;
}

const MAX_ROOMS = 10_000;

/** A burst is more than `from` fetches within `windowMs`, and lasts until a window has passed without one. */
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
