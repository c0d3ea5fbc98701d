import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { chooseFreePort } from '../../src/embedded/ports.js';
import { ensureCommand } from '../../src/embedded/system-packages.js';
import { quietLogger, until } from './conditions.js';

export interface Pgbouncer extends AsyncDisposable {
  /** The same database, through it. */
  readonly url: string;
}

/** A real PgBouncer before the server of `url`, from the operating system's packages. */
export async function startPgbouncer(url: string, settings: Readonly<Record<string, string>>): Promise<Pgbouncer> {
  const file = await ensureCommand({
    server: 'postgres',
    command: 'pgbouncer',
    packages: { apt: ['pgbouncer'], dnf: ['pgbouncer'], apk: ['pgbouncer'], brew: ['pgbouncer'] },
    otherwise: 'leave this test out',
    log: quietLogger,
  });
  const { username, password, port: serverPort } = new URL(url);
  const dir = await mkdtemp(join(tmpdir(), 'madang-pgbouncer-'));
  const port = await chooseFreePort();
  const lines = {
    listen_addr: '127.0.0.1',
    listen_port: String(port),
    unix_socket_dir: '',
    auth_type: 'trust',
    auth_file: join(dir, 'users.txt'),
    default_pool_size: '60',
    max_client_conn: '300',
    server_tls_sslmode: 'disable',
    ...settings,
  };
  await writeFile(lines.auth_file, `"${username}" "${decodeURIComponent(password)}"\n`);
  const config = join(dir, 'pgbouncer.ini');
  const text = Object.entries(lines).map(([key, value]) => `${key} = ${value}\n`);
  await writeFile(config, `[databases]\n* = host=127.0.0.1 port=${serverPort}\n[pgbouncer]\n${text.join('')}`);
  // It does not run as root, and another user must be able to read these.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) await chmod(dir, 0o755);
  const child = spawn(file, [...(isRoot ? ['-u', 'nobody'] : []), config], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const exited = once(child, 'exit');
  const through = Object.assign(new URL(url), { port: String(port), search: '' }).href;

  const answers = async (): Promise<boolean> => {
    if (child.exitCode !== null) throw new Error(`pgbouncer ended:\n${said}`);
    const client = new pg.Client({ connectionString: through });
    try {
      await client.connect();
      await client.query('SELECT 1');
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await exited;
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await until(answers, 'pgbouncer serves');
  } catch (error) {
    await stop();
    throw new Error(`pgbouncer does not serve:\n${said}`, { cause: error });
  }
  return { url: through, [Symbol.asyncDispose]: stop };
}
