import type { RoomId } from '../events/ids.js';
import { NOTHING_HOT, holds } from '../hot-rooms/decide.js';
import type { HeatDecision, HeatOverride, HeatOverrides, HeatView } from '../hot-rooms/heat-store.js';
import type { ActionOutcome } from './operator-actions.js';
import type { RoomQueries } from '../projections/room/rooms/query.js';

/** The heat of one room, as counts or an operator decide it. */
export interface HeatOfRoom {
  readonly roomId: RoomId;
  readonly state: 'HOT' | 'NORMAL';
  readonly fetchesPerSecond: number;
  readonly paceMs: number;
  /** The latest time of the next decision, or the end of the override. */
  readonly until: Date | null;
  readonly by: 'counts' | 'override';
}

export interface HottestRooms {
  /** False: no process decides, so that each server uses its own counts. */
  readonly isDecided: boolean;
  /** `title`: null if the read model does not have the room. */
  readonly rooms: readonly (HeatOfRoom & { readonly title: string | null })[];
}

/**
 * Hot rooms first, then by their fetches. An override that is not decided yet is shown as it will be; an idle room
 * without one is left out.
 * @throws the error of a store that does not answer
 */
export async function hottestRooms(
  overrides: Pick<HeatOverrides, 'view' | 'list'>,
  queries: Pick<RoomQueries, 'byIds'>,
  limit: number,
): Promise<HottestRooms> {
  const [view, set] = await Promise.all([overrides.view(), overrides.list()]);
  const heatIn = heatOf(view, set);
  const { hot, counts } = decisionOf(view);
  const known = new Set<RoomId>([...hot.keys(), ...counts.keys(), ...set.map(({ roomId }) => roomId)]);
  const notable = [...known]
    .map(heatIn)
    .filter(({ state, by, fetchesPerSecond }) => state === 'HOT' || by === 'override' || fetchesPerSecond > 0);
  const hotFirst = ({ state, fetchesPerSecond }: HeatOfRoom): number => (state === 'HOT' ? 1e12 : 0) + fetchesPerSecond;
  const hottest = notable.sort((a, b) => hotFirst(b) - hotFirst(a)).slice(0, limit);
  const rooms = await queries.byIds(hottest.map(({ roomId }) => roomId));
  return {
    isDecided: view.shared !== null && holds(view.shared.second, view.nowMs),
    rooms: hottest.map((heat, index) => ({ ...heat, title: rooms[index]?.title ?? null })),
  };
}

/** The heat of these rooms, from one view of the store. @throws the error of a store that does not answer */
export async function heatOfRooms(
  overrides: Pick<HeatOverrides, 'view' | 'list'>,
): Promise<(roomId: RoomId) => HeatOfRoom> {
  const [view, set] = await Promise.all([overrides.view(), overrides.list()]);
  return heatOf(view, set);
}

const decisionOf = ({ shared }: HeatView): HeatDecision => shared?.decision ?? NOTHING_HOT;

function heatOf(view: HeatView, overrides: readonly HeatOverride[]): (roomId: RoomId) => HeatOfRoom {
  const set = new Map(overrides.map((override) => [override.roomId, override]));
  const { hot, counts } = decisionOf(view);
  return (roomId) => {
    const [decided, override] = [hot.get(roomId), set.get(roomId)];
    const until = override?.until ?? decided?.until;
    return {
      roomId,
      state: override?.state ?? (decided ? 'HOT' : 'NORMAL'),
      fetchesPerSecond: counts.get(roomId) ?? 0,
      paceMs: override?.state === 'NORMAL' ? 0 : (decided?.paceMs ?? 0),
      until: until === undefined ? null : new Date(until),
      by: override ? 'override' : 'counts',
    };
  };
}

/** What is recorded of an override. */
export const overrideSet = (state: HeatOverride['state'], until: Date): ActionOutcome => ({
  result: {
    text: `${state === 'HOT' ? 'hot' : 'kept from being hot'} until ${until.toISOString()}`,
    counts: { rooms: 1 },
  },
  message: null,
});

/** @param cleared whether there was an override */
export const overrideCleared = (cleared: boolean): ActionOutcome => ({
  result: {
    text: cleared ? 'the counts decide again' : 'nothing was set: the counts decide',
    counts: { overrides: cleared ? 1 : 0 },
  },
  message: null,
});
