import type { Partition, Position, UserId } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import { UnreadableEventError } from '../domain/upcast.js';
import type { EventStore } from '../store/event-store.js';
import type { HistoryPage, OwnedPage } from './history-page.js';
import { createHistoryPage } from './history-page.js';

/**
 * The events of keys before the live ones, for resuming subscribers. After a restart all subscribers of a room come
 * back at about the same position: they share one read of the store. There is one read of a key at a time, and few of
 * all keys together, so that a storm of resumes leaves the database to others.
 */
export interface History {
  /** The number of the newest page: a page with a higher number is read later than now. */
  readonly newest: number;
  /**
   * A page with the next events after a position: one that was read before and is still kept, or one whose read begins
   * after the call.
   * @throws the event store cannot be read, or an event in it
   */
  page(partition: Partition, key: string, after: Position): Promise<HistoryPage>;
  /** Drops every page that mentions an erased user. */
  forget(user: UserId): void;
  /** The log of a partition forked: its pages may hold lost events. */
  forked(partition: Partition): void;
  /** Waiting calls of `page` are rejected. */
  stop(): void;
}

export interface HistoryOptions {
  readonly store: Pick<EventStore, 'catalog' | 'readKey'>;
  /** The last position of a partition that was offered to the groups. */
  readonly delivered: (partition: Partition) => Position;
}

export const PAGE_EVENTS = 200;
const MAX_READS = 4;
/** Kept pages of all keys together: some megabytes, unless all messages are of the largest size. */
const MAX_PAGES = 32;
/** A page that nobody has asked for in this time is dropped at the next sweep. */
const UNUSED_MS = 5_000;
const STOPPING = 'the fan-out is stopping';

interface Waiting {
  readonly after: Position;
  readonly resolve: (page: HistoryPage) => void;
  readonly reject: (error: unknown) => void;
}

interface KeyHistory {
  readonly partition: Partition;
  readonly key: string;
  readonly pages: Set<OwnedPage>;
  waiting: Waiting[];
  /** A read is scheduled or runs. */
  isDue: boolean;
}

/** What happens during a read: its events may be outdated when they come. */
interface RunningRead {
  readonly partition: Partition;
  forked: boolean;
  readonly erased: UserId[];
}

