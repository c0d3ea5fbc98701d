import type { EventsOf } from '../../events/definitions.js';
import type { RoomId } from '../../events/ids.js';
import type { Aggregate, StreamRef } from '../../engine/domain/decide.js';
import { streamOf } from '../../engine/domain/decide.js';
import { unexpectedEvent } from '../unexpected-event.js';

/**
 * absent ─ RoomCreated → open ─ MessagePosted → open. `lastSeq`: the number of the last message, 0 before the first.
 * Members and reactions have streams of their own, so that this state does not grow with the room.
 */
export type RoomState = { readonly status: 'absent' } | { readonly status: 'open'; readonly lastSeq: number };

export const roomAggregate: Aggregate<RoomState, EventsOf<'room'>> = {
  name: 'room',
  initialState: { status: 'absent' },
  evolve(_state, event) {
    switch (event.type) {
      case 'RoomCreated':
        return { status: 'open', lastSeq: 0 };
      case 'MessagePosted':
        return { status: 'open', lastSeq: event.data.seq };
      default:
        return unexpectedEvent('room', event);
    }
  },
};

export const roomStream = (roomId: RoomId): StreamRef<RoomState> => streamOf(roomAggregate, roomId);
