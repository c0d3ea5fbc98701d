import type { RoomId } from '../events/ids.js';

/** The shares that each process has in the occupancy of rooms, where all of them see it. */
export interface OccupancyStore {
  /**
   * Asks all processes for their shares of these rooms, for a while.
   * @returns the rooms that any process asks about, with the milliseconds for which their shares have been asked for
   * @throws the store is away
   */
  ask(rooms: readonly RoomId[]): Promise<ReadonlyMap<RoomId, number>>;
  /**
   * Stores this process's shares. Each expires by itself, so that a process that dies takes its own along.
   * @returns the sum of all shares of each room
   * @throws the store is away
   */
  report(shares: ReadonlyMap<RoomId, Share>): Promise<ReadonlyMap<RoomId, number>>;
}

export interface Share {
  readonly count: number;
  readonly keepMs: number;
}

/**
 * The number of users connected to a room: those with a subscription to it, summed over all api processes. A user with
 * several connections to one process counts once, and at two processes twice. It is sampled, and in no log.
 */
export interface Occupancy {
  /** As last sampled, and asks for it, for a while. Null: not known yet, or the store is away. */
  of(room: RoomId): number | null;
  /** Pushes each change, and the present number once. @returns ends it */
  watch(room: RoomId): () => void;
  stop(): Promise<void>;
}
