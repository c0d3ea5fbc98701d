import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../support/deployment.js';
import { engines } from '../support/deployment.js';
import { seeded } from '../support/simulated-database.js';
import type { LoadSize } from './load/load.js';
import type { Fault, PlannedFault } from './plan.js';
import { isKept, reportOf } from './report.js';
import { runFaults } from './run.js';

/**
 * FAULT_SEED=… repeats the same times, as far as several processes can. FAULT_VERBOSE=1 prints each fault as it
 * happens.
 */
const SEED = Number(process.env.FAULT_SEED || randomInt(2 ** 31));
process.stderr.write(`faults: FAULT_SEED=${SEED}\n`);

/** The smallest shape with two of each role: npm run faults has a process for each. */
const SHAPE = {
  'api-1': 'api',
  'api-2': 'api',
  'worker-1': 'decider,projector,issuer,heat',
  'worker-2': 'decider,projector,issuer,heat',
};
const LOAD: LoadSize = { rooms: 3, writers: 4, writeEveryMs: 700, readEveryMs: 1_000, stock: 10, customerEveryMs: 600 };
const MINUTES = 0.4;

const faultsOf = (engine: Engine): readonly Fault[] => [
  { kind: 'kill', victim: 'worker-1', ms: 500 },
  { kind: 'kill', victim: 'api-1', ms: 500 },
  { kind: 'restart', victim: 'worker-2' },
  { kind: 'flush' },
  { kind: 'demote', ms: 2_000 },
  { kind: 'cut', link: 'api-2 to postgres' },
  engine === 'kafka'
    ? { kind: 'kill', victim: 'kafka-2', ms: 500 }
    : { kind: 'stall', link: 'worker-2 to postgres', ms: 3_000 },
];

/** All kinds, in random order, at random times. */
function planOf(engine: Engine): readonly PlannedFault[] {
  const random = seeded(SEED);
  const shuffled = faultsOf(engine)
    .map((fault) => ({ fault, by: random() }))
    .sort((a, b) => a.by - b.by);
  return shuffled.map(({ fault }, index) => ({ at: Math.round(2_000 + index * 3_200 + random() * 2_000), fault }));
}

test.each(engines)(
  `every promise is kept through faults under load, on %s (FAULT_SEED=${SEED})`,
  async (engine) => {
    const folder = await mkdtemp(join(tmpdir(), 'madang-faults-'));
    const syntheticLog: string[] = [];
    const say = (line: string): void => {
      syntheticLog.push(line);
      if (process.env.FAULT_VERBOSE) process.stderr.write(`${line}\n`);
    };
    const tell = (report: string): void =>
      void process.stderr.write(
        `on ${engine}, FAULT_SEED=${SEED}, logs in ${folder}:\n${syntheticLog.join('\n')}\n${report}`,
      );
    const result = await runFaults({
      engine,
      seed: SEED,
      minutes: MINUTES,
      shape: SHAPE,
      load: LOAD,
      smallDisks: false,
      standby: false,
      plan: () => planOf(engine),
      folder,
      say,
      signal: new AbortController().signal,
    }).catch((error: unknown) => {
      tell('');
      throw error;
    });
    if (!isKept(result)) tell(reportOf(result));
    expect(result.checks.flatMap(({ promise, broken }) => broken.map((what) => `${promise}: ${what}`))).toEqual([]);
    expect([...result.faults.values()].reduce((sum, count) => sum + count, 0)).toBe(faultsOf(engine).length);
    await rm(folder, { recursive: true, force: true });
  },
  240_000,
);
