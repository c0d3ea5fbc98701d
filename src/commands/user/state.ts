import type { EventsOf } from '../../events/definitions.js';
import type { UserId } from '../../engine/domain/ids.js';
import type { Aggregate, StreamRef } from '../../engine/domain/decide.js';
import { streamOf } from '../../engine/domain/decide.js';
import { unexpectedEvent } from '../unexpected-event.js';

/** unknown ─ UserRegistered → registered ─ AccountDeleted → deleted. */
export type UserState =
  { readonly status: 'unknown' } | { readonly status: 'registered' } | { readonly status: 'deleted' };

export const userAggregate: Aggregate<UserState, EventsOf<'user'>> = {
  name: 'user',
  initialState: { status: 'unknown' },
  evolve(_state, event) {
    switch (event.type) {
      case 'UserRegistered':
        return { status: 'registered' };
      case 'AccountDeleted':
        return { status: 'deleted' };
      default:
        return unexpectedEvent('user', event);
    }
  },
};

export const userStream = (userId: UserId): StreamRef<UserState> => streamOf(userAggregate, userId);
