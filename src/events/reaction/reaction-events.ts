import type { EventDefinitions } from '../../engine/domain/event-definition.js';
import { FIRST_VERSION } from '../../engine/domain/upcast.js';
import type { UserId } from '../../engine/domain/ids.js';
import type { RoomId } from '../ids.js';

export interface ReactionAdded {
  readonly type: 'ReactionAdded';
  readonly data: { readonly roomId: RoomId; readonly seq: number; readonly userId: UserId; readonly emoji: string };
}

export interface ReactionRemoved {
  readonly type: 'ReactionRemoved';
  readonly data: { readonly roomId: RoomId; readonly seq: number; readonly userId: UserId; readonly emoji: string };
}

export type ReactionEvent = ReactionAdded | ReactionRemoved;

/** The parts of the domain that this topic has: see `MadangNames` in `src/events/definitions.ts`. */
export interface ReactionNames {
  readonly aggregate: 'reaction';
  readonly readModel: never;
}

/** Everything that the rest of the program has to know of each type. */
export const REACTION_EVENTS = {
  ReactionAdded: {
    schema: FIRST_VERSION,
    aggregate: 'reaction',
    audience: 'subscribers',
    access: 'none',
    personal: { roomId: 'no', seq: 'no', userId: 'user', emoji: 'no' },
    readModels: ['timeline', 'recent-timeline'],
  },
  ReactionRemoved: {
    schema: FIRST_VERSION,
    aggregate: 'reaction',
    audience: 'subscribers',
    access: 'none',
    personal: { roomId: 'no', seq: 'no', userId: 'user', emoji: 'no' },
    readModels: ['timeline', 'recent-timeline'],
  },
} as const satisfies EventDefinitions<ReactionEvent>;
