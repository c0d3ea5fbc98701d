import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../support/conditions.js';
import type { DataDir } from '../support/madang.js';
import { createDataDir, startMadang } from '../support/madang.js';

// The start at a terminal, and the start for a log collector.

const ROOT = process.cwd();
const START = join(ROOT, 'scripts/start.mjs');
const OWN_SERVERS = { DATABASE_URL: '', REDIS_URL: '', KAFKA_BROKERS: '', PORT: '0' };

function environment(more: Readonly<Record<string, string>>) {
  const { NODE_OPTIONS: _, NODE_ENV: __, ...inherited } = process.env;
  return { ...inherited, ...more };
}

/** Runs `npm start` at a terminal until it is ready, and stops it. @returns its lines that are not empty */
async function startAtTerminal(data: DataDir): Promise<readonly string[]> {
  const child = spawn('script', ['-qefc', `exec ${process.execPath} ${START}`, '/dev/null'], {
    cwd: tmpdir(),
    env: environment({ ...OWN_SERVERS, MADANG_DATA_DIR: data.path, NO_COLOR: '1' }),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const closed = once(child, 'close');
  try {
    await until(() => text.includes('AUTH_MODE=dev'), 'the banner', 60_000);
  } finally {
    const shown = text;
    // Ctrl-C.
    child.stdin.write('\u0003');
    await closed;
    text = shown;
  }
  return text.split(/\r?\n/).filter((line) => line.trim() !== '');
}

test('at a terminal each part is one line, and the banner comes last', async () => {
  await using data = await createDataDir();
  const first = await startAtTerminal(data);
  const later = await startAtTerminal(data);

  for (const lines of [first, later]) {
    const messages = lines.map((line) => /^\[[\d:]+\] INFO: ([^{]*?)(?: \{.*)?$/.exec(line)?.[1] ?? line);
    expect(messages).toEqual(
      expect.arrayContaining([
        'postgres runs',
        'redis runs',
        'deciding 6 partitions of commands',
        'deciding 6 partitions of gifticon.requests',
        '8 read models live in 6 partitions',
      ]),
    );
    expect(messages.slice(-7)).toEqual([
      'Madang is ready.',
      expect.stringMatching(/Web client, operators' console +http:\S+\/ +http:\S+\/console$/),
      expect.stringContaining('/graphql'),
      expect.stringContaining('/graphql/stream'),
      expect.stringContaining('/readyz'),
      expect.stringMatching(/Process +\d+, which Ctrl-C stops$/),
      expect.stringContaining('Anyone can sign in'),
    ]);
    expect(new Set(messages).size).toBe(messages.length);
  }
  expect(first.some((line) => /brought up to date: \d+ migrations/.test(line))).toBe(true);
  // A slow machine also says that it fills the read models, before they are live, and that Redis was late.
  const isOfSlowMachine = (line: string): boolean => /filling read models|Redis|which rooms are hot/.test(line);
  const [most, fewer] = [first, later].map((lines) => lines.filter((line) => !isOfSlowMachine(line)));
  expect(most!.slice(20)).toEqual([]);
  expect(fewer!.slice(15)).toEqual([]);
}, 120_000);

test('elsewhere stdout has lines of JSON alone, and no line has a key twice', async () => {
  await using data = await createDataDir();
  const { DATABASE_URL, REDIS_URL } = OWN_SERVERS;
  await using madang = await startMadang({
    env: { DATABASE_URL, REDIS_URL, MADANG_DATA_DIR: data.path, LOG_LEVEL: 'trace' },
  });
  await until(() => madang.log.some(({ msg }) => msg.includes('read models live')), 'the read models are live');
  await madang.stop();
  expect(madang.log.length).toBeGreaterThan(60);
  for (const { text } of madang.log) expect(JSON.stringify(JSON.parse(text))).toBe(text);
  const told = madang.log.filter(({ level }) => level !== 'debug' && level !== 'trace');
  expect(told.filter(({ text }) => /"partition":/.test(text))).toEqual([]);
}, 120_000);

async function run(args: readonly string[], cwd: string, more: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, args, { cwd, env: environment(more), stdio: ['ignore', 'pipe', 'pipe'] });
  const written = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (written.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (written.stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...written };
}

test('npm start -- --help shows the usage, and starts nothing', async () => {
  const { code, stdout, stderr } = await run([START, '--help'], tmpdir());
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/--kafka[^]*DATABASE_URL[^]*docs\/settings\.md/);
});

test('an unknown argument is refused, with a hint to --help', async () => {
  const { code, stdout, stderr } = await run([START, '--kafak'], tmpdir());
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('unknown argument --kafak; npm start -- --help');
});

test('bin/madang --version is the version of the package', async () => {
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
  expect(await run([join(ROOT, 'bin/madang'), '--version'], tmpdir())).toEqual({
    code: 0,
    stdout: `${version}\n`,
    stderr: '',
  });
});

test('processes and the tool read the .env of their working folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'madang-env-'));
  try {
    await writeFile(join(folder, '.env'), 'MADANG_ROLE=api\nHOST=0.0.0.0\n');
    const problem = expect.stringContaining('MADANG_ROLE: no such setting (did you mean MADANG_ROLES?)') as string;
    const host = expect.stringContaining('HOST: 0.0.0.0 is not loopback') as string;
    const main = await run([join(ROOT, 'dist/main.js')], folder);
    expect([main.code, main.stderr, main.stderr]).toEqual([1, problem, host]);
    const tool = await run([join(ROOT, 'dist/cli/main.js'), 'projections', 'list'], folder);
    expect([tool.code, tool.stderr, tool.stderr]).toEqual([2, problem, host]);
    // The environment outweighs the file.
    const other = await run([join(ROOT, 'dist/main.js')], folder, { HOST: '127.0.0.1' });
    expect([other.code, other.stderr]).toEqual([1, problem]);
    expect(other.stderr).not.toContain('HOST');
  } finally {
    await rm(folder, { recursive: true });
  }
});
