/**
 * `npm run mutations`: changes that a careful reviewer fears, one at a time in a copy of the checkout, each with the
 * tests nearest to it. A change that no test notices survives, and wants a test. Arguments: parts of file names, or of
 * what is found; none: all. For hours, not for each commit: docs/contributing.md says how it stands.
 */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { prepareOrExit, root } from '../prepare.mjs';
import { lua } from './lua.mjs';
import { races } from './races.mjs';
import { sql } from './sql.mjs';

const LONGEST_MS = 240_000;

const wanted = process.argv.slice(2);
const mutations = [...races, ...lua, ...sql].filter(
  ({ file, find }) => wanted.length === 0 || wanted.some((part) => `${file} ${find}`.includes(part)),
);

/** Everything that git knows or would add, and what is generated. */
function copyCheckout() {
  const copy = mkdtempSync(join(tmpdir(), 'madang-mutations-'));
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter(Boolean);
  for (const file of [...files, 'src/projections/prisma']) {
    if (!existsSync(join(root, file))) continue;
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file), { recursive: true });
  }
  for (const folder of ['node_modules', 'dist']) symlinkSync(join(root, folder), join(copy, folder));
  return copy;
}

/** Servers for the whole run, unless the environment names some. */
async function startServers() {
  const { default: start } = await import('../../test/support/global-setup.js');
  const { default: end } = await import('../../test/support/global-teardown.js');
  await start();
  return end;
}

/** @returns what jest found, or null where it did not end in time */
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
    const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), LONGEST_MS);
    child.once('close', () => {
      clearTimeout(timer);
      resolve(existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : null);
    });
  });
}

async function outcomeOf(copy, { file, find, replace, tests, only }) {
  const path = join(copy, file);
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (text.split(find).length !== 2) return 'stale';
  if (!tests.every((test) => existsSync(join(copy, test)))) return 'no tests';
  writeFileSync(
    path,
    text.replace(find, () => replace),
  );
  try {
    const found = await jest(copy, { tests, only });
    if (found === null) return 'killed (time)';
    if (found.numFailedTests > 0) return 'killed';
    if (found.numFailedTestSuites > 0) return 'does not run';
    return found.numPassedTests === 0 ? 'no tests' : 'SURVIVED';
  } finally {
    writeFileSync(path, text);
  }
}

await prepareOrExit({ dev: true });
const copy = copyCheckout();
const endServers = await startServers();
const results = [];
try {
  for (const mutation of mutations) {
    const begun = performance.now();
    const outcome = await outcomeOf(copy, mutation);
    results.push({ ...mutation, outcome });
    const seconds = ((performance.now() - begun) / 1000).toFixed(0).padStart(4);
    const change = mutation.find.trim().split('\n')[0].slice(0, 70);
    process.stdout.write(
      `${outcome.padEnd(14)}${seconds} s  ${mutation.file}  ${change}${mutation.equivalent ? `  (the same by what it does: ${mutation.equivalent})` : ''}\n`,
    );
  }
} finally {
  await endServers().catch((error) => process.stderr.write(`madang: ${error.message}\n`));
  rmSync(copy, { recursive: true, force: true });
}
const counted = results.filter(({ equivalent, outcome }) => !equivalent && outcome !== 'stale');
const killed = counted.filter(({ outcome }) => outcome.startsWith('killed')).length;
process.stdout.write(
  `${killed} of ${counted.length} noticed${counted.length > 0 ? `, ${((100 * killed) / counted.length).toFixed(0)} %` : ''}; ${results.length - counted.length} not counted\n`,
);
process.exit(killed >= 0.9 * counted.length ? 0 : 1);
