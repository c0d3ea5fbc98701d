import type { DeciderOptions } from '../engine/decider/decider.js';
import { startDecider } from '../engine/decider/decider.js';
import type { Bounds } from '../engine/pacing/bounds.js';
import type { Decision } from '../engine/pacing/controller.js';
import { createPacer } from '../engine/pacing/pacer.js';
import type { Metrics } from '../metrics.js';

export interface IssuerOptions extends Omit<DeciderOptions, 'pace' | 'counts'> {
  readonly metrics: Metrics;
  readonly bounds: Bounds;
}

export interface Issuer {
  /** Resolves when the log has a line for each of this member's first partitions. */
  readonly settled: Promise<void>;
  stop(): Promise<void>;
}

/**
 * The decider of the gifticon queue, at a rate that the database can sustain. Issuers share the partitions of the
 * queue, so campaigns on different partitions drain side by side; each issuer finds its own rate.
 */
export async function startIssuer({ bounds, ...options }: IssuerOptions): Promise<Issuer> {
  const { metrics } = options;
  const logger = options.logger.child({ role: 'issuer' });

  const onDecision = (decision: Decision): void => {
    const { rate, target, baselineMs, latencyMs, reason, changed } = decision;
    metrics.issuerRate.set(rate);
    metrics.issuerTarget.set(target);
    if (baselineMs !== null) metrics.issuerBaselineSeconds.set(baselineMs / 1_000);
    if (latencyMs !== null) metrics.issuerLatencySeconds.set(latencyMs / 1_000);
    if (!changed) return;
    metrics.issuerDecisions.inc({ reason });
    logger.info(
      {
        reason,
        rate: Math.round(rate),
        target: Math.round(target),
        baselineMs: rounded(baselineMs),
        latencyMs: rounded(latencyMs),
      },
      MEANING[reason],
    );
  };

  const pacer = createPacer({ bounds, onDecision });
  const decider = await startDecider({ ...options, logger, pace: pacer, counts: true });
  return {
    settled: decider.settled,
    async stop() {
      // The running slice first: it may still wait for its pacing permit.
      await decider.stop();
      pacer.stop();
    },
  };
}

const rounded = (ms: number | null): number | null => (ms === null ? null : Math.round(ms * 10) / 10);

const MEANING: Readonly<Record<Decision['reason'], string>> = {
  starting: 'issuing begins: the rate doubles until the database is saturated',
  steady: 'issuing at a steady rate',
  latency: 'issuing slower: commits take longer than on an unloaded database',
  waiting: 'issuing slower: connections to the database are scarce',
  errors: 'issuing slower: the database refuses commits',
  stalled: 'issuing slower: no commit has come back for a while',
  recovering: 'issuing faster: the database has room again',
  probing: 'issuing slower for a moment, to measure the latency of an unloaded database',
  bound: 'issuing at a rate limit of the settings',
};
