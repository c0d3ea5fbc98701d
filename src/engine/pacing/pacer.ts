import type { Partition } from '../domain/ids.js';
import type { Pace } from '../decider/pacing.js';
import type { Constants } from './constants.js';
import { CONTROLLER } from './constants.js';
import type { Bounds } from './bounds.js';
import type { Decision } from './controller.js';
import { initialState, step } from './controller.js';
import type { SliceSample } from './baseline-latency.js';

/** Time, replaceable in tests. */
export interface Clock {
  /** Milliseconds that never go back, about the same in all processes of a deployment. */
  now(): number;
  /** Calls once, after this many milliseconds. Returns the cancellation. */
  after(ms: number, call: () => void): () => void;
}

const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

export interface PacerOptions {
  readonly bounds: Bounds;
  readonly constants?: Constants;
  readonly clock?: Clock;
  /** After each step of the controller, up to ten times a second while there is work. Must not throw. */
  readonly onDecision?: (decision: Decision) => void;
}

export interface Pacer extends Pace {
  /** The controller's last decision. */
  readonly decision: Decision;
  /** Slices that wait for the pace. */
  readonly waiting: number;
  /** Releases all waiters with 0, and keeps no timer. */
  stop(): void;
}

export const PACER = {
  tickMs: 100,
  /** A slice is as large as a commit is worth, and smaller if there would be too few slices a second to learn from. */
  mostSlice: 32,
  slicesPerSecond: 20,
  /** A late timer, or a busy event loop, is compensated up to this. */
  lateMs: 50,
  /** The ticking ends after this idle time, which is enough for a decision on the last slices. */
  restMs: 1_500,
  /** Admitted work without an outcome was lost with its partition. */
  forgottenMs: 30_000,
} as const;

/** The number of requests that are decided and stored together at this rate. */
export const sliceOf = (rate: number): number =>
  Math.min(PACER.mostSlice, Math.max(1, Math.round(rate / PACER.slicesPerSecond)));

interface Waiter {
  readonly partition: Partition;
  readonly wanted: number;
  readonly settle: (admitted: number) => void;
}

/** The admitted requests of a partition that are not stored yet. */
interface Admitted {
  readonly at: number;
  readonly left: number;
}

/**
 * Limits the issuing of this process to the controller's rate. Partitions take turns in the order of their requests.
 * Without requests no timer runs.
 */
