/**
 * The static checks, each only where its configuration exists. `npm run lint` and `npm run typecheck` run some of them.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareOrExit, root } from './prepare.mjs';

const has = (...names) => names.some((name) => existsSync(join(root, name)));
const bin = (path) => join(root, 'node_modules', path);
const folders = [
  'src',
  'test',
  'bench',
  'examples',
  'packages/client/src',
  'web/client/src',
  'web/console/src',
  'web/shared',
].filter((name) => has(name));

const all = {
  types: {
    title: 'types',
    when: has('tsconfig.json'),
    args: [bin('typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.json'],
  },
  pages: {
    title: 'types of the web pages',
    when: has('web/tsconfig.json'),
    args: [bin('typescript/bin/tsc'), '--noEmit', '-p', 'web/tsconfig.json'],
  },
  lint: {
    title: 'lint',
    when: has('.oxlintrc.json', 'oxlint.config.ts'),
    args: [bin('oxlint/bin/oxlint'), '--type-aware', ...folders],
  },
  format: {
    title: 'format',
    when: has('.prettierrc.json'),
    args: [bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'],
  },
  imports: {
    title: 'imports',
    when: has('.dependency-cruiser.cjs'),
    args: [
      bin('dependency-cruiser/bin/dependency-cruise.mjs'),
      '--config',
      '.dependency-cruiser.cjs',
      'src',
      'packages/client/src',
    ],
  },
  unused: {
    title: 'unused code',
    when: has('knip.json', 'knip.jsonc', 'knip.js', 'knip.ts'),
    args: [bin('knip/bin/knip.js')],
  },
};

export const checks = (names) => names.map((name) => all[name]).filter((check) => check.when);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await prepareOrExit({ dev: true, examples: true, out: process.stderr });
  for (const { args } of checks(process.argv.slice(2))) {
    const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
    if (status !== 0) process.exit(status ?? 1);
  }
}
