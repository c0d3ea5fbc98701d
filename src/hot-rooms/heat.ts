import type { RoomId } from '../events/ids.js';

/** What the servers agree on about one room. */
export interface RoomHeat {
  readonly roomId: RoomId;
  readonly state: 'NORMAL' | 'HOT';
  /**
   * Fetches in the last full second, over all servers. Over this one alone while they cannot agree, and for rooms that
   * are far from hot: the servers do not tell each other of less than a tenth of the exit threshold.
   */
  readonly fetchesPerSecond: number;
  /** How far apart one client should space its fetches, in milliseconds; 0 when NORMAL. */
  readonly paceMs: number;
  /** HOT: when it may be NORMAL again at the earliest, or when a manual override ends. NORMAL: null. */
  readonly until: Date | null;
}

/**
 * How hot each room is, as this process knows it: in memory, at most a second old. Counting a fetch and asking for heat
 * cost no round trip. While Redis is away, or nobody decides for all servers, each server decides on its own counts.
 */
export interface HotKeyDetector extends AsyncDisposable {
  /** A fetch of the room began. Called once a fetch; the room exists. */
  fetched(roomId: RoomId): void;
  of(roomId: RoomId): RoomHeat;
  /** The rooms that are hot. */
  all(): readonly RoomHeat[];
  /**
   * Called when a room turns hot or cools, once for each change. What it throws is logged. @returns how to stop hearing
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
