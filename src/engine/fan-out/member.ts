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
  /** Aborted once the subscription has ended. */
  readonly over: AbortSignal;
  end(end: End): void;
}

export interface OwnMember extends Member {
  /** Ends the subscription when its client does, from now on. */
  begin(): void;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
}

/** @param leave takes it out of its group; false if it is not in there */
export function createMember(subscriber: Subscriber, after: Position, leave: () => boolean): OwnMember {
  const { signal } = subscriber;
  const ending = new AbortController();
  const ended = new Promise<void>((resolve) =>
    ending.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  const cancel = (): void => member.end({ reason: 'cancelled' });
  const member: OwnMember = {
    subscriber,
    position: after,
    outside: false,
    over: ending.signal,
    ended,
    begin() {
      if (signal.aborted) cancel();
      else signal.addEventListener('abort', cancel, { once: true });
    },
    end(end) {
      if (!leave()) return;
      signal.removeEventListener('abort', cancel);
      subscriber.ended(end);
      ending.abort();
    },
  };
  return member;
}
