import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ProcessReports } from '../admin/console.js';
import type { ProcessIdentity, ProcessRegistry, ProcessReport } from '../admin/process-report.js';
import { reportProcess } from '../admin/process-report.js';
import type { Config } from '../config.js';
import { settlesWithin } from '../engine/runtime/deadline.js';
import type { Lifecycle } from '../engine/runtime/lifecycle.js';
import type { Logger } from '../engine/runtime/logging.js';
import { startPoll } from '../engine/runtime/poll.js';
import type { Metrics } from '../metrics.js';

export interface ProcessReportsOptions {
  readonly config: Pick<Config, 'roles'>;
  readonly registry: ProcessRegistry;
  readonly notReady: () => Promise<readonly string[]>;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const REPORT_EVERY_MS = 2_000;
const TIMEOUT_MS = 1_500;
const DELAY_RESOLUTION_MS = 20;
const MS_OF_NS = 1e-6;
const NO_ANSWER: readonly string[] = ['a server that it needs does not answer'];

/** Measures this process every two seconds, and reports it to the others. */
export function openProcessReports(options: ProcessReportsOptions): ProcessReports {
  const { config, registry, notReady, lifecycle, logger, metrics } = options;
  const identity: ProcessIdentity = {
    id: randomUUID(),
    host: hostname(),
    pid: process.pid,
    roles: [...config.roles],
    startedAt: new Date(performance.timeOrigin).toISOString(),
  };
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  delay.enable();

  const measure = async (): Promise<ProcessReport> => {
    const asked = notReady();
    const reasons = (await settlesWithin(asked, TIMEOUT_MS)) ? await asked : NO_ANSWER;
    const { user, system } = process.cpuUsage();
    const { heapUsed, rss } = process.memoryUsage();
    const own = {
      CPU_SECONDS: (user + system) / 1e6,
      // The histogram has the whole interval; a late loop is what is above it.
      EVENT_LOOP_DELAY_MS: Math.max(0, delay.percentile(99) * MS_OF_NS - DELAY_RESOLUTION_MS),
      HEAP_BYTES: heapUsed,
      MEMORY_BYTES: rss,
    };
    delay.reset();
    return reportProcess(identity, metrics, own, reasons);
  };

  let latest: Promise<ProcessReport> | null = null;
  const poll = startPoll({
    async run() {
      const measured = measure();
      latest = measured;
      await registry.publish(await measured);
    },
    everyMs: REPORT_EVERY_MS,
    failed: (error) => logger.debug({ err: error }, 'could not report this process to the others; retrying'),
  });
  lifecycle.onStop('the reports of this process', async () => {
    delay.disable();
    await settlesWithin(poll.stop(), TIMEOUT_MS);
  });
  const own = (): Promise<ProcessReport> => (latest ??= measure());
  return {
    own,
    async all() {
      const [mine, others] = await Promise.all([own(), registry.list()]);
      return [mine, ...others.filter(({ id }) => id !== mine.id)];
    },
  };
}
