import type { LogEntry, RecordedEvent } from '../domain/event.js';
import { isReadable } from '../domain/event.js';
import type { Position, UserId } from '../domain/ids.js';
import type { Notice, RoomUpdate } from './notice.js';
import { isNotice } from './notice.js';

/** The subscribers of a group who get an update. */
export type Audience = 'everyone' | 'nobody' | { readonly only: UserId };

/** Updates that are executed together. */
export interface Run {
  /** At least one, in order. */
  readonly updates: readonly RoomUpdate[];
  /** Those that are executed: the others are for nobody, or for a user who is not there. */
  readonly shown: readonly RoomUpdate[];
  /** The only user who gets them; null: everyone. */
  readonly only: UserId | null;
}

export interface RunOptions {
  /** Maximum number of updates. */
  readonly max: number;
  readonly audienceOf: (update: RoomUpdate) => Audience;
  readonly isPresent: (user: UserId) => boolean;
  /** Whether a subscriber gets nothing behind this update. */
  readonly isLast: (update: RoomUpdate) => boolean;
  /** Positions of subscribers that have a part of the queue already: no run goes across one. */
  readonly cuts: readonly Position[];
}

/**
 * Takes the next updates for one execution from a queue that is not empty. An update for one user is alone, so that
 * every subscriber gets its results in order.
 * @throws the reason for which the first event cannot be read
 */
export function takeRun(queue: (LogEntry | Notice)[], options: RunOptions): Run {
  const { max, audienceOf, isPresent, isLast, cuts } = options;
  const updates: RoomUpdate[] = [];
  const shown: RoomUpdate[] = [];
  let only: UserId | null = null;
  while (queue.length > 0 && updates.length < max) {
    const update = queue[0]!;
    if (!isNotice(update) && !isReadable(update)) {
      if (updates.length === 0) throw update.unreadable;
      break;
    }
    const audience = audienceOf(update);
    const owner = typeof audience === 'object' ? audience.only : null;
    const isOwn = owner !== null && isPresent(owner);
    if (isOwn && shown.length > 0) break;
    queue.shift();
    updates.push(update);
    if (audience === 'everyone' || isOwn) shown.push(update);
    if (isOwn || (max === 1 && owner !== null)) {
      only = owner;
      break;
    }
    const next = queue[0];
    if (isLast(update) || (next && cuts.some((at) => at >= update.position && at < next.position))) break;
  }
  return { updates, shown, only };
}

/** A page of the history in runs, as one user gets it; null: as users get it who have no event of their own in it. */
export function historyRuns(
  events: readonly RecordedEvent[],
  max: number,
  audienceOf: (update: RoomUpdate) => Audience,
  user: UserId | null,
): readonly Run[] {
  const isShown = (update: RoomUpdate): boolean => {
    const audience = audienceOf(update);
    return typeof audience === 'object' ? audience.only === user : audience === 'everyone';
  };
  const runs: Run[] = [];
  for (let from = 0; from < events.length; from += max) {
    const updates = events.slice(from, from + max);
    runs.push({ updates, shown: updates.filter(isShown), only: null });
  }
  return runs;
}
