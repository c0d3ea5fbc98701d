import { randomInt } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Engine } from '../support/deployment.js';
import { engines } from '../support/deployment.js';
import { TWO_OF_EACH } from './cluster.js';
import { USUAL_LOAD } from './load/load.js';
import type { Entrance } from './entrances/fuzz.js';
import { entrances, fuzzReport } from './entrances/fuzz.js';
import { fuzzMinutes } from './entrances/minutes.js';
import { createPlan, parseSchedule } from './plan.js';
import { isKept, reportOf } from './report.js';
import { runFaults } from './run.js';

const USAGE = `npm run faults -- [--minutes N] [--engine embedded|kafka] [--seed S] [--schedule FILE] [--standby]
                  [--rolling] [--entrance ${entrances.join('|')}]

  --minutes N      how long things go wrong (2); without --engine so long on each
  --engine E       embedded or kafka; both, one after the other, where it is left out
  --seed S         the same faults at the same moments again, as far as many processes can
  --schedule FILE  the faults that a run has written down, with its engine, seed and minutes
  --standby        PostgreSQL has an asynchronous standby, which is promoted again and again while it lacks the last
                   commits; without it, and without --schedule and --entrance, a minute of that follows on each engine
  --rolling        a rolling restart of every process begins each minute, beside the other faults
  --entrance E     nothing but hostile requests at that entrance, for the minutes given (1); without it, and without
                   --engine and --schedule, a minute of each follows the faults
`;

// Some of the checks are those of the tests, which use Jest's expectations.
Object.assign(globalThis, {
  expect: (createRequire(createRequire(import.meta.url).resolve('jest'))('expect') as { readonly expect: unknown })
    .expect,
});

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    engine: { type: 'string' },
    seed: { type: 'string' },
    schedule: { type: 'string' },
    entrance: { type: 'string' },
    standby: { type: 'boolean' },
    rolling: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
const given = values.schedule === undefined ? null : parseSchedule(await readFile(values.schedule, 'utf8'));
const minutes = Number(values.minutes ?? given?.head.minutes ?? 2);
const seed = Number(values.seed ?? given?.head.seed ?? randomInt(2 ** 31));
const engine = values.engine ?? given?.head.engine;
const { entrance } = values;
if (
  values.help ||
  !(minutes > 0) ||
  !Number.isInteger(seed) ||
  (engine !== undefined && !engines.includes(engine as Engine)) ||
  (entrance !== undefined && !entrances.includes(entrance as Entrance))
) {
  process.stdout.write(USAGE);
  process.exit(values.help ? 0 : 2);
}

const sessionMs = (on: Engine): number => (on === 'kafka' ? 8_000 : 4_000);
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => ending.abort(new Error(`ended by ${signal}`)));
let kept = true;
const standby = values.standby ?? given?.head.standby ?? false;
const shaken = entrance !== undefined ? [] : engine === undefined ? engines : [engine as Engine];

/**
 * The effect of a promotion on campaigns is tested separately, in test/e2e/failover.e2e.test.ts: after a loss the
 * answers of customers may be wrong.
 */
const LOAD_WITH_STANDBY = { ...USUAL_LOAD, stock: 0 };

const ROLL_EVERY_MS = 60_000;

async function shake(on: Engine, length: number, withStandby: boolean): Promise<void> {
  const folder = join(
    'var/faults',
    `${new Date().toISOString().replaceAll(/[:.]/g, '-')}-${on}${withStandby ? '-standby' : ''}-${seed}`,
  );
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  say(`faults on ${on}${withStandby ? ' with a standby of PostgreSQL' : ''}, seed ${seed}`);
  const result = await runFaults({
    engine: on,
    seed,
    minutes: length,
    shape: TWO_OF_EACH,
    load: withStandby ? LOAD_WITH_STANDBY : USUAL_LOAD,
    smallDisks: !withStandby,
    standby: withStandby,
    plan: (targets) =>
      given?.plan ??
      createPlan({
        seed,
        ms: length * 60_000 - 5_000,
        targets,
        sessionMs: sessionMs(on),
        rollEveryMs: values.rolling ? ROLL_EVERY_MS : undefined,
      }),
    folder,
    say,
    signal: ending.signal,
  }).catch((error: unknown) => {
    if (!ending.signal.aborted) throw error;
    say((ending.signal.reason as Error).message);
    process.exit(130);
  });
  const report =
    `${new Date().toISOString()}, ${on}${withStandby ? ' with a standby' : ''}, seed ${seed}, ` +
    `${length} minutes\n${reportOf(result)}`;
  await writeFile(join(folder, 'report.txt'), report);
  say(`\n${report}`);
  if (isKept(result)) return;
  kept = false;
  say(`A promise was broken. The same again: npm run faults -- --schedule ${join(folder, 'schedule.jsonl')}`);
}

for (const on of shaken) await shake(on, minutes, standby);
if (!standby && given === null) for (const on of shaken) await shake(on, 1, true);
const attacked =
  entrance !== undefined ? [entrance as Entrance] : engine === undefined && given === null ? entrances : [];
for (const at of attacked) {
  const folder = join('var/faults', `${new Date().toISOString().replaceAll(/[:.]/g, '-')}-${at}-${seed}`);
  process.stdout.write(`attacks over ${at}, seed ${seed}\n`);
  const result = await fuzzMinutes({
    entrance: at,
    seed,
    minutes: entrance === undefined ? 1 : Number(values.minutes ?? 1),
    folder,
  });
  process.stdout.write(`${fuzzReport(result)}\n`);
  if (result.broken.length === 0) continue;
  kept = false;
  process.stdout.write(
    `A promise was broken; the log is in ${folder}. The same again: ` +
      `npm run faults -- --entrance ${at} --seed ${seed}\n`,
  );
}
process.exit(kept ? 0 : 1);
