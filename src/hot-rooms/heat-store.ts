import type { RoomId } from '../events/ids.js';

/**
 * What counts alone say of a room that is hot, whatever an override makes of it. Times are milliseconds since 1970 by
 * the store's clock.
 */
export interface RuledRoom {
  /** It cools at the end of the first second below the exit threshold that does not end before this. */
  readonly until: number;
  readonly paceMs: number;
}

export interface HotRoom {
  readonly roomId: RoomId;
  readonly fetchesPerSecond: number;
  readonly paceMs: number;
  /** When it is decided anew at the latest, or when its override ends. */
  readonly until: number;
  readonly by: 'counts' | 'override';
}

/** What an operator wants of a room, whatever the counts say. */
export interface HeatOverride {
  readonly roomId: RoomId;
  readonly state: 'HOT' | 'NORMAL';
  readonly until: number;
}

export interface HeatDecision {
  readonly ruled: ReadonlyMap<RoomId, RuledRoom>;
  /** `ruled` with the overrides applied: the rooms that are hot. */
  readonly hot: ReadonlyMap<RoomId, HotRoom>;
  /** Fetches in the last second that was decided. Of a leader: without rooms that had few and are not hot. */
  readonly counts: ReadonlyMap<RoomId, number>;
  readonly overrides: readonly HeatOverride[];
}

/** The decision that holds for all servers. Ordered by `token`, then by `revision`. */
export interface SharedHeat {
  /** Of the leader who decided: later leaders have higher ones. */
  readonly token: number;
  readonly revision: number;
  /** The last second that was decided, counted since 1970. It moves once a second for as long as somebody leads. */
  readonly second: number;
  readonly decision: HeatDecision;
}

export interface HeatView {
  /** The store's clock, in milliseconds since 1970. All servers count by it. */
  readonly nowMs: number;
  /** Null: the store holds none (nobody has led yet, or it was emptied). */
  readonly shared: SharedHeat | null;
}

export interface HeatDecisions {
  /**
   * Called with decisions as they are published. A hint: they may be lost, or come late. @returns how to stop hearing
   */
  onDecision(listener: (shared: SharedHeat) => void): () => void;
}

/**
 * What an api process tells and hears. Every method rejects at once while the store is away; nothing is tried again.
 */
export interface HeatReports extends HeatDecisions {
  isAway(): boolean;
  /**
   * Adds to the counts of a second over all servers. Called up to four times a second; one round trip.
   * @param counts fetches since the report before; read before the call returns
   * @param closes this server has nothing more to say of that second
   */
  report(second: number, counts: Iterable<readonly [RoomId, number]>, closes: boolean): Promise<HeatView>;
}

export interface HeatLead extends HeatView {
  /** Proves to the store who leads; 0: somebody else does. */
  readonly token: number;
  /** Those that have not ended. Empty for those who do not lead. */
  readonly overrides: readonly HeatOverride[];
}

/** What those who may lead ask. Methods reject as those of `HeatReports`. */
export interface HeatLeadership extends HeatDecisions {
  /**
   * Takes the lead where it is free, or keeps it for another `leaseMs`. Called a few times a second.
   * @param token that of the lead which the caller holds; 0: none
   */
  lead(token: number, leaseMs: number): Promise<HeatLead>;
  /**
   * The counts of some seconds over all servers, of rooms with at least `floor` fetches and of `rooms`; rooms without a
   * fetch are left out. Null for a second that no server has closed: what happened in it is not known.
   */
  counted(
    seconds: readonly number[],
    floor: number,
    rooms: Iterable<RoomId>,
  ): Promise<readonly (ReadonlyMap<RoomId, number> | null)[]>;
  /** Stores and publishes a decision. @returns false: the token does not lead any more, and nothing was stored */
  publish(token: number, second: number, decision: HeatDecision): Promise<boolean>;
  /**
   * Puts overrides back into a store that was emptied; what was set since stays. Does nothing where the token does not
   * lead any more.
   */
  restoreOverrides(token: number, overrides: readonly HeatOverride[]): Promise<void>;
  /** Lets another lead at once. */
  resign(token: number): Promise<void>;
}

/** For operators. An override takes effect through whoever leads, within a second. */
export interface HeatOverrides {
  /** What holds for all servers. Read alone; one round trip. */
  view(): Promise<HeatView>;
  /** The room is hot (or normal) until then, whatever the counts. Replaces the room's override. */
  set(override: HeatOverride): Promise<void>;
  /** @returns whether there was one */
  clear(roomId: RoomId): Promise<boolean>;
  /** Those that have not ended. */
  list(): Promise<readonly HeatOverride[]>;
}
