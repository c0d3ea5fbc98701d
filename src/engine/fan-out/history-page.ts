import type { EventCatalog } from '../domain/event-catalog.js';
import type { RecordedEvent } from '../domain/event.js';
import type { Partition, Position, UserId } from '../domain/ids.js';
import type { RoomUpdate } from './notice.js';

/** A group of subscribers, by identity: results of one are for no other. */
export type ResultsOf = object;

/** All events of a key after one position, up to another. Read once, for all subscribers that need some of them. */
export interface HistoryPage {
  readonly partition: Partition;
  readonly after: Position;
  readonly upTo: Position;
  readonly events: readonly RecordedEvent[];
  /** Whether there were no later events when it was read. */
  readonly isLast: boolean;
  /** Pages are numbered in the order in which their reads began. */
  readonly number: number;
  /**
   * The log has forked, or a user in one of its events was erased since it was read. Nothing made of it may be written
   * any more.
   */
  readonly isOutdated: boolean;
  /** The results of updates of the page. Executed once for each group, also where many ask at once. */
  results(
    of: ResultsOf,
    updates: readonly RoomUpdate[],
    execute: () => Promise<readonly string[]>,
  ): Promise<readonly string[]>;
}

export interface OwnedPage extends HistoryPage {
  isOutdated: boolean;
  /** When it was last asked for. */
  usedAt: number;
  isAbout(user: UserId): boolean;
}

/** Above this size, the results of a page are dropped and executed again for later subscribers. */
const MAX_CHARACTERS = 1 << 20;

type Read = Pick<HistoryPage, 'partition' | 'after' | 'upTo' | 'events' | 'isLast' | 'number'>;

export function createHistoryPage(read: Read, catalog: EventCatalog): OwnedPage {
  let executed = new WeakMap<ResultsOf, Map<string, Promise<readonly string[]>>>();
  let characters = 0;

  const count = (results: readonly string[]): void => {
    for (const { length } of results) characters += length;
    if (characters <= MAX_CHARACTERS) return;
    executed = new WeakMap();
    characters = 0;
  };

  return {
    ...read,
    isOutdated: false,
    usedAt: performance.now(),
    isAbout: (user) => read.events.some(({ event }) => catalog.isAbout(event, user)),
    results(of, updates, execute) {
      const own = executed.get(of) ?? new Map<string, Promise<readonly string[]>>();
      executed.set(of, own);
      const key = updates.map(({ position }) => position).join();
      const known = own.get(key);
      if (known) return known;
      const executing = execute();
      own.set(key, executing);
      // A failure ends those who wait for it. Later ones try again.
      executing.then(count, () => own.delete(key));
      return executing;
    },
  };
}
