import type { UserId } from '../../engine/domain/ids.js';
import type { AnyEvent } from '../../engine/domain/event.js';
import type { Audience } from '../../engine/fan-out/runs.js';
import type { RoomUpdate } from '../../engine/fan-out/notice.js';
import { isNotice } from '../../engine/fan-out/notice.js';
import { isShown } from '../../events/definitions.js';
import type { RoomEventKindValue } from './room-event-kind.type.js';
import { shownAs } from './shown-events.js';
import type { RoomNotice } from './room-notice.js';

/** Which events of a room a subscription gets. Part of what makes a group. */
export interface EventFilter {
  /** Null: all. */
  readonly kinds: ReadonlySet<RoomEventKindValue> | null;
  /** In a large room, sums once a second instead of single joins, leaves and reactions, except one's own. */
  readonly summarise: boolean;
}

/** Equal for filters that pass the same events. */
export const filterKey = ({ kinds, summarise }: EventFilter): readonly unknown[] => [
  kinds && [...kinds].toSorted(),
  summarise,
];

/** @param isLarge whether the room has so many members that single joins, leaves and reactions are summarised */
export function audienceOf(update: RoomUpdate, filter: EventFilter, isLarge: () => boolean): Audience {
  return isNotice(update) ? ofNotice(update.notice as RoomNotice, filter) : ofEvent(update.event, filter, isLarge);
}

const has = ({ kinds }: EventFilter, kind: RoomEventKindValue): boolean => kinds === null || kinds.has(kind);

function ofNotice(notice: RoomNotice, filter: EventFilter): Audience {
  switch (notice.type) {
    case 'heat':
      return has(filter, 'HEAT') ? 'everyone' : 'nobody';
    case 'occupancy':
      // Not among what comes by default: it is sampled for those alone who ask.
      return filter.kinds?.has('OCCUPANCY') === true ? 'everyone' : 'nobody';
    case 'members':
      return filter.summarise && has(filter, 'MEMBERS') ? 'everyone' : 'nobody';
    case 'reactions':
      return filter.summarise && has(filter, 'REACTIONS') ? 'everyone' : 'nobody';
    default:
      return notice satisfies never;
  }
}

function ofEvent(event: AnyEvent, filter: EventFilter, isLarge: () => boolean): Audience {
  if (!isShown(event)) return 'nobody';
  const { kind, summarised, alwaysToOwn } = shownAs(event);
  if (kind === 'any') return 'everyone';
  const asked = has(filter, kind);
  if (asked && !(summarised && filter.summarise && isLarge())) return 'everyone';
  return asked || alwaysToOwn ? { only: (event.data as { readonly userId: UserId }).userId } : 'nobody';
}
