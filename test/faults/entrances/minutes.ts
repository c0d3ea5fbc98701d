import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readRunningServers } from '../../../src/embedded/running-servers.js';
import { createDataDir, startMadang } from '../../support/madang.js';
import type { Entrance, FuzzResult } from './fuzz.js';
import { LIMITED, fuzzEntrance, isFault, isTopic } from './fuzz.js';

export interface FuzzMinutes {
  readonly entrance: Entrance;
  readonly seed: number;
  readonly minutes: number;
  /** The folder of the process's log. */
  readonly folder: string;
}

/** Attacks one entrance of a process with servers of its own, as `npm start` has them, and with little memory. */
export async function fuzzMinutes({ entrance, seed, minutes, folder }: FuzzMinutes): Promise<FuzzResult> {
  await using data = await createDataDir();
  const log = isTopic(entrance) ? 'kafka' : 'embedded';
  await using madang = await startMadang({
    startMs: 180_000,
    env: { ...LIMITED, MADANG_DATA_DIR: data.path, MADANG_LOG: log, NODE_OPTIONS: '--max-old-space-size=512' },
  });
  const { kafkaBrokers } = (await readRunningServers(data.path))!;
  let alive = true;
  void madang.exited.then(() => (alive = false));
  const result = await fuzzEntrance({
    entrance,
    url: madang.url,
    seed,
    ms: minutes * 60_000,
    isAlive: () => alive,
    ...(kafkaBrokers === undefined ? {} : { topics: { brokers: kafkaBrokers.split(','), prefix: 'madang' } }),
  });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'madang.log'), madang.log.map(({ text }) => text).join('\n'));
  const faults = madang.log.filter(isFault);
  return {
    ...result,
    broken: [...result.broken, ...faults.map(({ text }) => `the server logged ${text.slice(0, 500)}`)],
  };
}
