import type { RoomId } from '../events/ids.js';
import type { Logger } from '../engine/runtime/logging.js';
import type { HeatReports, HeatView, HotRoom, SharedHeat } from './heat-store.js';
import { DWELL_MS, NOTHING_HOT, decide, holds } from './decide.js';
import { FetchCounter } from './fetch-counter.js';
import type { HotKeyDetector, HeatThresholds, RoomHeat } from './heat.js';
import { nextPace, paceFor } from './pace.js';
import { createRemoteClock } from '../engine/runtime/remote-clock.js';

/** A divisor of a second: the last report of each goes out as it ends. */
const REPORT_EVERY_MS = 250;
/** After the full second, so that a timer that fires a little early is not in the old one. */
const BEHIND_MS = 1;
/**
 * The largest number of rooms in a report: those with the most unreported fetches. The others come with a later report
 * of the same second, or not at all: a room that is left out of all four had fewer fetches here than each of many
 * others.
 */
const ROOMS_A_REPORT = 256;

/** The metrics of a hot-key detector. */
export interface HotKeyObserver {
  reported(outcome: 'sent' | 'failed'): void;
  /** Called once a second. */
  hotRooms(count: number): void;
  /** Whether this process decides on its own counts. Called at the start, and when it changes. */
  alone(alone: boolean): void;
}

export interface HotKeyDetectorOptions {
  readonly store: HeatReports;
  readonly thresholds: HeatThresholds;
  readonly logger: Logger;
  readonly observer?: HotKeyObserver;
}

/**
 * The heat of rooms as an api process knows it.
 *
 *   shared ── Redis is away, or no decision came for some seconds ──► alone
 *     ▲                                                                 │
 *     └────────────────── a decision that holds ────────────────────────┘
 *
 * Alone, it continues from the last shared decision, with its own counts. And a room with more fetches here than the
 * enter threshold of all servers is hot here at once: the decision about this second can only agree, and comes a second
 * or two later.
 */
