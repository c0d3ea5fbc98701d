import { createHash } from 'node:crypto';
import type { EventsOf } from '../../events/definitions.js';
import type { UserId } from '../../engine/domain/ids.js';
import type { Aggregate, StreamRef } from '../../engine/domain/decide.js';
import { streamOf } from '../../engine/domain/decide.js';
import { unexpectedEvent } from '../unexpected-event.js';

/**
 * free ─ HandleClaimed → claimed ─ HandleReleased → released (free again from `freeAt` on) ─ HandleClaimed → claimed.
 */
export type HandleState =
  | { readonly status: 'free' }
  | { readonly status: 'claimed'; readonly userId: UserId }
  | { readonly status: 'released'; readonly freeAt: string };

export const handleAggregate: Aggregate<HandleState, EventsOf<'handle'>> = {
  name: 'handle',
  initialState: { status: 'free' },
  evolve(_state, event) {
    switch (event.type) {
      case 'HandleClaimed':
        return { status: 'claimed', userId: event.data.userId };
      case 'HandleReleased':
        return { status: 'released', freeAt: event.data.freeAt };
      default:
        return unexpectedEvent('handle', event);
    }
  },
};

/**
 * The name of a handle's stream, for ever: a hash, since the name outlives the account. The migration of erasure
 * computes the same one.
 */
export const handleId = (handle: string): string => createHash('sha256').update(handle).digest('hex');

export const handleStream = (handle: string): StreamRef<HandleState> => streamOf(handleAggregate, handleId(handle));
