import type { Logger } from '../engine/runtime/logging.js';
import type { RoomId } from '../events/ids.js';
import type { Occupancy, OccupancyStore, Share } from './occupancy.js';

export interface OccupancySamplerOptions {
  readonly store: OccupancyStore;
  /** The users of this process who are connected to a room. */
  readonly present: (room: RoomId) => number;
  /** Whether anybody is connected to any room. */
  readonly isIdle: () => boolean;
  /** Pushed to the subscribers of the room in this process. */
  readonly announce: (room: RoomId, connected: number) => void;
  /** Default: two seconds. */
  readonly sampleEveryMs?: number;
  readonly observer: {
    /** The rooms that this process asks about. */
    readonly asked: (rooms: number) => void;
    readonly sampled: (outcome: 'done' | 'failed') => void;
  };
  readonly logger: Logger;
}

const SAMPLE_EVERY_MS = 2_000;
/** A room with more connected users is sampled more rarely, by this factor. */
const LARGE = 10_000;
const LARGE_FACTOR = 5;
/** After a query a room is sampled for so many intervals. */
const KEEP_SAMPLES = 15;
/** The share of a process that has died is kept for so many intervals. */
const KEEP_INTERVALS = 3;
/** Rooms that one process asks about: of the others, the number is not known. */
export const MAX_ROOMS = 1_000;

interface Asked {
  watchers: number;
  /** Whether a watcher has not been sent it yet. */
  isNews: boolean;
  /** Asked by a query until then. */
  until: number;
  connected: number | null;
}

export function createOccupancySampler({
  store,
  present,
  isIdle,
  announce,
  sampleEveryMs = SAMPLE_EVERY_MS,
  observer,
  logger,
}: OccupancySamplerOptions): Occupancy {
  const asked = new Map<RoomId, Asked>();
  /** Of each room with a share of this process: when it is due again, and its last sum. */
  const reported = new Map<RoomId, { readonly due: number; readonly sum: number; readonly own: number }>();
  let failing = false;
  let stopped = false;
  let sampling: Promise<void> | null = null;
  const timer = setInterval(() => void (sampling ??= sample().finally(() => (sampling = null))), sampleEveryMs);
  timer.unref();

  const intervalOf = (sum: number): number => (sum > LARGE ? LARGE_FACTOR : 1) * sampleEveryMs;

  const askFor = (room: RoomId): Asked | null => {
    const known = asked.get(room);
    if (known) return known;
    if (asked.size >= MAX_ROOMS) return null;
    const added: Asked = { watchers: 0, isNews: false, until: 0, connected: null };
    asked.set(room, added);
    observer.asked(asked.size);
    return added;
  };

  const dropUnasked = (now: number): void => {
    for (const [room, { watchers, until }] of asked) if (watchers === 0 && until <= now) asked.delete(room);
    observer.asked(asked.size);
  };

  /** This process's shares of the rooms that are due. */
  const dueShares = (rooms: Iterable<RoomId>, now: number): ReadonlyMap<RoomId, Share> => {
    const shares = new Map<RoomId, Share>();
    for (const room of rooms) {
      const before = reported.get(room);
      // Timers are late, so half an interval early is in time.
      if (before && before.due - sampleEveryMs / 2 > now) continue;
      const count = present(room);
      if (count === 0 && !asked.has(room) && !before?.own) continue;
      shares.set(room, { count, keepMs: KEEP_INTERVALS * intervalOf(before?.sum ?? 0) });
    }
    return shares;
  };

  const learn = (room: RoomId, sum: number, isComplete: boolean): void => {
    const of = asked.get(room);
    if (!of || !isComplete) return;
    const isNews = of.watchers > 0 && (of.isNews || of.connected !== sum);
    of.connected = sum;
    if (!isNews) return;
    of.isNews = false;
    announce(room, sum);
  };

  async function sample(): Promise<void> {
    const now = performance.now();
    dropUnasked(now);
    const hasShare = [...reported.values()].some(({ own }) => own > 0);
    if (asked.size === 0 && !hasShare && isIdle()) return reported.clear();
    try {
      const rooms = await store.ask([...asked.keys()]);
      const shares = dueShares(rooms.keys(), now);
      for (const room of reported.keys()) if (!rooms.has(room)) reported.delete(room);
      if (shares.size > 0 && !stopped) {
        for (const [room, sum] of await store.report(shares)) {
          const { count, keepMs } = shares.get(room)!;
          // A room that has just become large: before it is sampled rarely, the share is to be kept for longer.
          const interval = Math.min(intervalOf(sum), keepMs / KEEP_INTERVALS);
          reported.set(room, { due: now + interval, sum, own: count });
          // Every process has reported by then.
          learn(room, sum, rooms.get(room)! > 1.5 * sampleEveryMs);
        }
      }
      failing = false;
      observer.sampled('done');
    } catch (error) {
      observer.sampled('failed');
      for (const of of asked.values()) of.connected = null;
      reported.clear();
      if (!failing) logger.warn({ err: error }, 'occupancy is not known: Redis does not answer; retrying');
      failing = true;
    }
  }

  return {
    of(room) {
      const of = askFor(room);
      if (!of) return null;
      of.until = performance.now() + KEEP_SAMPLES * sampleEveryMs;
      return of.connected;
    },
    watch(room) {
      const of = askFor(room);
      if (!of) return () => undefined;
      of.watchers++;
      of.isNews = true;
      let held = true;
      return () => {
        if (held) of.watchers--;
        held = false;
      };
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      await sampling;
      const shares = [...reported].flatMap(([room, { own }]) =>
        own > 0 ? [[room, { count: 0, keepMs: sampleEveryMs }] as const] : [],
      );
      // Otherwise the shares expire by themselves.
      if (shares.length > 0) await store.report(new Map(shares)).catch(() => undefined);
    },
  };
}