export function createHotKeyDetector({ store, thresholds, logger, observer }: HotKeyDetectorOptions): HotKeyDetector {
  const counter = new FetchCounter();
  const clock = createRemoteClock();
  const listeners = new Set<(heat: RoomHeat) => void>();
  const reports = new Set<Promise<void>>();
  let second = secondOf(clock.now());
  let shared: SharedHeat | null = null;
  let alone = true;
  let decision = NOTHING_HOT;
  let hot: ReadonlyMap<RoomId, RoomHeat> = new Map();
  /** Rooms that are hot before the decision, and the second of that decision. */
  const ahead = new Map<RoomId, { readonly heat: RoomHeat; readonly second: number }>();
  let failing = false;
  let stopped = false;

  const of = (roomId: RoomId): RoomHeat =>
    hot.get(roomId) ?? {
      roomId,
      state: 'NORMAL',
      fetchesPerSecond: decision.counts.get(roomId) ?? counter.of(roomId),
      paceMs: 0,
      until: null,
    };

  const tell = (heat: RoomHeat): void => {
    for (const listener of listeners) {
      try {
        listener(heat);
      } catch (error) {
        logger.error({ err: error, roomId: heat.roomId }, 'a listener for rooms that turn hot or cool failed');
      }
    }
  };

  const become = (next: typeof decision, decided: number): void => {
    const before = hot;
    decision = next;
    for (const [roomId, { second: its }] of ahead) if (its <= decided || isHeldNormal(roomId)) ahead.delete(roomId);
    hot = new Map(
      [...[...ahead.values()].map(({ heat }) => heat), ...[...next.hot.values()].map(asHeat)].map((heat) => [
        heat.roomId,
        heat,
      ]),
    );
    for (const [roomId, heat] of hot) if (!before.has(roomId)) tell(heat);
    for (const roomId of before.keys()) if (!hot.has(roomId)) tell(of(roomId));
  };

  const isHeldNormal = (roomId: RoomId): boolean =>
    decision.overrides.some(
      (override) => override.roomId === roomId && override.state === 'NORMAL' && override.until > clock.now(),
    );

  const fetched = (roomId: RoomId): void => {
    const count = counter.add(roomId);
    if (count <= thresholds.enter || hot.has(roomId) || isHeldNormal(roomId)) return;
    const until = new Date((second + 1) * 1_000 + DWELL_MS);
    const heat: RoomHeat = {
      roomId,
      state: 'HOT',
      fetchesPerSecond: count,
      paceMs: nextPace(null, paceFor(count, thresholds.enter)),
      until,
    };
    ahead.set(roomId, { heat, second });
    hot = new Map([...hot, [roomId, heat]]);
    tell(heat);
  };

  let toldAlone = false;
  const turnAlone = (is: boolean): void => {
    if (alone === is) return;
    alone = is;
    observer?.alone(is);
    // Each server begins alone: the first decision of a leader is no change worth a log line.
    if (!is && !toldAlone) return;
    toldAlone = is;
    logger.info(
      is
        ? 'there is no decision for all servers on which rooms are hot: deciding on the fetches of this one'
        : 'a leader decides for all servers which rooms are hot',
    );
  };

  const follow = (next: SharedHeat): void => {
    const known = !alone && shared !== null && !isNewer(next, shared) && !isNewer(shared, next);
    shared = next;
    if (stopped || known || !holds(next.second, clock.now())) return;
    turnAlone(false);
    become(next.decision, next.second);
  };

  const decideAlone = (closed: number, counts: ReadonlyMap<RoomId, number>): void => {
    turnAlone(true);
    const { decision: next, changes } = decide(
      decision,
      { second: closed, counts, now: clock.now(), overrides: decision.overrides },
      thresholds,
    );
    become(next, closed);
    for (const { state, ...change } of changes)
      logger.info({ ...change, alone }, state === 'HOT' ? 'room turned hot' : 'room cooled');
  };

  const report = async (counted: number, closes: boolean): Promise<void> => {
    const sentAt = performance.now();
    const known = shared;
    let view: HeatView;
    try {
      view = await store.report(counted, counter.take(ROOMS_A_REPORT), closes);
      failing = false;
      observer?.reported('sent');
    } catch (error) {
      // Not sent again, since it may have been added: at most a quarter of one second is missing.
      if (!failing && !store.isAway())
        logger.warn({ err: error }, 'fetches of rooms could not be reported to Redis; retrying');
      failing = true;
      observer?.reported('failed');
      return;
    }
    clock.read(view.nowMs, sentAt);
    // A decision published after the question may be newer than the answer. Otherwise the store's is right, even if it
    // is older than the one known here.
    if (view.shared && (!shared || shared === known || !isNewer(shared, view.shared))) follow(view.shared);
  };

  const send = (counted: number, closes: boolean): void => {
    const sent = report(counted, closes).finally(() => reports.delete(sent));
    reports.add(sent);
  };

  const poll = (): void => {
    const now = secondOf(clock.now());
    // A correction may set the clock back a little: the present second goes on.
    const isOver = now > second || now < second - 1;
    const away = store.isAway();
    if (!away && (isOver || !counter.isIdle())) send(second, isOver);
    if (!isOver) return;
    const closed = second;
    const counts = counter.close();
    second = now;
    if (away || !shared || !holds(shared.second, clock.now())) decideAlone(closed, counts);
    observer?.hotRooms(hot.size);
  };

  observer?.alone(alone);
  let timer = setTimeout(tick, untilNext(clock.now()));
  function tick(): void {
    poll();
    if (!stopped) timer = setTimeout(tick, untilNext(clock.now()));
  }
  const silence = store.onDecision((published) => {
    if (!shared || isNewer(published, shared)) follow(published);
  });

  const stop = async (): Promise<void> => {
    stopped = true;
    clearTimeout(timer);
    silence();
    await Promise.all(reports);
  };

  return {
    fetched,
    of,
    all: () => [...hot.values()],
    onChange(listener) {
      // Each call has its own entry: a listener that was added twice is called twice until each was removed.
      const own = (heat: RoomHeat): void => listener(heat);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

const secondOf = (ms: number): number => Math.floor(ms / 1_000);
const untilNext = (now: number): number => REPORT_EVERY_MS - (now % REPORT_EVERY_MS) + BEHIND_MS;
const isNewer = (a: SharedHeat, b: SharedHeat): boolean =>
  a.token > b.token || (a.token === b.token && a.revision > b.revision);
const asHeat = ({ roomId, fetchesPerSecond, paceMs, until }: HotRoom): RoomHeat => ({
  roomId,
  state: 'HOT',
  fetchesPerSecond,
  paceMs,
  until: new Date(until),
});
