/**
 * `npm test`: the checks, then the tests; `npm run test:unit` (`--unit`): the unit tests alone. Other arguments go to
 * jest. Stops at the first check that fails, with its status.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { checks } from './checks.mjs';
import { prepareOrExit, root } from './prepare.mjs';

/** Signals from a terminal reach the child as well; a signal to this process alone is passed on. */
function run(args, { env = {}, stdio = 'inherit' } = {}) {
  return new Promise((resolve) => {
    const output = [];
    const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, ...env }, stdio });
    child.stdout?.on('data', (chunk) => output.push(chunk));
    child.stderr?.on('data', (chunk) => output.push(chunk));
    const ignore = () => {};
    const forward = () => child.kill('SIGTERM');
    process.on('SIGINT', ignore).on('SIGTERM', forward);
    child.once('close', (code, signal) => {
      process.off('SIGINT', ignore).off('SIGTERM', forward);
      resolve({ status: code ?? (signal === 'SIGINT' ? 130 : 1), output: Buffer.concat(output) });
    });
  });
}

/** Side by side, since each uses one core for the most part. Returns the status of the first that failed, or 0. */
async function check() {
  const waiting = checks(['format', 'types', 'lint', 'imports', 'unused', 'pages']);
  let failed = 0;
  async function work() {
    while (waiting.length > 0 && failed === 0) {
      const { title, args } = waiting.shift();
      const begun = performance.now();
      const { status, output } = await run(args, { stdio: ['ignore', 'pipe', 'pipe'] });
      process.stdout.write(output);
      failed ||= status;
      const took = `${((performance.now() - begun) / 1000).toFixed(1)} s`;
      if (status === 0) process.stdout.write(`${title}: ok, ${took}\n`);
      else process.stderr.write(`madang: ${title} failed\n`);
    }
  }
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work));
  return failed;
}

const unit = process.argv.includes('--unit');
const given = process.argv.slice(2).filter((argument) => argument !== '--unit');
await prepareOrExit({ dev: true, examples: true });
const failed = unit ? 0 : await check();
if (failed !== 0) process.exit(failed);

if (existsSync(join(root, 'jest.config.js'))) {
  const options = [process.env.NODE_OPTIONS, '--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const env = { NODE_OPTIONS: options.filter(Boolean).join(' ') };
  // Jest takes each word after --selectProjects for the name of a project.
  const project = unit ? ['--selectProjects', 'unit'] : [];
  const { status } = await run([join(root, 'node_modules/jest/bin/jest.js'), ...given, ...project], { env });
  process.exit(status);
}
