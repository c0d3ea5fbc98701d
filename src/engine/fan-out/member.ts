import type { Position } from '../domain/ids.js';
import type { End, Subscriber } from './subscriber.js';

/** One subscription of a group. */
export interface Member {
  readonly subscriber: Subscriber;
  /**
   * Everything up to here was written to it. Of a live member: as of turning live, since what follows goes to all live
   * members alike.
   */
  position: Position;
  /** As of `position`, for a reader of the history: a user who left may have come back later. */
  outside: boolean;
  end(end: End): void;
}

export interface OwnMember extends Member {
  /** Ends the subscription when its client does, from now on. */
  begin(): void;
}

/**
 * @param leave takes it out of its group; false if it is not in there
 * @param ended called after that
 */
export function createMember(
  subscriber: Subscriber,
  after: Position,
  leave: (member: Member) => boolean,
  ended: () => void,
): OwnMember {
  const { signal } = subscriber;
  const cancel = (): void => member.end({ reason: 'cancelled' });
  const member: OwnMember = {
    subscriber,
    position: after,
    outside: false,
    begin() {
      if (signal.aborted) cancel();
      else signal.addEventListener('abort', cancel, { once: true });
    },
    end(end) {
      if (!leave(member)) return;
      signal.removeEventListener('abort', cancel);
      subscriber.ended(end);
      ended();
    },
  };
  return member;
}
