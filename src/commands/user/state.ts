import type { UserId } from '../../events/ids.js';
import type { UserRegistered } from '../../events/user-events.js';
import type { Aggregate, StreamRef } from '../decide.js';
import { streamOf } from '../decide.js';

/** unknown ─ UserRegistered → registered. */
export type UserState = { readonly status: 'unknown' } | { readonly status: 'registered' };

export const userAggregate: Aggregate<UserState, UserRegistered> = {
  name: 'user',
  initialState: { status: 'unknown' },
  evolve: () => ({ status: 'registered' }),
};

export const userStream = (userId: UserId): StreamRef<UserState> => streamOf(userAggregate, userId);
