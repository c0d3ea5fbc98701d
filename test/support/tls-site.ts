import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, copyFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { chooseFreePort } from '../../src/embedded/ports.js';
import { startPostgres } from '../../src/embedded/postgres.js';
import { ensureCommand } from '../../src/embedded/system-packages.js';
import { findOpenssl } from './certificates.js';
import { quietLogger, until } from './conditions.js';

// Servers that speak TLS alone, with the settings that docs/tls.md gives.

export interface TlsServer extends AsyncDisposable {
  readonly port: number;
}

export async function tlsFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  await findOpenssl();
  const path = await mkdtemp(join(tmpdir(), 'madang-tls-'));
  // Servers that run as users of their own read their certificates there.
  await chmod(path, 0o755);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 10 }) };
}

/** The database `madang` of a PostgreSQL that refuses connections without TLS. */
export async function tlsPostgres(
  folder: string,
): Promise<{ readonly url: (parameters: string) => string } & AsyncDisposable> {
  const server = await startPostgres({ dataDir: folder, log: quietLogger });
  const data = join(folder, 'postgres/data');
  const owner = await stat(data);
  for (const name of ['server.crt', 'server.key']) {
    await copyFile(join(folder, name), join(data, name));
    await chown(join(data, name), owner.uid, owner.gid);
    await chmod(join(data, name), 0o600);
  }
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query('ALTER SYSTEM SET ssl = on');
  await client.query('SELECT pg_reload_conf()');
  await until(
    async () => (await client.query<{ ssl: string }>('SHOW ssl')).rows[0]!.ssl === 'on',
    'PostgreSQL offers TLS',
  );
  await client.end();
  const { username, password, port } = new URL(server.url);
  return {
    url: (parameters) => `postgres://${username}:${password}@localhost:${port}/madang?${parameters}`,
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

export async function tlsRedis(folder: string, settings: string): Promise<TlsServer> {
  const file = await ensureCommand({
    server: 'redis',
    command: 'redis-server',
    packages: { apt: ['redis-server'], dnf: ['redis'], apk: ['redis'], brew: ['redis'] },
    otherwise: 'leave this test out',
    log: quietLogger,
  });
  const port = await chooseFreePort();
  const config = join(folder, 'redis.conf');
  const lines = settings.replaceAll('/etc/redis/', `${folder}/`).replace('tls-port 6379', `tls-port ${port}`);
  await writeFile(config, `bind 127.0.0.1\nsave ""\nrequirepass password\n${lines}`);
  return serving(file, [config], port);
}

export async function haproxy(folder: string, config: string): Promise<TlsServer> {
  const file = await haproxyCommand();
  const port = await chooseFreePort();
  const path = join(folder, 'haproxy.cfg');
  await writeFile(path, config.replace(':443', `127.0.0.1:${port}`));
  return serving(file, ['-db', '-f', path], port);
}

export const haproxyCommand = (): Promise<string> =>
  ensureCommand({
    server: 'HAProxy',
    command: 'haproxy',
    packages: { apt: ['haproxy'], dnf: ['haproxy'], apk: ['haproxy'], brew: ['haproxy'] },
    otherwise: 'leave this test out',
    log: quietLogger,
  });

/** By a connection, for a look that listens itself would take the port from the server at the wrong moment. */
const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

async function serving(file: string, args: readonly string[], port: number): Promise<TlsServer> {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
  };
  try {
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`${file} ended:\n${output}`);
      return accepts(port);
    }, `${file} listens`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, [Symbol.asyncDispose]: stop };
}
