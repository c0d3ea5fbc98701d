import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { table } from '../src/cli/output.js';
import { drops } from './bot/drops.js';
import { storm } from './bot/storm.js';
import { fanOut } from './fan-out/fan-out.js';
import { gifticon } from './gifticon/gifticon.js';
import { hotRoom } from './hot-room/hot-room.js';
import { http } from './http/http.js';
import { joins } from './joins/joins.js';
import { latency } from './latency/latency.js';
import { memory } from './memory/memory.js';
import { press } from './press/press.js';
import { waiting } from './waiting/waiting.js';
import { rebuildScenario } from './rebuild/rebuild.js';
import { endAllWithProcess } from './support/endings.js';
import { steps } from './steps/steps.js';
import { traces } from './traces/traces.js';
import { record, writePages } from './support/recorded.js';
import type { BenchResult, Scenario } from './support/scenario.js';
import { write } from './write/write.js';

const scenarios: readonly Scenario[] = [
  latency,
  gifticon,
  press,
  hotRoom,
  rebuildScenario,
  http,
  write,
  steps,
  fanOut,
  memory,
  joins,
  storm,
  drops,
  waiting,
  traces,
];

const USAGE = `npm run bench -- [scenario …] [--quick] [--json FILE] [--write]

${scenarios.map(({ name, about }) => `  ${name.padEnd(12)} ${about}`).join('\n')}

  --quick      a short run to see that it works; its figures say little
  --json FILE  writes the figures for programs
  --write      records the run in bench/figures/, and writes the tables of README.md and docs/benchmarks.md from there
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    quick: { type: 'boolean' },
    write: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
const unknown = positionals.filter((name) => !scenarios.some((scenario) => scenario.name === name));
const problems = [
  ...unknown.map((name) => `no such scenario: ${name}`),
  ...(values.quick && values.write ? ['the figures of a quick run say little: use --write without --quick'] : []),
];
if (values.help || problems.length > 0) {
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.stdout.write(USAGE);
  process.exit(problems.length > 0 ? 2 : 0);
}

endAllWithProcess();
const chosen = scenarios.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const results: Record<string, BenchResult['figures']> = {};
for (const scenario of chosen) {
  process.stdout.write(`\n${scenario.name}: ${scenario.about}\n`);
  const result = await scenario.run((progress) => process.stderr.write(`  ${progress}\n`), {
    quick: values.quick === true,
  });
  for (const { title, headings, rows } of result.tables)
    process.stdout.write(`\n${title === '' ? '' : `${title}\n`}${table(headings, rows)}`);
  for (const plot of result.plots ?? []) process.stdout.write(`\n${plot}`);
  process.stdout.write(result.notes.map((note) => `  ${note}\n`).join(''));
  results[scenario.name] = result.figures;
  if (values.write) await record(process.cwd(), scenario, result);
}
if (values.write) await writePages(process.cwd());
if (values.json) {
  const machine = {
    node: process.version,
    cpus: cpus().length,
    model: cpus()[0]?.model ?? 'unknown',
    at: new Date().toISOString(),
  };
  await writeFile(values.json, `${JSON.stringify({ machine, results }, null, 2)}\n`);
}
