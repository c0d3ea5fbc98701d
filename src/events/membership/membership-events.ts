import type { EventDefinitions } from '../../engine/domain/event-definition.js';
import { FIRST_VERSION } from '../../engine/domain/upcast.js';
import type { UserId } from '../../engine/domain/ids.js';
import type { RoomId } from '../ids.js';

/** `seq`: the room's last message when the member joined. Earlier messages do not count as unread. */
export interface MemberJoined {
  readonly type: 'MemberJoined';
  readonly data: { readonly roomId: RoomId; readonly userId: UserId; readonly seq: number };
}

export interface MemberLeft {
  readonly type: 'MemberLeft';
  readonly data: { readonly roomId: RoomId; readonly userId: UserId };
}

/**
 * The user's account was deleted: the bodies and the author of the user's messages in the room are erased, and so are
 * the user's reactions. No event of the user follows in this room. A member leaves first.
 */
export interface MemberErased {
  readonly type: 'MemberErased';
  readonly data: { readonly roomId: RoomId; readonly userId: UserId };
}

export interface MessagesRead {
  readonly type: 'MessagesRead';
  readonly data: { readonly roomId: RoomId; readonly userId: UserId; readonly seq: number };
}

export type MembershipEvent = MemberJoined | MemberLeft | MemberErased | MessagesRead;

/** The parts of the domain that this topic has: see `MadangNames` in `src/events/definitions.ts`. */
export interface MembershipNames {
  readonly aggregate: 'membership';
  readonly readModel: 'members' | 'read-positions' | 'unread';
}

/** Everything that the rest of the program has to know of each type. */
export const MEMBERSHIP_EVENTS = {
  MemberJoined: {
    schema: FIRST_VERSION,
    aggregate: 'membership',
    audience: 'subscribers',
    access: 'begins',
    personal: { roomId: 'no', userId: 'user', seq: 'no' },
    readModels: ['rooms', 'members', 'read-positions', 'unread'],
  },
  MemberLeft: {
    schema: FIRST_VERSION,
    aggregate: 'membership',
    audience: 'subscribers',
    access: 'ends',
    personal: { roomId: 'no', userId: 'user' },
    readModels: ['rooms', 'members', 'read-positions', 'unread'],
  },
  MemberErased: {
    schema: FIRST_VERSION,
    aggregate: 'membership',
    audience: 'subscribers',
    // A member leaves first. Stated all the same: an erased user must see nothing of the room.
    access: 'ends',
    erases: true,
    personal: { roomId: 'no', userId: 'user' },
    readModels: ['timeline', 'read-positions', 'recent-timeline'],
  },
  MessagesRead: {
    schema: FIRST_VERSION,
    aggregate: 'membership',
    audience: 'nobody',
    access: 'none',
    personal: { roomId: 'no', userId: 'user', seq: 'no' },
    readModels: ['read-positions', 'unread'],
  },
} as const satisfies EventDefinitions<MembershipEvent>;
