import type { RoomId } from '../events/ids.js';
import type { HeatDecision, HeatOverride, HotRoom, RuledRoom } from './heat-store.js';
import type { HeatThresholds } from './heat.js';
import { nextPace, paceFor } from './pace.js';

/** How long a hot room has to stay below the exit threshold without a break to cool. */
export const DWELL_MS = 3_000;

/** An older decision holds no more: a leader that fails is replaced sooner. */
const STALE_MS = 5_000;

export const NOTHING_HOT: HeatDecision = { ruled: new Map(), hot: new Map(), counts: new Map(), overrides: [] };

export interface HeatInput {
  /** The second that is decided, counted since 1970. Each is decided once, in order. */
  readonly second: number;
  /** The fetches in it. Null: only the overrides are applied again. */
  readonly counts: ReadonlyMap<RoomId, number> | null;
  /** Milliseconds since 1970, to find the overrides that have ended. */
  readonly now: number;
  readonly overrides: readonly HeatOverride[];
}

export interface HeatChange {
  readonly roomId: RoomId;
  readonly state: 'NORMAL' | 'HOT';
  readonly fetchesPerSecond: number;
  /** 0 where it cools. */
  readonly paceMs: number;
  readonly by: HotRoom['by'];
}

/**
 * NORMAL ── a second above enter ──► HOT ── three seconds in a row below exit ──► NORMAL
 *
 * Counts move a room through these states also while an override hides them, so that the room is in the right state
 * when the override ends.
 */
export function decide(
  before: HeatDecision,
  input: HeatInput,
  thresholds: HeatThresholds,
): { readonly decision: HeatDecision; readonly changes: readonly HeatChange[] } {
  const counts = input.counts ?? before.counts;
  const ruled = input.counts ? rule(before.ruled, input.counts, endOf(input.second), thresholds) : before.ruled;
  const overrides = input.overrides.filter(({ until }) => until > input.now);
  const hot = new Map<RoomId, HotRoom>();
  for (const [roomId, { until, paceMs }] of ruled)
    hot.set(roomId, { roomId, fetchesPerSecond: counts.get(roomId) ?? 0, paceMs, until, by: 'counts' });
  for (const { roomId, state, until } of overrides) {
    const fetchesPerSecond = counts.get(roomId) ?? 0;
    const paceMs = ruled.get(roomId)?.paceMs ?? paceFor(fetchesPerSecond, thresholds.enter);
    if (state === 'HOT') hot.set(roomId, { roomId, fetchesPerSecond, paceMs, until, by: 'override' });
    else hot.delete(roomId);
  }
  const decision = { ruled, hot, counts, overrides };
  return { decision, changes: changesBetween(before, decision) };
}

function rule(
  before: ReadonlyMap<RoomId, RuledRoom>,
  counts: ReadonlyMap<RoomId, number>,
  at: number,
  { enter, exit }: HeatThresholds,
): Map<RoomId, RuledRoom> {
  const ruled = new Map<RoomId, RuledRoom>();
  for (const [roomId, count] of counts) {
    const known = before.get(roomId);
    if (count > enter || (known && count >= exit))
      ruled.set(roomId, { until: at + DWELL_MS, paceMs: nextPace(known?.paceMs ?? null, paceFor(count, enter)) });
  }
  for (const [roomId, { until, paceMs }] of before) {
    if (!ruled.has(roomId) && at < until)
      ruled.set(roomId, { until, paceMs: nextPace(paceMs, paceFor(counts.get(roomId) ?? 0, enter)) });
  }
  return ruled;
}

function changesBetween(before: HeatDecision, after: HeatDecision): HeatChange[] {
  const overridden = new Set([...before.overrides, ...after.overrides].map(({ roomId }) => roomId));
  const by = (roomId: RoomId): HeatChange['by'] => (overridden.has(roomId) ? 'override' : 'counts');
  const turned = [...after.hot.values()].filter(({ roomId }) => !before.hot.has(roomId));
  const cooled = [...before.hot.keys()].filter((roomId) => !after.hot.has(roomId));
  return [
    ...turned.map(({ roomId, fetchesPerSecond, paceMs }) => ({
      roomId,
      state: 'HOT' as const,
      fetchesPerSecond,
      paceMs,
      by: by(roomId),
    })),
    ...cooled.map((roomId) => ({
      roomId,
      state: 'NORMAL' as const,
      fetchesPerSecond: after.counts.get(roomId) ?? 0,
      paceMs: 0,
      by: by(roomId),
    })),
  ];
}

const endOf = (second: number): number => (second + 1) * 1_000;

/** Whether a decision up to this second still holds. */
export const holds = (second: number, now: number): boolean => now - endOf(second) < STALE_MS;