export function createHistory({ store, delivered }: HistoryOptions): History {
  const keys = new Map<string, KeyHistory>();
  /** The kept pages of all keys, the least recently used first. */
  const kept = new Map<OwnedPage, KeyHistory>();
  /** Also those that are not kept any more, and that a subscriber still uses. */
  const issued = new Set<WeakRef<OwnedPage>>();
  const due: KeyHistory[] = [];
  const running = new Set<RunningRead>();
  let newest = 0;
  let sweeper: NodeJS.Timeout | undefined;
  let stopped = false;

  const drop = (page: OwnedPage, history: KeyHistory): void => {
    kept.delete(page);
    history.pages.delete(page);
    removeIfEmpty(history);
    if (kept.size > 0) return;
    clearInterval(sweeper);
    sweeper = undefined;
  };

  const removeIfEmpty = (history: KeyHistory): void => {
    if (!history.isDue && history.waiting.length === 0 && history.pages.size === 0) keys.delete(history.key);
  };

  const sweep = (): void => {
    const now = performance.now();
    for (const [page, history] of kept) if (now - page.usedAt > UNUSED_MS) drop(page, history);
  };

  const outdate = (isConcerned: (page: OwnedPage) => boolean): void => {
    for (const reference of issued) {
      const page = reference.deref();
      if (page && !isConcerned(page)) continue;
      issued.delete(reference);
      if (!page) continue;
      page.isOutdated = true;
      const history = kept.get(page);
      if (history) drop(page, history);
    }
  };

  const keep = (page: OwnedPage, history: KeyHistory): void => {
    if (issued.size >= 2 * MAX_PAGES) outdate(() => false);
    issued.add(new WeakRef(page));
    if (page.upTo <= page.after || stopped) return;
    kept.set(page, history);
    history.pages.add(page);
    sweeper ??= setInterval(sweep, UNUSED_MS).unref();
    for (const [oldest, of] of kept) {
      if (kept.size <= MAX_PAGES) break;
      drop(oldest, of);
    }
  };

  const find = (history: KeyHistory, after: Position): OwnedPage | null => {
    for (const page of history.pages) {
      if (after < page.after || after >= page.upTo) continue;
      page.usedAt = performance.now();
      kept.delete(page);
      kept.set(page, history);
      return page;
    }
    return null;
  };

  /** Reads again where the events turn out to be outdated. */
  const read = async ({ partition, key }: KeyHistory, after: Position): Promise<OwnedPage> => {
    for (;;) {
      const now: RunningRead = { partition, forked: false, erased: [] };
      running.add(now);
      try {
        const number = ++newest;
        const before = delivered(partition);
        const events = await store.readKey(partition, key, after, PAGE_EVENTS);
        const isLast = events.length < PAGE_EVENTS;
        const last = events.at(-1)?.position ?? after;
        // A short page is the complete rest of the key as of `before`: there are no other events.
        const upTo = isLast ? position(Math.max(last, before)) : last;
        const page = createHistoryPage({ partition, after, upTo, events, isLast, number }, store.catalog);
        if (!now.forked && !now.erased.some((user) => page.isAbout(user))) return page;
      } finally {
        running.delete(now);
      }
    }
  };

  /**
   * The start of the next read: the lowest place from which a page is sure to reach the one who has waited longest.
   */
  const startOf = ({ waiting }: KeyHistory): Position => {
    const first = waiting[0]!.after;
    let from = first;
    for (const { after } of waiting) if (after < from && first - after < PAGE_EVENTS) from = after;
    return from;
  };

  const answer = (history: KeyHistory, page: HistoryPage): void => {
    const { waiting } = history;
    history.waiting = [];
    for (const each of waiting) {
      const isServed = page.after <= each.after && (each.after < page.upTo || page.isLast);
      if (isServed) each.resolve(page);
      else history.waiting.push(each);
    }
  };

  const refuse = (history: KeyHistory, error: unknown, from: Position): void => {
    // An unreadable event is an obstacle to those alone who stand before it.
    const isFor = ({ after }: Waiting): boolean => !(error instanceof UnreadableEventError) || after === from;
    const refused = history.waiting.filter(isFor);
    history.waiting = history.waiting.filter((each) => !isFor(each));
    for (const { reject } of refused) reject(error);
  };

  const serve = async (history: KeyHistory): Promise<void> => {
    // Stopped meanwhile.
    if (history.waiting.length === 0) return;
    const from = startOf(history);
    try {
      const page = await read(history, from);
      keep(page, history);
      answer(history, page);
    } catch (error) {
      refuse(history, error, from);
    }
    if (history.waiting.length > 0) due.push(history);
    else history.isDue = false;
    removeIfEmpty(history);
    serveNext();
  };

  const serveNext = (): void => {
    while (running.size < MAX_READS) {
      const next = due.shift();
      if (!next) return;
      void serve(next);
    }
  };

  const historyOf = (partition: Partition, key: string): KeyHistory => {
    const known = keys.get(key);
    if (known) return known;
    const history: KeyHistory = { partition, key, pages: new Set(), waiting: [], isDue: false };
    keys.set(key, history);
    return history;
  };

  return {
    get newest() {
      return newest;
    },

    page(partition, key, after) {
      if (stopped) return Promise.reject(new Error(STOPPING));
      const history = historyOf(partition, key);
      const known = find(history, after);
      if (known) return Promise.resolve(known);
      return new Promise((resolve, reject) => {
        history.waiting.push({ after, resolve, reject });
        if (history.isDue) return;
        history.isDue = true;
        // All that come in this turn of the event loop share the read.
        setImmediate(() => {
          due.push(history);
          serveNext();
        });
      });
    },

    forget(user) {
      for (const now of running) now.erased.push(user);
      outdate((page) => page.isAbout(user));
    },

    forked(partition) {
      for (const now of running) if (now.partition === partition) now.forked = true;
      outdate((page) => page.partition === partition);
    },

    stop() {
      stopped = true;
      for (const [page, history] of kept) drop(page, history);
      for (const history of keys.values()) {
        for (const { reject } of history.waiting.splice(0)) reject(new Error(STOPPING));
        removeIfEmpty(history);
      }
      due.length = 0;
    },
  };
}
