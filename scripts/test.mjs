/** `npm test`: the checks, then the tests. Stops at the first failure, with its status. Arguments go to jest. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checks } from './checks.mjs';
import { prepareOrExit, root } from './prepare.mjs';

/** Signals from a terminal reach the child as well; a signal to this process alone is passed on. */
function run(args, env) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, ...env }, stdio: 'inherit' });
    const ignore = () => {};
    const forward = () => child.kill('SIGTERM');
    process.on('SIGINT', ignore).on('SIGTERM', forward);
    child.once('close', (code, signal) => {
      process.off('SIGINT', ignore).off('SIGTERM', forward);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}

await prepareOrExit({ dev: true, examples: true });
for (const { title, args } of checks(['types', 'pages', 'format', 'lint', 'imports', 'unused'])) {
  const begun = performance.now();
  const status = await run(args);
  if (status !== 0) {
    process.stderr.write(`madang: ${title} failed\n`);
    process.exit(status);
  }
  process.stdout.write(`${title}: ok, ${((performance.now() - begun) / 1000).toFixed(1)} s\n`);
}

if (existsSync(join(root, 'jest.config.js'))) {
  const options = [process.env.NODE_OPTIONS, '--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const env = { NODE_OPTIONS: options.filter(Boolean).join(' ') };
  process.exit(await run([join(root, 'node_modules/jest/bin/jest.js'), ...process.argv.slice(2)], env));
}
