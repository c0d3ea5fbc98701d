import type { RoomId } from '../events/ids.js';

/** A hot room by its counts alone, without overrides. Times are milliseconds since 1970 by the store's clock. */
export interface RuledRoom {
  /** It cools at the end of the first second below the exit threshold that does not end before this time. */
  readonly until: number;
  readonly paceMs: number;
}

export interface HotRoom {
  readonly roomId: RoomId;
  readonly fetchesPerSecond: number;
  readonly paceMs: number;
  /** The latest time of the next decision, or the end of its override. */
  readonly until: number;
  readonly by: 'counts' | 'override';
}

/** An operator's setting for a room, which outweighs the counts. */
export interface HeatOverride {
  readonly roomId: RoomId;
  readonly state: 'HOT' | 'NORMAL';
  readonly until: number;
}

export interface HeatDecision {
  readonly ruled: ReadonlyMap<RoomId, RuledRoom>;
  /** `ruled` with the overrides applied: the rooms that are hot. */
  readonly hot: ReadonlyMap<RoomId, HotRoom>;
  /** Fetches in the last decided second. A leader's own: without rooms that had few and are not hot. */
  readonly counts: ReadonlyMap<RoomId, number>;
  readonly overrides: readonly HeatOverride[];
}

/** The decision that holds for all servers. Ordered by `token`, then by `revision`. */
export interface SharedHeat {
  /** The deciding leader's: a later leader has a higher one. */
  readonly token: number;
  readonly revision: number;
  /** The last decided second, counted since 1970. It advances once a second while there is a leader. */
  readonly second: number;
  readonly decision: HeatDecision;
}

export interface HeatView {
  /** The store's clock, in milliseconds since 1970. All servers count by it. */
  readonly nowMs: number;
  /** Null: the store has none (there was no leader yet, or the store was emptied). */
  readonly shared: SharedHeat | null;
}

export interface HeatDecisions {
  /** Called with decisions as they are published. A notification: it may be lost, or come late. @returns unsubscribe */
  onDecision(listener: (shared: SharedHeat) => void): () => void;
}

/** The reports of an api process. Every method rejects at once while the store is away; nothing is retried. */
export interface HeatReports extends HeatDecisions {
  isAway(): boolean;
  /**
   * Adds to the counts of a second over all servers. Called up to four times a second; one round trip.
   * @param counts fetches since the report before; read before the call returns
   * @param closes whether this was the server's last report of that second
   */
  report(second: number, counts: Iterable<readonly [RoomId, number]>, closes: boolean): Promise<HeatView>;
}

export interface HeatLead extends HeatView {
  /** The fencing token of the leader; 0: another process leads. */
  readonly token: number;
  /** Overrides that have not ended. Empty for a process that does not lead. */
  readonly overrides: readonly HeatOverride[];
}

/** The calls of processes that may lead. Methods reject as those of `HeatReports`. */
export interface HeatLeadership extends HeatDecisions {
  /**
   * Takes the lead where it is free, or keeps it for another `leaseMs`. Called a few times a second.
   * @param token the token that the caller holds; 0: none
   */
  lead(token: number, leaseMs: number): Promise<HeatLead>;
  /**
   * The counts of some seconds over all servers, of rooms with at least `floor` fetches and of `rooms`; rooms without a
   * fetch are left out. Null for a second that no server has closed: its fetches are not known.
   */
  counted(
    seconds: readonly number[],
    floor: number,
    rooms: Iterable<RoomId>,
  ): Promise<readonly (ReadonlyMap<RoomId, number> | null)[]>;
  /** Stores and publishes a decision. @returns false: the token does not lead any more, and nothing was stored */
  publish(token: number, second: number, decision: HeatDecision): Promise<boolean>;
  /**
   * Puts overrides back into a store that was emptied; overrides set since then stay. Does nothing where the token does
   * not lead any more.
   */
  restoreOverrides(token: number, overrides: readonly HeatOverride[]): Promise<void>;
  /** Gives the lead up, so that another process leads at once. */
  resign(token: number): Promise<void>;
}

/** For operators. An override takes effect through the leader, within a second. */
export interface HeatOverrides {
  /** The decision that holds for all servers, from one round trip. */
  view(): Promise<HeatView>;
  /** The room is hot (or normal) until then, with any counts. Replaces the room's override. */
  set(override: HeatOverride): Promise<void>;
  /** @returns whether there was one */
  clear(roomId: RoomId): Promise<boolean>;
  /** Overrides that have not ended. */
  list(): Promise<readonly HeatOverride[]>;
}
