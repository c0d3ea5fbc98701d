import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseFreePort } from '../../src/embedded/ports.js';
import { ensureCommand } from '../../src/embedded/system-packages.js';
import { quietLogger, until } from './conditions.js';

export interface Haproxy extends AsyncDisposable {
  /** Where clients reach the API. */
  readonly url: string;
  /** The servers that get new requests. */
  serving(): Promise<readonly string[]>;
}

/**
 * A real HAProxy with the documented configuration, `ops/haproxy/haproxy.cfg`, whose ports are replaced by free ones.
 * @param ports of api-1 and api-2
 */
export async function startHaproxy(ports: readonly [number, number]): Promise<Haproxy> {
  const file = await ensureCommand({
    server: 'proxy',
    command: 'haproxy',
    packages: { apt: ['haproxy'], dnf: ['haproxy'], apk: ['haproxy'], brew: ['haproxy'] },
    otherwise: 'leave this test out',
    log: quietLogger,
  });
  const dir = await mkdtemp(join(tmpdir(), 'madang-haproxy-'));
  const config = join(dir, 'haproxy.cfg');
  const [front, statistics] = [await chooseFreePort(), await chooseFreePort()];
  const replaced: Readonly<Record<string, number>> = { 4000: front, 4001: ports[0], 4002: ports[1], 8404: statistics };
  const text = await readFile('ops/haproxy/haproxy.cfg', 'utf8');
  await writeFile(
    config,
    text.replaceAll(/127\.0\.0\.1:(\d+)/g, (_, port: string) => `127.0.0.1:${replaced[port]}`),
  );
  const child = spawn(file, ['-db', '-f', config], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = once(child, 'exit');

  const serving = async (): Promise<readonly string[]> => {
    const csv = await (await fetch(`http://127.0.0.1:${statistics}/;csv`)).text();
    const rows = csv.split('\n').map((line) => line.split(','));
    const status = rows[0]!.indexOf('status');
    return rows
      .filter(([backend, server, ...rest]) => backend === 'api' && server !== 'BACKEND' && rest[status - 2] === 'UP')
      .map(([, server]) => server!);
  };
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await exited;
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await until(async () => {
      if (child.exitCode !== null) throw new Error('it ended at once');
      return (await serving().catch(() => [])).length === ports.length;
    }, 'HAProxy serves both processes');
  } catch (error) {
    await stop();
    throw new Error(`HAProxy does not serve:\n${output}`, { cause: error });
  }
  return { url: `http://127.0.0.1:${front}`, serving, [Symbol.asyncDispose]: stop };
}
