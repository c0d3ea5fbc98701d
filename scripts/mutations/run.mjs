/**
 * `npm run mutations`: plausible faults, one at a time in a copy of the checkout, each with the tests nearest to it. A
 * change that no test notices survives, and needs a test. Arguments: names of lists, parts of the names of files or of
 * tests (`.unit.test`), or of the texts; none: all. It takes hours: docs/contributing.md has the state.
 */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { generated, prepareOrExit, root } from '../prepare.mjs';
import { locate, mutations as all, readCheckout } from './list.mjs';

const LONGEST_MS = 240_000;

const wanted = process.argv.slice(2);
const mutations = all.filter(
  ({ list, file, find, tests }) =>
    wanted.length === 0 || wanted.some((part) => list === part || [file, find, ...tests].join(' ').includes(part)),
);

/** Every file that git tracks or would add, and the generated files. */
function copyCheckout() {
  const copy = mkdtempSync(join(tmpdir(), 'madang-mutations-'));
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter(Boolean);
  for (const file of [...files, relative(root, generated)]) {
    if (!existsSync(join(root, file))) continue;
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file), { recursive: true });
  }
  for (const folder of ['node_modules', 'dist']) symlinkSync(join(root, folder), join(copy, folder));
  return copy;
}

/** Servers for the whole run, unless the environment names some or no test needs them. */
async function startServers() {
  if (mutations.every(({ tests }) => tests.every((test) => test.endsWith('.unit.test.ts'))))
    return async () => undefined;
  const { default: start } = await import('../../test/support/global-setup.js');
  const { default: end } = await import('../../test/support/global-teardown.js');
  await start();
  return end;
}

/** @returns jest's result; 'late' where it did not end in time; null where it did not begin */
function jest(copy, { tests, only }) {
  const report = join(copy, 'mutation.json');
  rmSync(report, { force: true });
  const options = ['--json', `--outputFile=${report}`, '--silent', ...(only ? ['-t', only] : [])];
  const NODE_OPTIONS = [process.env.NODE_OPTIONS, '--experimental-vm-modules', '--disable-warning=ExperimentalWarning']
    .filter(Boolean)
    .join(' ');
  const env = { ...process.env, NODE_OPTIONS };
  delete env.TEST_RUN_ID;
  const child = spawn(process.execPath, [join(root, 'node_modules/jest/bin/jest.js'), ...tests, ...options], {
    cwd: copy,
    env,
    stdio: 'ignore',
    detached: true,
  });
  return new Promise((resolve) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      process.kill(-child.pid, 'SIGKILL');
    }, LONGEST_MS);
    child.once('close', () => {
      clearTimeout(timer);
      if (existsSync(report)) resolve(JSON.parse(readFileSync(report, 'utf8')));
      else resolve(late ? 'late' : null);
    });
  });
}

/** @returns the outcome, and the first test that failed */
async function outcomeOf(copy, checkout, { find, replace, only, ...named }) {
  const { file, tests, stale } = locate({ find, ...named }, checkout);
  if (stale) return ['stale'];
  const path = join(copy, file);
  const text = readFileSync(path, 'utf8');
  writeFileSync(
    path,
    text.replace(find, () => replace),
  );
  try {
    const found = await jest(copy, { tests, only });
    if (found === 'late') return ['killed (time)'];
    if (found === null) return ['does not run'];
    if (found.numFailedTests > 0) return ['killed', firstFailure(found)];
    if (found.numFailedTestSuites > 0) return ['does not run'];
    return [found.numPassedTests === 0 ? 'no tests' : 'SURVIVED'];
  } finally {
    writeFileSync(path, text);
  }
}

function firstFailure({ testResults }) {
  const failed = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .find(({ status }) => status === 'failed');
  return failed.title;
}

await prepareOrExit({ dev: true });
const copy = copyCheckout();
const checkout = readCheckout(copy);
const endServers = await startServers();
const results = [];
try {
  for (const mutation of mutations) {
    const begun = performance.now();
    const [outcome, noticedBy] = await outcomeOf(copy, checkout, mutation);
    results.push({ ...mutation, outcome });
    const seconds = ((performance.now() - begun) / 1000).toFixed(0).padStart(4);
    const change = mutation.find.trim().split('\n')[0].slice(0, 70);
    const why = mutation.equivalent ? `  (the same by what it does: ${mutation.equivalent})` : '';
    const by = noticedBy ? `  noticed by: ${noticedBy}` : '';
    process.stdout.write(`${outcome.padEnd(14)}${seconds} s  ${mutation.file}  ${change}${why}${by}\n`);
  }
} finally {
  await endServers().catch((error) => process.stderr.write(`madang: ${error.message}\n`));
  rmSync(copy, { recursive: true, force: true });
}
const counted = results.filter(({ equivalent, outcome }) => !equivalent && outcome !== 'stale');
const killed = counted.filter(({ outcome }) => outcome.startsWith('killed')).length;
const share = counted.length > 0 ? `, ${((100 * killed) / counted.length).toFixed(0)} %` : '';
process.stdout.write(
  `${killed} of ${counted.length} noticed${share}; ${results.length - counted.length} not counted\n`,
);
process.exit(killed >= 0.9 * counted.length ? 0 : 1);
