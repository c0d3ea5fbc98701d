import type { AccessChange } from '../domain/event-catalog.js';
import type { RecordedEvent } from '../domain/event.js';
import type { Position, UserId } from '../domain/ids.js';
import { position } from '../domain/ids.js';

/** An event with its result for the subscribers; null if their subscription does not show it or nobody was there. */
export interface Rendered {
  readonly event: RecordedEvent;
  readonly change: AccessChange | null;
  /** The only user who gets it; null: everyone. Not executed while this user was not there. */
  readonly only: UserId | null;
  readonly result: string | null;
}

/**
 * The newest results of a group, without a gap. They let resuming subscribers in without reading the store or executing
 * again.
 */
export interface KeptResults extends Iterable<Rendered> {
  /** The kept results are all results of the room after this position. */
  readonly after: Position;
  add(rendered: Rendered): void;
  /** Whether an event after the position is for this user alone, and was not executed. */
  lacks(user: UserId, position: Position): boolean;
  /** Drops every result of such an event, and the older ones: subscribers read those from the event store. */
  forget(isAbout: (event: RecordedEvent) => boolean): void;
  /** The log forked after this position, and the room had no later event. */
  forked(after: Position): void;
}

/** Well below the maximum backlog of a subscriber. */
const MAX_RESULTS = 256;
const MAX_CHARACTERS = 1 << 17;

export function createKeptResults(from: Position): KeptResults {
  const kept: Rendered[] = [];
  let after = from;
  let characters = 0;

  const dropOldest = (): void => {
    const { event, result } = kept.shift()!;
    after = event.position;
    characters -= result?.length ?? 0;
  };

  return {
    get after() {
      return after;
    },
    add(rendered) {
      kept.push(rendered);
      characters += rendered.result?.length ?? 0;
      while (kept.length > MAX_RESULTS || characters > MAX_CHARACTERS) dropOldest();
    },
    lacks: (user, position) =>
      kept.some(({ event, only, result }) => only === user && result === null && event.position > position),
    forget(isAbout) {
      const last = kept.findLastIndex(({ event }) => isAbout(event));
      for (let dropped = 0; dropped <= last; dropped++) dropOldest();
    },
    forked(to) {
      after = position(Math.min(after, to));
    },
    [Symbol.iterator]: () => kept[Symbol.iterator](),
  };
}
