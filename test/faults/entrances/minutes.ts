import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDataDir, startMadang } from '../../support/madang.js';
import type { Entrance, FuzzResult } from './fuzz.js';
import { fuzzEntrance } from './fuzz.js';

export interface FuzzMinutes {
  readonly entrance: Entrance;
  readonly seed: number;
  readonly minutes: number;
  /** Where the log of the process goes. */
  readonly folder: string;
}

/** Attacks one entrance of a process with servers of its own, as `npm start` has them, and with little memory. */
export async function fuzzMinutes({ entrance, seed, minutes, folder }: FuzzMinutes): Promise<FuzzResult> {
  await using data = await createDataDir();
  await using madang = await startMadang({ env: { MADANG_DATA_DIR: data.path, NODE_OPTIONS: '--max-old-space-size=512' } });
  let alive = true;
  void madang.exited.then(() => (alive = false));
  const result = await fuzzEntrance({ entrance, url: madang.url, seed, ms: minutes * 60_000, isAlive: () => alive });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'madang.log'), madang.log.map(({ text }) => text).join('\n'));
  const faults = madang.log.filter(({ level }) => level === 'error' || level === 'fatal');
  return { ...result, broken: [...result.broken, ...faults.map(({ text }) => `the server logged ${text.slice(0, 500)}`)] };
}
