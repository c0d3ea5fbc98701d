import { randomInt } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Engine } from '../support/deployment.js';
import { engines } from '../support/deployment.js';
import { TWO_OF_EACH } from './cluster.js';
import { USUAL_LOAD } from './load/load.js';
import { createPlan, parseSchedule } from './plan.js';
import { isKept, reportOf } from './report.js';
import { runFaults } from './run.js';

const USAGE = `npm run faults -- [--minutes N] [--engine embedded|kafka] [--seed S] [--schedule FILE]

  --minutes N      how long things go wrong (2); without --engine so long on each
  --engine E       embedded or kafka; both, one after the other, where it is left out
  --seed S         the same faults at the same moments again, as far as many processes can
  --schedule FILE  the faults that a run has written down, with its engine, seed and minutes
`;

// Some of the checks are those of the tests, which find Jest's expectations in place.
Object.assign(globalThis, { expect: (createRequire(createRequire(import.meta.url).resolve('jest'))('expect') as { readonly expect: unknown }).expect });

const { values } = parseArgs({
  options: { minutes: { type: 'string' }, engine: { type: 'string' }, seed: { type: 'string' }, schedule: { type: 'string' }, help: { type: 'boolean' } },
});
const given = values.schedule === undefined ? null : parseSchedule(await readFile(values.schedule, 'utf8'));
const minutes = Number(values.minutes ?? given?.head.minutes ?? 2);
const seed = Number(values.seed ?? given?.head.seed ?? randomInt(2 ** 31));
const engine = values.engine ?? given?.head.engine;
if (values.help || !(minutes > 0) || !Number.isInteger(seed) || (engine !== undefined && !engines.includes(engine as Engine))) {
  process.stdout.write(USAGE);
  process.exit(values.help ? 0 : 2);
}

const sessionMs = (on: Engine): number => (on === 'kafka' ? 8_000 : 4_000);
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ending.abort(new Error(`ended by ${signal}`)));
let kept = true;
for (const on of engine === undefined ? engines : [engine as Engine]) {
  const folder = join('var/faults', `${new Date().toISOString().replaceAll(/[:.]/g, '-')}-${on}-${seed}`);
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  say(`faults on ${on}, seed ${seed}`);
  const result = await runFaults({
    engine: on,
    seed,
    minutes,
    shape: TWO_OF_EACH,
    load: USUAL_LOAD,
    smallDisks: true,
    plan: (targets) => given?.plan ?? createPlan({ seed, ms: minutes * 60_000 - 5_000, targets, sessionMs: sessionMs(on) }),
    folder,
    say,
    signal: ending.signal,
  }).catch((error: unknown) => {
    if (!ending.signal.aborted) throw error;
    say((ending.signal.reason as Error).message);
    process.exit(130);
  });
  const report = `${new Date().toISOString()}, ${on}, seed ${seed}, ${minutes} minutes\n${reportOf(result)}`;
  await writeFile(join(folder, 'report.txt'), report);
  say(`\n${report}`);
  if (isKept(result)) continue;
  kept = false;
  say(`A promise was broken. The same again: npm run faults -- --schedule ${join(folder, 'schedule.jsonl')}`);
}
process.exit(kept ? 0 : 1);
