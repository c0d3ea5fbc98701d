import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import type { ManagedServer, ServerOptions } from './managed-server.js';
import { ServerStartError } from './managed-server.js';
import { choosePostgresAccount, launchAs } from './postgres-account.js';
import type { PostgresAccount } from './postgres-account.js';
import { findPostgresBinaries } from './postgres-binaries.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { startServer } from './start-server.js';

const run = promisify(execFile);

/** The limit of macOS; that of Linux is 107. */
const MAX_SOCKET_PATH_BYTES = 103;

const user = 'madang';
const database = 'madang';

/**
 * Durability keeps its defaults (fsync and synchronous_commit on): acknowledged data must survive a crash of the
 * machine.
 */
const settings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  max_connections: '100',
  shared_buffers: '128MB',
  max_wal_size: '1GB',
  log_line_prefix: '%m [%p] ',
  // Independent of the environment of the first start.
  timezone: 'UTC',
  log_timezone: 'UTC',
  datestyle: 'ISO, MDY',
};

/**
 * Overrides the driver's environment variables (PGSSLMODE, PGOPTIONS, PGREPLICATION), which are meant for another
 * server. User, password, host, port and database are in the address.
 */
const OWN_SERVER = { sslmode: 'disable', options: '-c TimeZone=UTC', replication: 'false' } as const;

/**
 * The embedded PostgreSQL, with a database `madang` in it. It recovers from a crash, of itself or of the machine, at
 * the next start.
 */
export function startPostgres(options: ServerOptions): Promise<ManagedServer> {
  return startServer('postgres', options, async (dir, { password }) => {
    const data = join(dir, 'data');
    const pidFile = join(data, 'postmaster.pid');
    const binaries = await findPostgresBinaries();
    const account = await choosePostgresAccount(dir, binaries.postgres);
    await initialise({ dir, data, password, binaries, account });
    const socketDir = (await holdsSockets(dir)) ? dir : '';
    const all = { ...settings, unix_socket_directories: socketDir, ...options.settings };
    const parameters = Object.entries({ ...OWN_SERVER, ...(socketDir && { host: socketDir }) });
    const query = parameters.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&');
    const urlOf = (port: number, name: string): string =>
      `postgres://${user}:${password}@127.0.0.1:${port}/${name}?${query}`;
    return {
      name: 'postgres',
      dir,
      logFile: join(dir, 'postgres.log'),
      pidFile,
      writesPidFile: true,
      // Replaying the log after a crash is part of the start.
      startTimeoutMs: 120_000,
      // Fast: sessions are ended and a checkpoint is written. Immediate: the next start replays the log.
      stopSteps: [
        { signal: 'SIGINT', graceMs: 30_000 },
        { signal: 'SIGQUIT', graceMs: 5_000 },
        { signal: 'SIGKILL', graceMs: 5_000 },
      ],
      // A backend may outlive a killed postmaster for a moment; then the shared memory is still in use.
      passing: /pre-existing shared memory block/,
      remedy: 'see the log, or set DATABASE_URL to an existing PostgreSQL',
      url: (port) => urlOf(port, database),
      command: async (port) =>
        launchAs(account, binaries.postgres, [
          '-D',
          data,
          '-p',
          String(port),
          ...Object.entries(all).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
        ]),
      owns: (commandLine) => commandLine.includes(`-D ${data} `),
      probe: (port) =>
        withClient(urlOf(port, 'postgres'), async (client) => {
          const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
          return (await realpath(rows[0]?.data_directory ?? '/')) === data;
        }),
      disownPidFile: () => Promise.all([disown(pidFile), forgetSockets(dir)]).then(() => undefined),
      // It has answered already, and is busy with the rest of its start.
      whenServing: (port) => withClient(urlOf(port, 'postgres'), createDatabase, 60_000),
    };
  });
}

/**
 * Whether the server's Unix socket can be in `dir`, for clients on this machine: a query takes each side about a
 * seventh less CPU than over TCP. Not on a system without Unix sockets, nor if the address would be too long or a list
 * of several, nor in many folders that a virtual machine shares with its host.
 */
async function holdsSockets(dir: string): Promise<boolean> {
  const longest = `${dir}/.s.PGSQL.65535`;
  if (process.platform === 'win32' || Buffer.byteLength(longest) > MAX_SOCKET_PATH_BYTES || dir.includes(','))
    return false;
  const probe = join(dir, '.s.probe');
  const server = createServer();
  try {
    await rm(probe, { force: true });
    server.listen(probe);
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

async function withClient<T>(
  connectionString: string,
  work: (client: Client) => Promise<T>,
  timeoutMs = 2_000,
): Promise<T> {
  // PGSSLNEGOTIATION=direct from the environment conflicts with an address without TLS.
  const plain = { sslnegotiation: 'postgres', application_name: 'madang' } as const;
  const client = new Client({
    connectionString,
    ...plain,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: 5 * timeoutMs,
  });
  // A session that the server ends emits 'error' besides the failed query; without a listener it would be fatal.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function createDatabase(client: Client): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
  if (rowCount === 0) await client.query(`CREATE DATABASE ${database} ENCODING 'UTF8' TEMPLATE template0`);
}

interface Cluster {
  readonly dir: string;
  readonly data: string;
  readonly password: string;
  readonly binaries: PostgresBinaries;
  readonly account: PostgresAccount;
}

/** Created beside and renamed when complete, so that a kill in between leaves nothing that looks initialised. */
async function initialise({ dir, data, password, binaries, account }: Cluster): Promise<void> {
  if ((await stat(join(data, 'PG_VERSION')).catch(() => undefined)) !== undefined) return;
  const fresh = join(dir, 'data.new');
  const passwordFile = join(dir, 'password.tmp');
  await rm(fresh, { recursive: true, force: true });
  await writeFile(passwordFile, password, { mode: 0o600 });
  const { file, args, uid, gid } = launchAs(account, binaries.initdb, [
    '-D',
    fresh,
    '-U',
    user,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Byte order, as in the C locale, and upper and lower case of every script, equal on every operating system.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
  ]);
  try {
    if (uid !== undefined && gid !== undefined) await run('chown', [`${uid}:${gid}`, passwordFile]);
    await run(file, args, { cwd: dir, ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) });
    await rename(fresh, data);
  } catch (error) {
    const output = (error as { stderr?: string }).stderr?.trim() ?? String(error);
    throw new ServerStartError('postgres', `PostgreSQL could not be initialised in ${data}: ${output}`, {
      cause: error,
    });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** A killed server leaves its sockets, each with a lock that contains the same number as the pid file. */
async function forgetSockets(dir: string): Promise<void> {
  const left = (await readdir(dir)).filter((name) => /^\.s\.PGSQL\.\d+(\.lock)?$/.test(name));
  await Promise.all(left.map((name) => rm(join(dir, name), { force: true })));
}

/**
 * PostgreSQL refuses to start while the process in its pid file lives, even if the number was reused by another
 * program. The file must not be removed: it also names the shared memory that shows whether old backends still write.
 * So only the number is replaced, by one that no system assigns.
 */
async function disown(pidFile: string): Promise<void> {
  const text = await readFile(pidFile, 'utf8');
  await writeFile(pidFile, text.replace(/^\d+/, '2147483647'));
}
