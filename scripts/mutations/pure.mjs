/**
 * `npm run mutations:pure`: Stryker over the pure parts, with the unit tests. Installs it first, beside this file.
 * Arguments go to Stryker.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareOrExit, root } from '../prepare.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const stryker = join(here, 'node_modules/@stryker-mutator/core/bin/stryker.js');

function run(file, args, cwd) {
  const { status } = spawnSync(file, args, { cwd, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

await prepareOrExit({ dev: true });
if (!existsSync(stryker)) run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], here);
run(process.execPath, [stryker, 'run', join(here, 'stryker.config.mjs'), ...process.argv.slice(2)], root);
