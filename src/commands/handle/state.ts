import type { UserId } from '../../events/ids.js';
import type { HandleClaimed } from '../../events/user-events.js';
import type { Aggregate, StreamRef } from '../decide.js';
import { streamOf } from '../decide.js';

/** free ─ HandleClaimed → claimed. A claimed handle stays with its user. */
export type HandleState = { readonly status: 'free' } | { readonly status: 'claimed'; readonly userId: UserId };

export const handleAggregate: Aggregate<HandleState, HandleClaimed> = {
  name: 'handle',
  initialState: { status: 'free' },
  evolve: (_state, event) => ({ status: 'claimed', userId: event.data.userId }),
};

export const handleStream = (handle: string): StreamRef<HandleState> => streamOf(handleAggregate, handle);
