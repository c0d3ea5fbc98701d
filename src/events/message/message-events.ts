import type { EventDefinitions } from '../../engine/domain/event-definition.js';
import { FIRST_VERSION } from '../../engine/domain/upcast.js';
import { ERASED_USER } from '../../engine/domain/ids.js';
import type { UserId } from '../../engine/domain/ids.js';
import type { RoomId } from '../ids.js';

/**
 * `seq`: 1, 2, 3 … within the room. Posting also moves the author's read mark to it. Once erased, the author is
 * ERASED_USER and the body ''.
 */
export interface MessagePosted {
  readonly type: 'MessagePosted';
  readonly data: { readonly roomId: RoomId; readonly seq: number; readonly authorId: UserId; readonly body: string };
}

export type MessageEvent = MessagePosted;

/** The parts of the domain that this topic has: see `MadangNames` in `src/events/definitions.ts`. */
export interface MessageNames {
  readonly aggregate: never;
  readonly readModel: 'timeline' | 'recent-timeline';
}

/** Everything that the rest of the program has to know of each type. */
export const MESSAGE_EVENTS = {
  MessagePosted: {
    schema: FIRST_VERSION,
    aggregate: 'room',
    audience: 'subscribers',
    access: 'none',
    personal: {
      roomId: 'no',
      seq: 'no',
      authorId: { until: 'MemberErased', becomes: ERASED_USER },
      body: { until: 'MemberErased', becomes: '' },
    },
    readModels: ['rooms', 'timeline', 'read-positions', 'recent-timeline', 'unread'],
  },
} as const satisfies EventDefinitions<MessageEvent>;
