import type { RoomId } from '../events/ids.js';

/** The state of one room that the servers agree on. */
export interface RoomHeat {
  readonly roomId: RoomId;
  readonly state: 'NORMAL' | 'HOT';
  /**
   * Fetches in the last full second, over all servers. Over this server alone while they cannot agree, and for rooms
   * far from hot: servers do not report less than a tenth of the exit threshold to each other.
   */
  readonly fetchesPerSecond: number;
  /** The interval that one client should keep between its fetches, in milliseconds; 0 when NORMAL. */
  readonly paceMs: number;
  /** HOT: the earliest time at which it may be NORMAL again, or the end of an override. NORMAL: null. */
  readonly until: Date | null;
}

/**
 * Hot-key detection: the state of each room as this process knows it, in memory, at most a second old. Counting a fetch
 * and reading a room's heat cost no round trip. While Redis is away, or there is no leader, each server decides on its
 * own counts.
 */
export interface HotKeyDetector extends AsyncDisposable {
  /** A fetch of the room began. Called once a fetch; the room exists. */
  fetched(roomId: RoomId): void;
  of(roomId: RoomId): RoomHeat;
  /** The rooms that are hot. */
  all(): readonly RoomHeat[];
  /**
   * Called when a room turns hot or cools, once for each change. Errors of the listener are logged. @returns
   * unsubscribe
   */
  onChange(listener: (heat: RoomHeat) => void): () => void;
  /** Idempotent. */
  stop(): Promise<void>;
}

/** Fetches a second in one room over all servers. */
export interface HeatThresholds {
  /** Above it a room turns hot. */
  readonly enter: number;
  /** Below it for `DWELL_MS` in a row a room cools. */
  readonly exit: number;
}
