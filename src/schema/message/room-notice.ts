import type { RoomHeat } from '../../hot-rooms/heat.js';
import type { RoomId } from '../../events/ids.js';

/** A tally without its users. */
export interface ReactionTotal {
  readonly emoji: string;
  readonly count: number;
}

/** The notices about a room that are in no log. */
export type RoomNotice =
  | { readonly type: 'heat'; readonly heat: RoomHeat }
  /** Counted since the last one. */
  | { readonly type: 'members'; readonly joined: number; readonly left: number; readonly memberCount: number }
  | { readonly type: 'occupancy'; readonly connected: number }
  /** As of now. */
  | {
      readonly type: 'reactions';
      readonly roomId: RoomId;
      readonly seq: number;
      readonly reactions: readonly ReactionTotal[];
    };
