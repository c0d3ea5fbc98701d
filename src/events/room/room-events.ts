import type { EventDefinitions } from '../../engine/domain/event-definition.js';
import { FIRST_VERSION } from '../../engine/domain/upcast.js';
import type { UserId } from '../../engine/domain/ids.js';
import type { RoomId } from '../ids.js';

export interface RoomCreated {
  readonly type: 'RoomCreated';
  readonly data: { readonly roomId: RoomId; readonly title: string; readonly createdBy: UserId };
}

export type RoomEvent = RoomCreated;

/** The parts of the domain that this topic has: see `MadangNames` in `src/events/definitions.ts`. */
export interface RoomNames {
  readonly aggregate: 'room';
  readonly readModel: 'rooms';
}

/** Everything that the rest of the program has to know of each type. */
export const ROOM_EVENTS = {
  RoomCreated: {
    schema: FIRST_VERSION,
    aggregate: 'room',
    audience: 'nobody',
    access: 'none',
    // A title belongs to the room, not to the user who chose it.
    personal: { roomId: 'no', title: 'no', createdBy: 'user' },
    readModels: ['rooms', 'recent-timeline'],
  },
} as const satisfies EventDefinitions<RoomEvent>;
