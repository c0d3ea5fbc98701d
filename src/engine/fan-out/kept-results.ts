import type { RecordedEvent } from '../domain/event.js';
import type { Position, UserId } from '../domain/ids.js';
import { position } from '../domain/ids.js';

/** Executed updates, with their results for the subscribers; none if their subscription shows none of them. */
export interface Rendered {
  /** In order. */
  readonly events: readonly RecordedEvent[];
  /** The last of them. */
  readonly position: Position;
  /** The only user who gets it; null: everyone. Without a result while this user was not there. */
  readonly only: UserId | null;
  readonly results: readonly string[];
}

/**
 * The newest results of a group, without a gap. They let resuming subscribers in without reading the store or executing
 * again.
 */
export interface KeptResults extends Iterable<Rendered> {
  /** The kept results are all results of the room after this position. */
  readonly after: Position;
  /** The position of the newest of them; `after` without any. */
  readonly last: Position;
  /** Rises with every change. */
  readonly version: number;
  add(rendered: Rendered): void;
  /** Whether an event after the position is for this user alone, and was not executed. */
  lacks(user: UserId, at: Position): boolean;
  /** There is nothing to keep up to this position. */
  skip(to: Position): void;
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
  let version = 0;

  const lengthOf = ({ results }: Rendered): number => results.reduce((sum, { length }) => sum + length, 0);
  const dropOldest = (): void => {
    const oldest = kept.shift()!;
    after = oldest.position;
    characters -= lengthOf(oldest);
  };

  return {
    get after() {
      return after;
    },
    get last() {
      return kept.at(-1)?.position ?? after;
    },
    get version() {
      return version;
    },
    add(rendered) {
      version++;
      kept.push(rendered);
      characters += lengthOf(rendered);
      while (kept.length > MAX_RESULTS || characters > MAX_CHARACTERS) dropOldest();
    },
    lacks: (user, at) => kept.some((each) => each.only === user && each.results.length === 0 && each.position > at),
    skip(to) {
      version++;
      while (kept.length > 0) dropOldest();
      after = position(Math.max(after, to));
    },
    forget(isAbout) {
      version++;
      const last = kept.findLastIndex(({ events }) => events.some(isAbout));
      for (let dropped = 0; dropped <= last; dropped++) dropOldest();
    },
    forked(to) {
      version++;
      after = position(Math.min(after, to));
    },
    [Symbol.iterator]: () => kept[Symbol.iterator](),
  };
}
