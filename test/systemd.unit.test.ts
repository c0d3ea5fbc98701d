import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readConfig } from '../src/config.js';
import { findCommand } from '../src/embedded/system-packages.js';

const run = promisify(execFile);
const unit = await readFile('ops/systemd/madang.service', 'utf8');

const valueOf = (key: string): string => {
  const [, value] = new RegExp(`^${key}=(.*)$`, 'm').exec(unit) ?? [];
  if (value === undefined) throw new Error(`the unit has no ${key}`);
  return value;
};

test('systemd takes the unit', async () => {
  const analyze = await findCommand('systemd-analyze');
  if (analyze === undefined) {
    process.stderr.write('systemd-analyze is not here: the unit is checked without it\n');
    return;
  }
  const dir = await mkdtemp(join(tmpdir(), 'madang-systemd-'));
  try {
    // Node may be elsewhere on this machine, and the folder of an installation is not there.
    const here = unit.replace('/usr/bin/node', process.execPath);
    await writeFile(join(dir, 'madang.service'), here);
    const { stdout, stderr } = await run(analyze, ['verify', '--man=no', join(dir, 'madang.service')]);
    expect(stdout + stderr).toBe('');
    // It says so about a unit that is wrong.
    await writeFile(join(dir, 'madang.service'), here.replace('Restart=always', 'Restart=perhaps'));
    const wrong = await run(analyze, ['verify', '--man=no', join(dir, 'madang.service')]).catch(
      (error: unknown) => error as { readonly stdout: string; readonly stderr: string },
    );
    expect(wrong.stdout + wrong.stderr).toContain('perhaps');
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

test('the unit starts the program as the image does, and leaves it time to stop', async () => {
  const [, command] = /^CMD (\[.*\])$/m.exec(await readFile('Dockerfile', 'utf8'))!;
  expect(valueOf('ExecStart')).toBe(`/usr/bin/${(JSON.parse(command!) as string[]).join(' ')}`);
  expect(Number(valueOf('TimeoutStopSec')) * 1_000).toBeGreaterThan(readConfig({}).stopMs);
  expect(valueOf('User')).not.toBe('root');
  const settings = Object.fromEntries(
    valueOf('Environment')
      .split(' ')
      .map((pair) => pair.split('=')),
  ) as Record<string, string>;
  expect(readConfig(settings).dataDir).toBe(`/var/lib/${valueOf('StateDirectory')}`);
});
