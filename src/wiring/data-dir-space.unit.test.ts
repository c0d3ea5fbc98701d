import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createLifecycle } from '../engine/runtime/lifecycle.js';
import { until } from '../engine/testing/until.js';
import { createMetrics } from '../metrics.js';
import { watchDataDirSpace } from './data-dir-space.js';

const logger = pino({ level: 'silent' });

async function watched(config: { readonly databaseUrl: string | null; readonly log: 'embedded' | 'kafka' }) {
  const dataDir = await mkdtemp(join(tmpdir(), 'madang-space-'));
  const [lifecycle, metrics] = [createLifecycle(logger), createMetrics()];
  const options = { config: { ...config, dataDir, kafkaBrokers: null }, lifecycle, logger, metrics, everyMs: 10 };
  await watchDataDirSpace(options);
  const size = async (): Promise<number | undefined> => (await metrics.dataDirSize.get()).values[0]?.value;
  const free = async (): Promise<number | undefined> => (await metrics.dataDirFree.get()).values[0]?.value;
  const end = async (): Promise<void> => {
    await lifecycle.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { dataDir, size, free, end };
}

test.each([
  { databaseUrl: null, log: 'embedded' as const },
  { databaseUrl: 'postgres://elsewhere', log: 'kafka' as const },
])('the disk of embedded servers is measured: %j', async (config) => {
  const { dataDir, size, free, end } = await watched(config);
  try {
    const { blocks, bsize } = await statfs(dataDir);
    expect(await size()).toBe(blocks * bsize);
    expect(await free()).toBeGreaterThan(0);
    expect(await free()).toBeLessThanOrEqual(blocks * bsize);
    await rm(dataDir, { recursive: true });
    await until(async () => (await size()) === undefined && (await free()) === undefined, 'no value is left');
  } finally {
    await end();
  }
});

test('a process with servers elsewhere shows no disk', async () => {
  const { size, free, end } = await watched({ databaseUrl: 'postgres://elsewhere', log: 'embedded' });
  try {
    expect([await size(), await free()]).toEqual([undefined, undefined]);
  } finally {
    await end();
  }
});
