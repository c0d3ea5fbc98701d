import type { HeatChange } from './decide.js';
import { NOTHING_HOT, decide, holds } from './decide.js';
import type { HeatThresholds } from './heat.js';
import { topK } from './top-k.js';
import type { Logger } from '../engine/runtime/logging.js';
import type { HeatDecision, HeatLead, HeatLeadership, HeatOverride, HeatView } from './heat-store.js';
import { pause } from '../engine/runtime/retry.js';

/** After a leader was killed, another process leads after this time and a tick. */
const LEASE_MS = 2_000;
/** A divisor of a second, so that each second is decided soon after its counts are complete. */
const TICK_MS = 250;
/** The time that the servers have to report the end of a second. */
const COUNTED_AFTER_MS = 250;
const BEHIND_MS = 20;
/** A new leader decides the missed seconds too, back to this many. Their counts are kept a little longer. */
const CATCH_UP_SECONDS = 5;
/** Counts below this part of the exit threshold are not exchanged, and no more rooms than this number. */
const FLOOR = 0.1;
const ROOMS_PUBLISHED = 1_000;

/** The metrics of a heat monitor. */
export interface HeatMonitorObserver {
  /** Called when it changes. */
  leading(leads: boolean): void;
  changed(change: HeatChange): void;
}

export interface HeatMonitorOptions {
  readonly store: HeatLeadership;
  readonly thresholds: HeatThresholds;
  readonly logger: Logger;
  /** Whether an error means an outage, which is logged without a stack trace. Default: none does. */
  readonly isTransient?: (error: unknown) => boolean;
  readonly observer?: HeatMonitorObserver;
}

/**
 * The role `heat`. One monitor at a time leads, over all processes, and decides for all servers which rooms are hot.
 */
export interface HeatMonitor extends AsyncDisposable {
  leads(): boolean;
  /** Gives the lead up at once. Idempotent. */
  stop(): Promise<void>;
}

/**
 * The last decision. Processes that do not lead remember it as well, so that a store that was emptied loses nothing.
 */
interface Memory {
  readonly second: number;
  readonly decision: HeatDecision;
}

/**
 * follower ── the lease is free ──► leader ── another process has the lease, or it was lost ──► follower
 *
 * The store knows the leader, and takes a decision from no other process: a leader that was stopped for longer than its
 * lease learns of its successor when it writes, and its decision is dropped.
 */