export function createPacer({ bounds, constants = CONTROLLER, clock = systemClock, onDecision }: PacerOptions): Pacer {
  const waiters: Waiter[] = [];
  const admitted = new Map<Partition, Admitted>();
  let state = initialState(bounds, clock.now(), constants);
  let decision: Decision = {
    rate: state.target,
    target: state.target,
    baselineMs: null,
    latencyMs: null,
    reason: state.reason,
    changed: true,
  };

  // Tokens are fractions of requests, so that the average is exact with any timers.
  let slice = sliceOf(decision.target);
  let tokens = slice;
  let tokensAt = clock.now();
  let cancelWake: (() => void) | undefined;

  // Observations since the last tick.
  let samples: SliceSample[] = [];
  let errors = 0;
  let saturatedMs = 0;
  let saturatedSince: number | null = null;
  let tickedAt = clock.now();
  let storedAt = -Infinity;
  let busyAt = clock.now();
  let cancelTick: (() => void) | undefined;
  let stopped = false;

  function refill(now: number): void {
    // One slice may be saved up. A waiter loses nothing to a late timer beyond that.
    const most = slice + (waiters.length > 0 ? (decision.rate * PACER.lateMs) / 1_000 : 0);
    const filled = tokens + (now > tokensAt ? (decision.rate * (now - tokensAt)) / 1_000 : 0);
    tokens = filled < most ? filled : most;
    tokensAt = now;
  }

  function serve(): void {
    const now = clock.now();
    refill(now);
    cancelWake?.();
    cancelWake = undefined;
    for (let first = waiters[0]; first !== undefined; first = waiters[0]) {
      const size = first.wanted < slice ? first.wanted : slice;
      // A millionth of a request is not worth another timer.
      if (tokens < size - 1e-6) {
        saturatedSince ??= now;
        cancelWake = clock.after(Math.max(1, Math.ceil(((size - tokens) / decision.rate) * 1_000)), serve);
        return;
      }
      tokens -= size;
      waiters.shift();
      admitted.set(first.partition, { at: now, left: size });
      first.settle(size);
    }
    if (saturatedSince !== null) saturatedMs += now - saturatedSince;
    saturatedSince = null;
  }

  function tick(): void {
    const now = clock.now();
    for (const [partition, { at }] of admitted) if (now - at > PACER.forgottenMs) admitted.delete(partition);
    if (saturatedSince !== null) {
      saturatedMs += now - saturatedSince;
      saturatedSince = now;
    }
    const oldest = Math.min(...[...admitted.values()].filter(({ left }) => left > 0).map(({ at }) => at), now);
    const sinceMs = now - tickedAt;
    const stepped = step(
      state,
      {
        now,
        samples,
        errors,
        stalledMs: now - Math.max(oldest, Math.min(storedAt, now)),
        saturated: sinceMs > 0 ? Math.min(1, saturatedMs / sinceMs) : 0,
      },
      bounds,
      constants,
    );
    if (samples.length > 0 || errors > 0 || waiters.length > 0 || oldest < now) busyAt = now;
    samples = [];
    errors = 0;
    saturatedMs = 0;
    tickedAt = now;
    refill(now);
    state = stepped.state;
    decision = stepped.decision;
    slice = sliceOf(decision.target);
    onDecision?.(decision);
    // The rate may have changed, and with it the moment of enough tokens.
    if (waiters.length > 0) serve();
    cancelTick = now - busyAt < PACER.restMs && !stopped ? clock.after(PACER.tickMs, tick) : undefined;
  }

  function awake(): void {
    if (cancelTick || stopped) return;
    busyAt = clock.now();
    // After a pause the controller learns its length, by the clock of this step.
    if (busyAt - tickedAt > PACER.restMs) tick();
    else cancelTick = clock.after(PACER.tickMs, tick);
  }

  /** Returns the tokens of admitted requests that were not stored and so were no load. Failed ones were. */
  function giveBack(partition: Partition): void {
    tokens += admitted.get(partition)?.left ?? 0;
    admitted.delete(partition);
  }

  return {
    get decision() {
      return decision;
    },
    get waiting() {
      return waiters.length;
    },

    admit(partition, wanted, signal) {
      if (signal.aborted || stopped || wanted < 1) return Promise.resolve(0);
      giveBack(partition);
      return new Promise((resolve) => {
        const waiter: Waiter = {
          partition,
          wanted,
          settle: (count) => {
            signal.removeEventListener('abort', leave);
            resolve(count);
          },
        };
        const leave = (): void => {
          const place = waiters.indexOf(waiter);
          if (place < 0) return;
          waiters.splice(place, 1);
          resolve(0);
          serve();
        };
        signal.addEventListener('abort', leave, { once: true });
        waiters.push(waiter);
        awake();
        if (waiters[0] === waiter) serve();
      });
    },

    stored({ partition, records, waitMs, commitMs }) {
      storedAt = clock.now();
      samples.push({ records, waitMs, commitMs });
      const running = admitted.get(partition);
      if (running) admitted.set(partition, { ...running, left: Math.max(0, running.left - records) });
      awake();
    },

    failed(partition) {
      errors++;
      admitted.delete(partition);
      awake();
    },

    stop() {
      stopped = true;
      cancelWake?.();
      cancelTick?.();
      cancelTick = undefined;
      for (const { settle } of waiters.splice(0)) settle(0);
    },
  };
}
