import type { Constants } from '../../src/engine/pacing/constants.js';
import { CONTROLLER } from '../../src/engine/pacing/constants.js';
import type { Bounds } from '../../src/engine/pacing/bounds.js';
import type { Decision } from '../../src/engine/pacing/controller.js';
import type { Pacer } from '../../src/engine/pacing/pacer.js';
import { createPacer } from '../../src/engine/pacing/pacer.js';
import type { SimulatedClock } from './simulated-clock.js';
import { createSimulatedClock } from './simulated-clock.js';
import type { DatabaseModel, Load, SimulatedDatabase } from './simulated-database.js';
import { createSimulatedDatabase, seeded } from './simulated-database.js';

/** A process that issues from a queue, partitions side by side, each a slice at a time, as a paced decider does. */
export interface SimulatedIssuer {
  readonly pacer: Pacer;
  readonly decisions: readonly (Decision & { readonly at: number })[];
  /** Stored requests a second, in this time. */
  rate(fromMs: number, toMs: number): number;
  /** Appends so many requests to the queue. */
  fill(requests: number): void;
  /** Removes all requests that are not taken yet. */
  drain(): void;
  stop(): void;
}

export interface IssuerOptions {
  readonly bounds: Bounds;
  readonly constants?: Constants;
  readonly partitions?: number;
  /** Requests in the queue at first; unlimited by default. */
  readonly backlog?: number;
}

export function startIssuer(
  clock: SimulatedClock,
  database: SimulatedDatabase,
  options: IssuerOptions,
): SimulatedIssuer {
  const { bounds, constants = CONTROLLER, partitions = 6 } = options;
  const decisions: (Decision & { at: number })[] = [];
  const stored: { at: number; records: number }[] = [];
  const stopping = Array.from({ length: partitions }, () => new AbortController());
  let backlog = options.backlog ?? Infinity;
  let idle: (() => void)[] = [];
  const pacer = createPacer({
    bounds,
    constants,
    clock,
    onDecision: (decision) => decisions.push({ ...decision, at: clock.now() }),
  });

  async function work(partition: number): Promise<void> {
    const { signal } = stopping[partition]!;
    let failures = 0;
    while (!signal.aborted) {
      if (backlog < 1) {
        await new Promise<void>((resolve) => idle.push(resolve));
        continue;
      }
      const wanted = Math.min(500, backlog);
      backlog -= wanted;
      const records = await pacer.admit(partition, wanted, signal);
      backlog += wanted - records;
      if (records === 0) continue;
      try {
        const took = await database.commit(records);
        failures = 0;
        stored.push({ at: clock.now(), records });
        pacer.stored({ partition, records, ...took });
      } catch (error) {
        backlog += records;
        pacer.failed(partition, error);
        await new Promise<void>((resolve) => clock.after(Math.min(2_000, 50 * 2 ** failures++), resolve));
      }
    }
  }
  for (let partition = 0; partition < partitions; partition++) void work(partition);

  return {
    pacer,
    decisions,
    rate: (fromMs, toMs) =>
      stored.reduce((sum, { at, records }) => (at >= fromMs && at < toMs ? sum + records : sum), 0) /
      ((toMs - fromMs) / 1_000),
    fill(requests) {
      backlog += requests;
      for (const wake of idle) wake();
      idle = [];
    },
    drain() {
      backlog = 0;
    },
    stop() {
      for (const each of stopping) each.abort();
      pacer.stop();
    },
  };
}

export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

export const p99 = (load: Load, fromMs: number, toMs: number): number =>
  percentile(
    load.latencies.flatMap(({ at, ms }) => (at >= fromMs && at < toMs ? [ms] : [])),
    0.99,
  );

/** The result of one fixed rate: the stored requests, and the p99 of the chat beside it. */
export async function atFixedRate(
  model: DatabaseModel,
  rate: number,
  seed: number,
  partitions = 6,
  seconds = 15,
): Promise<{ readonly stored: number; readonly p99: number }> {
  const clock = createSimulatedClock();
  const database = createSimulatedDatabase(clock, model, seeded(seed));
  const chat = database.chat(CHAT_PER_SECOND);
  const issuer = startIssuer(clock, database, {
    bounds: { minRate: Math.max(1, rate), maxRate: Math.max(1, rate) },
    partitions,
    backlog: rate === 0 ? 0 : Infinity,
  });
  await clock.runTo(seconds * 1_000);
  issuer.stop();
  return { stored: issuer.rate(2_000, seconds * 1_000), p99: p99(chat, 2_000, seconds * 1_000) };
}

export const CHAT_PER_SECOND = 100;

/**
 * The highest fixed rate from `from` on with which the p99 of the chat stays within twice its value without issuing.
 */
export async function bestFixedRate(
  model: DatabaseModel,
  seed: number,
  partitions = 6,
  from = 50,
): Promise<{ readonly rate: number; readonly quiet: number }> {
  const quiet = (await atFixedRate(model, 0, seed, partitions)).p99;
  let best = 0;
  for (let rate = from; ; rate *= 1.15) {
    const { stored, p99 } = await atFixedRate(model, rate, seed, partitions);
    if (p99 <= 2 * quiet) best = Math.max(best, stored);
    if (stored < rate * 0.8) return { rate: best, quiet };
  }
}
