import { statfs } from 'node:fs/promises';
import type { Config } from '../config.js';
import type { Lifecycle } from '../engine/runtime/lifecycle.js';
import type { Logger } from '../engine/runtime/logging.js';
import { startPoll } from '../engine/runtime/poll.js';
import type { Metrics } from '../metrics.js';

export interface DataDirSpaceOptions {
  readonly config: Pick<Config, 'dataDir' | 'databaseUrl' | 'log' | 'kafkaBrokers'>;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'dataDirFree' | 'dataDirSize'>;
  readonly everyMs?: number;
}

const SAMPLE_EVERY_MS = 10_000;

/** Measures the file system of embedded servers that write to it. The disks of other servers are their operator's. */
export async function watchDataDirSpace({
  config,
  lifecycle,
  logger,
  metrics,
  everyMs = SAMPLE_EVERY_MS,
}: DataDirSpaceOptions): Promise<void> {
  const writesHere = config.databaseUrl === null || (config.log === 'kafka' && config.kafkaBrokers === null);
  // Gauges without labels begin at 0, and this process knows of no space.
  const unknown = (): void => [metrics.dataDirFree, metrics.dataDirSize].forEach((gauge) => gauge.remove());
  unknown();
  if (!writesHere) return;
  const sample = async (): Promise<void> => {
    const { bavail, blocks, bsize } = await statfs(config.dataDir);
    metrics.dataDirFree.set({}, bavail * bsize);
    metrics.dataDirSize.set({}, blocks * bsize);
  };
  const poll = startPoll({
    run: sample,
    everyMs,
    failed: (error) => {
      unknown();
      logger.debug({ err: error }, 'could not measure the space of the data directory; retrying');
    },
  });
  await poll.now();
  lifecycle.onStop('measuring the data directory', () => poll.stop());
}
