import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkoutCommit } from './version.js';

const run = promisify(execFile);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'madang-version-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Git without the settings of this machine and of a hook that runs the tests. */
async function git(...args: readonly string[]): Promise<string> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'commit.gpgsign=false'];
  const { stdout } = await run('git', [...identity, '-C', folder, ...args], {
    env: { ...env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
  });
  return stdout.trim();
}

test('the commit of a checkout is found: loose, packed, detached and in a work tree', async () => {
  await git('init', '-q', '-b', 'main');
  await git('commit', '-q', '--allow-empty', '-m', 'first');
  const first = await git('rev-parse', 'HEAD');
  expect(checkoutCommit(folder)).toBe(first);

  await git('worktree', 'add', '-q', '-b', 'topic/x', join(folder, 'tree'));
  expect(checkoutCommit(join(folder, 'tree'))).toBe(first);

  await git('pack-refs', '--all');
  expect(checkoutCommit(folder)).toBe(first);
  expect(checkoutCommit(join(folder, 'tree'))).toBe(first);

  await git('checkout', '-q', '--detach');
  await git('commit', '-q', '--allow-empty', '-m', 'second');
  expect(checkoutCommit(folder)).toBe(await git('rev-parse', 'HEAD'));
  expect(checkoutCommit(folder)).not.toBe(first);
});

test('a folder that is no checkout, or a damaged one, has no commit', async () => {
  expect(checkoutCommit(folder)).toBeUndefined();
  await writeFile(join(folder, '.git'), 'gitdir: nowhere\n');
  expect(checkoutCommit(folder)).toBeUndefined();
});
