import { spawnSync } from 'node:child_process';

test('the lists of commands, read models and resolvers have what the folders have', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/lists.mjs', '--check'], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
});
