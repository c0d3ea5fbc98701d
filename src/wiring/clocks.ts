import type pg from 'pg';
import { settlesWithin } from '../engine/runtime/deadline.js';
import type { Lifecycle } from '../engine/runtime/lifecycle.js';
import type { Logger } from '../engine/runtime/logging.js';
import type { Metrics } from '../metrics.js';
import { startPoll } from '../engine/runtime/poll.js';
import type { LogClock, RemoteClock } from '../engine/runtime/remote-clock.js';
import { createRemoteClock } from '../engine/runtime/remote-clock.js';

/** The clocks that commands are judged by, as this process estimates them. */
export interface Clocks {
  /** The broker's clock, if the log is on Kafka: estimated from this process's appends. */
  readonly broker: RemoteClock;
  readonly ofLog: LogClock;
}

export interface ClocksOptions {
  readonly pool: pg.Pool;
  readonly log: 'embedded' | 'kafka';
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly everyMs?: number;
}

const SAMPLE_EVERY_MS = 10_000;
const TIMEOUT_MS = 2_000;
/** A difference that shows in campaigns that open, and in tokens that expire. */
export const TOO_FAR_MS = 2_000;
const NOW = 'SELECT clock_timestamp() AS now';

/**
 * Follows the clocks of the database and the broker, and warns if this process's own is too far from them. Commands are
 * judged by the log's clock; tokens, measurements and log lines use this one.
 */
export async function openClocks({
  pool,
  log,
  lifecycle,
  logger,
  metrics,
  everyMs = SAMPLE_EVERY_MS,
}: ClocksOptions): Promise<Clocks> {
  const [database, broker] = [createRemoteClock(), createRemoteClock()];
  const far = new Set<string>();

  const report = (of: 'database' | 'broker', clock: RemoteClock): void => {
    const difference = clock.difference();
    if (!difference) return;
    const { ms, errorMs } = difference;
    metrics.clockOffset.set({ of }, ms / 1_000);
    const isFar = Math.abs(ms) - errorMs > TOO_FAR_MS;
    if (isFar === far.has(of)) return;
    if (isFar) {
      far.add(of);
      logger.error(
        { of, aheadMs: Math.round(ms) },
        `the clock of this server is too far from that of the ${of}: set both by the same time server`,
      );
    } else {
      far.delete(of);
      logger.info({ of, aheadMs: Math.round(ms) }, `the clock of this server agrees with that of the ${of} again`);
    }
  };

  const sample = async (): Promise<void> => {
    const sentAt = performance.now();
    try {
      const asked = pool.query<{ now: Date }>(NOW);
      if (!(await settlesWithin(asked, TIMEOUT_MS))) throw new Error('no answer in time');
      database.read((await asked).rows[0]!.now.getTime(), sentAt);
      report('database', database);
    } catch (error) {
      logger.debug({ err: error }, 'could not read the time of the database; retrying');
      metrics.clockOffset.remove({ of: 'database' });
    }
    report('broker', broker);
  };

  // The sample reports a server without an answer.
  const poll = startPoll({ run: sample, everyMs, failed: () => undefined });
  await poll.now();
  lifecycle.onStop('following clocks', () => poll.stop());
  const ofLog = (): RemoteClock => (log === 'kafka' && broker.difference() ? broker : database);
  return {
    broker,
    ofLog: {
      now: () => ofLog().now(),
      errorMs: () => ofLog().difference()?.errorMs ?? Number.POSITIVE_INFINITY,
    },
  };
}
