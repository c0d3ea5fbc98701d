import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { table } from '../src/cli/output.js';
import { gifticon } from './gifticon/gifticon.js';
import { hotRoom } from './hot-room/hot-room.js';
import { latency } from './latency/latency.js';
import { rebuildScenario } from './rebuild/rebuild.js';
import { endAllWithProcess } from './support/endings.js';
import type { BenchResult, Scenario } from './support/scenario.js';

const scenarios: readonly Scenario[] = [latency, gifticon, hotRoom, rebuildScenario];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, quick: { type: 'boolean' }, help: { type: 'boolean' } },
});
const unknown = positionals.filter((name) => !scenarios.some((scenario) => scenario.name === name));
if (values.help || unknown.length > 0) {
  for (const name of unknown) process.stderr.write(`no such scenario: ${name}\n`);
  process.stdout.write(
    `npm run bench -- [scenario …] [--quick] [--json FILE]\n\n${scenarios.map(({ name, about }) => `  ${name.padEnd(12)} ${about}`).join('\n')}\n`,
  );
  process.exit(unknown.length > 0 ? 2 : 0);
}

endAllWithProcess();
const chosen = scenarios.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const results: Record<string, BenchResult['figures']> = {};
for (const scenario of chosen) {
  process.stdout.write(`\n${scenario.name}: ${scenario.about}\n`);
  const {
    headings,
    rows,
    plots = [],
    notes,
    figures,
  } = await scenario.run((progress) => process.stderr.write(`  ${progress}\n`), { quick: values.quick === true });
  process.stdout.write(
    `\n${table(headings, rows)}${plots.map((plot) => `\n${plot}`).join('')}${notes.map((note) => `  ${note}\n`).join('')}`,
  );
  results[scenario.name] = figures;
}
if (values.json) {
  const machine = {
    node: process.version,
    cpus: cpus().length,
    model: cpus()[0]?.model ?? 'unknown',
    at: new Date().toISOString(),
  };
  await writeFile(values.json, `${JSON.stringify({ machine, results }, null, 2)}\n`);
}
