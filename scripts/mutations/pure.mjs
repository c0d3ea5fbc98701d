/**
 * `npm run mutations:pure`: Stryker over the pure parts, with the unit tests. Installs it first, beside this file.
 * Arguments: parts of file names; none: all.
 *
 * Stryker runs once for each set of files with the same nearest tests, so that a mutant loads these alone. A mutant
 * that does not end is killed with its process after a time; the process is replaced after some mutants, because its
 * modules are never freed; and a run of Stryker that takes too long is killed as a whole.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareOrExit, root } from '../prepare.mjs';
import { nearestTests } from './nearest-tests.mjs';
import { PURE, UNFIT_TESTS } from './pure-parts.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const stryker = join(here, 'node_modules/@stryker-mutator/core/bin/stryker.js');
const sandboxes = join(root, 'dist/.stryker');
const report = join(root, 'dist/.stryker-report.json');

/** Of one run of Stryker. */
const LONGEST_MS = 20 * 60_000;
const NOTICED = new Set(['Killed', 'Timeout', 'RuntimeError']);
const UNNOTICED = new Set(['Survived', 'NoCoverage']);

const tracked = (patterns) =>
  execFileSync('git', ['ls-files', '--', ...patterns.map((pattern) => `:(glob)${pattern}`)], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\n')
    .filter(Boolean);

function setsByTests(wanted) {
  const files = tracked(PURE).filter((file) => !file.endsWith('.test.ts'));
  const tests = tracked(['src/**/*.unit.test.ts']).filter((test) => !UNFIT_TESTS.some((part) => test.includes(part)));
  const sets = new Map();
  for (const [file, nearest] of nearestTests(root, files, tests)) {
    if (wanted.length > 0 && !wanted.some((part) => file.includes(part))) continue;
    const key = nearest.join(' ');
    sets.set(key, { tests: nearest, files: [...(sets.get(key)?.files ?? []), file] });
  }
  return [...sets.values()];
}

/** @returns the mutants, each with its file; null where Stryker did not end in time, or failed */
function runStryker({ files, tests }) {
  rmSync(report, { force: true });
  const child = spawn(
    process.execPath,
    [stryker, 'run', join(here, 'stryker.config.mjs'), '--mutate', files.join(',')],
    { cwd: root, env: { ...process.env, MUTATION_TESTS: JSON.stringify(tests) }, stdio: 'inherit', detached: true },
  );
  const kill = () => process.kill(-child.pid, 'SIGKILL');
  const interrupted = () => {
    kill();
    process.exit(130);
  };
  // It has a process group of its own, which a Ctrl-C at the terminal does not reach.
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  return new Promise((resolve) => {
    const timer = setTimeout(kill, LONGEST_MS);
    child.once('close', () => {
      clearTimeout(timer);
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
      rmSync(sandboxes, { recursive: true, force: true });
      if (!existsSync(report)) return resolve(null);
      const byFile = Object.entries(JSON.parse(readFileSync(report, 'utf8')).files);
      resolve(byFile.flatMap(([file, { source, mutants }]) => mutants.map((mutant) => ({ file, source, ...mutant }))));
    });
  });
}

function mutated({ source, location: { start, end } }) {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  lines[lines.length - 1] = lines.at(-1).slice(0, end.column - 1);
  lines[0] = lines[0].slice(start.column - 1);
  return lines.join('\n');
}

function describe(mutant) {
  const { file, location, replacement, status } = mutant;
  const short = (text) => text.replace(/\s+/g, ' ').slice(0, 90);
  const change = `${short(mutated(mutant))}  =>  ${short(replacement ?? '')}`;
  return `${status.padEnd(10)} ${file}:${location.start.line}  ${change}`;
}

/**
 * The compiler proves that nothing reaches the end of a switch over a union; and the message of a refused input is a
 * text for people.
 */
const isNoRule = (mutant) => /^default:\s.*satisfies never;$|^\{ error: (?:'[^']*'|`[^`]*`) \}$/s.test(mutated(mutant));

await prepareOrExit({ dev: true });
if (!existsSync(stryker)) {
  const options = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync('npm', options, { cwd: here, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

const begun = performance.now();
let noticed = 0;
let unnoticed = 0;
const unfinished = [];
for (const set of setsByTests(process.argv.slice(2))) {
  const mutants = await runStryker(set);
  if (!mutants) {
    unfinished.push(...set.files);
    continue;
  }
  const missed = mutants.filter((mutant) => UNNOTICED.has(mutant.status) && !isNoRule(mutant));
  noticed += mutants.filter(({ status }) => NOTICED.has(status)).length;
  unnoticed += missed.length;
  // At once: the whole takes a while, and may be interrupted.
  for (const mutant of missed) process.stdout.write(`${describe(mutant)}\n`);
}
rmSync(report, { force: true });
const counted = noticed + unnoticed;
const share = counted > 0 ? `, ${((100 * noticed) / counted).toFixed(0)} %` : '';
const minutes = ((performance.now() - begun) / 60_000).toFixed(0);
process.stdout.write(`${noticed} of ${counted} noticed${share}, in ${minutes} minutes\n`);
if (unfinished.length > 0) process.stdout.write(`not finished: ${unfinished.join(', ')}\n`);
process.exit(noticed >= 0.9 * counted && unfinished.length === 0 ? 0 : 1);
