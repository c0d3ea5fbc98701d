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

/** A class, for there are tens of thousands: its methods cost nothing in each. */
export class OwnMember implements Member {
  outside = false;
  readonly #cancel = (): void => this.end({ reason: 'cancelled' });

  /**
   * @param leave takes it out of its group; false if it is not in there
   * @param ended called after that
   */
  constructor(
    readonly subscriber: Subscriber,
    public position: Position,
    readonly leave: (member: Member) => boolean,
    readonly ended: () => void,
  ) {}

  /** Ends the subscription when its client does, from now on. */
  begin(): void {
    const { subscriber } = this;
    if (subscriber.signal.aborted) return this.#cancel();
    subscriber.signal.addEventListener('abort', this.#cancel, { once: true });
    subscriber.began?.(this.#cancel);
  }

  end(end: End): void {
    if (!this.leave(this)) return;
    this.subscriber.signal.removeEventListener('abort', this.#cancel);
    this.subscriber.ended(end);
    this.ended();
  }
}