export function startHeatMonitor(options: HeatMonitorOptions): HeatMonitor {
  const { store, thresholds, logger, isTransient = () => false, observer } = options;
  const floor = Math.max(1, thresholds.exit * FLOOR);
  const stopping = new AbortController();
  let token = 0;
  let memory: Memory | null = null;
  let failing = false;
  let heardAt = performance.now();

  const holdLead = (held: number): void => {
    if ((held === 0) !== (token === 0)) {
      observer?.leading(held !== 0);
      logger.info(
        { fencing: held || token },
        held ? 'this process decides which rooms are hot' : 'this process does not decide any more which rooms are hot',
      );
    }
    token = held;
  };

  /** Stores a decision and then logs its changes: a leader that has a successor logs nothing. */
  const publish = async (second: number, decision: HeatDecision, changes: readonly HeatChange[]): Promise<void> => {
    if (!(await store.publish(token, second, decision))) return holdLead(0);
    memory = { second, decision };
    for (const { state, ...change } of changes) {
      observer?.changed({ state, ...change });
      logger.info(change, state === 'HOT' ? 'room turned hot' : 'room cooled');
    }
  };

  const decideSeconds = async (seconds: readonly number[], lead: HeatLead, from: HeatDecision): Promise<void> => {
    const watched = [...from.ruled.keys(), ...lead.overrides.map(({ roomId }) => roomId)];
    const counted = await store.counted(seconds, floor, watched);
    // There are no counts, and the remembered decision may hold no more: servers that decide for themselves know
    // better.
    if (counted.every((counts) => counts === null) && !(memory && stands(memory, lead.nowMs))) return;
    let decision = from;
    const changes: HeatChange[] = [];
    for (const [index, counts] of counted.entries()) {
      // A second without any report was not a quiet second, and decides nothing.
      const step = decide(
        decision,
        { second: seconds[index]!, counts, now: lead.nowMs, overrides: lead.overrides },
        thresholds,
      );
      decision = step.decision;
      changes.push(...step.changes);
    }
    const published = new Map([
      ...topK(decision.counts, ROOMS_PUBLISHED),
      ...countsOf(decision.hot.keys(), decision.counts),
    ]);
    await publish(seconds.at(-1)!, { ...decision, counts: published }, changes);
  };

  const tick = async (): Promise<HeatView> => {
    let lead = await store.lead(token, LEASE_MS);
    heardAt = performance.now();
    holdLead(lead.token);
    if (lead.shared) memory = lead.shared;
    if (token === 0) return lead;

    if (!lead.shared && memory) {
      // The store was emptied. The remembered decision is written again, unless the next counts may change it.
      await store.restoreOverrides(token, memory.decision.overrides);
      lead = { ...lead, overrides: merged(lead.overrides, memory.decision.overrides, lead.nowMs) };
      if (stands(memory, lead.nowMs)) await publish(memory.second, memory.decision, []);
    }
    const from = memory?.decision ?? NOTHING_HOT;
    const seconds = secondsDue(memory?.second ?? null, lead.nowMs);
    if (seconds.length > 0) await decideSeconds(seconds, lead, from);
    else if (memory && !sameOverrides(lead.overrides, from.overrides)) {
      const { decision, changes } = decide(
        from,
        { second: memory.second, counts: null, now: lead.nowMs, overrides: lead.overrides },
        thresholds,
      );
      await publish(memory.second, decision, changes);
    }
    return lead;
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const began = performance.now();
      let wait = TICK_MS;
      try {
        const { nowMs } = await tick();
        wait = untilNext(nowMs + performance.now() - began);
        if (failing) logger.info('Redis lets this process decide again which rooms are hot');
        failing = false;
      } catch (error) {
        const why = isTransient(error) ? { reason: (error as Error).message } : { err: error };
        if (!failing) logger.warn(why, 'Redis does not let this process decide which rooms are hot; retrying');
        failing = true;
        if (performance.now() - heardAt > LEASE_MS) holdLead(0);
      }
      await pause(wait, stopping.signal);
    }
  };
  const running = run();
  // A decision published before the store was emptied is remembered, also between two polls.
  const unsubscribe = store.onDecision((shared) => {
    if (token === 0 && shared.second >= (memory?.second ?? 0)) memory = shared;
  });

  const stop = async (): Promise<void> => {
    stopping.abort();
    unsubscribe();
    await running;
    if (token !== 0) await store.resign(token).catch(() => undefined);
    holdLead(0);
  };
  let stopped: Promise<void> | undefined;
  const stopOnce = (): Promise<void> => (stopped ??= stop());

  return { leads: () => token !== 0, stop: stopOnce, [Symbol.asyncDispose]: stopOnce };
}

/**
 * The seconds that have their counts and are not decided, oldest first. @param decided the last decided second, or null
 */
function secondsDue(decided: number | null, now: number): readonly number[] {
  const last = Math.floor((now - COUNTED_AFTER_MS) / 1_000) - 1;
  // Far ahead of the clock: the store was replaced by one whose clock is behind. Its seconds begin here.
  if (decided === null || decided > last + CATCH_UP_SECONDS) return [last];
  const first = Math.max(decided + 1, last - CATCH_UP_SECONDS + 1);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

/** Whether every hot room still is, with any counts since. */
function stands({ second, decision }: Memory, now: number): boolean {
  return holds(second, now) && [...decision.hot.values()].every(({ until }) => until > now);
}

const untilNext = (now: number): number => TICK_MS - (now % TICK_MS) + BEHIND_MS;

const countsOf = (
  rooms: Iterable<HeatOverride['roomId']>,
  counts: HeatDecision['counts'],
): [HeatOverride['roomId'], number][] => [...rooms].map((roomId) => [roomId, counts.get(roomId) ?? 0]);

function merged(set: readonly HeatOverride[], remembered: readonly HeatOverride[], now: number): HeatOverride[] {
  return [
    ...new Map(
      [...remembered.filter(({ until }) => until > now), ...set].map((override) => [override.roomId, override]),
    ).values(),
  ];
}

function sameOverrides(a: readonly HeatOverride[], b: readonly HeatOverride[]): boolean {
  const known = new Map(b.map((override) => [override.roomId, override]));
  return (
    a.length === b.length &&
    a.every(({ roomId, state, until }) => known.get(roomId)?.state === state && known.get(roomId)?.until === until)
  );
}
