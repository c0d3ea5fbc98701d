import { chown, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseFreePort } from '../../src/embedded/ports.js';
import { ensureCommand } from '../../src/embedded/system-packages.js';
import { quietLogger } from './conditions.js';
import type { ShellRun } from './documented-commands.js';
import { runBlocks } from './documented-commands.js';

/** A server of Debian's packages, as an operator has it, in a folder of its own. */
export interface OwnPostgres extends AsyncDisposable {
  readonly url: string;
  /** The folder for backups. */
  readonly backups: string;
  /** Runs commands as the user of the server, with its tools. */
  run(blocks: readonly string[], env?: Readonly<Record<string, string>>): Promise<ShellRun>;
}

const PACKAGES = '/usr/lib/postgresql';

/** The user who may run a server: PostgreSQL refuses to run as root. */
async function serverUser(): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const [, , uid, gid] = lines.find(([name]) => name === 'postgres')!;
  return { uid: Number(uid), gid: Number(gid) };
}

export async function openOwnPostgres(): Promise<OwnPostgres> {
  await ensureCommand({
    server: 'postgres',
    command: 'pg_basebackup',
    packages: { apt: ['postgresql'], dnf: ['postgresql-server'], apk: ['postgresql'], brew: ['postgresql'] },
    otherwise: 'leave this test out',
    log: quietLogger,
  });
  const versions = (await readdir(PACKAGES)).toSorted((a, b) => Number(b) - Number(a));
  const root = await mkdtemp(join(tmpdir(), 'madang-own-postgres-'));
  const user = await serverUser();
  if (user) await chown(root, user.uid, user.gid);
  const port = await chooseFreePort();
  const data = join(root, 'data');
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const env = {
    ...inherited,
    PATH: `${join(PACKAGES, versions[0]!, 'bin')}:${inherited.PATH}`,
    PGDATA: data,
    PGHOST: root,
    PGPORT: String(port),
    PGUSER: 'postgres',
    BACKUPS: join(root, 'backups'),
  };
  const run: OwnPostgres['run'] = (blocks, more = {}) =>
    runBlocks(blocks, { cwd: root, env: { ...env, ...more }, ...(user ? { user } : {}) });
  const stop = async (): Promise<void> => {
    await run(['pg_ctl -D "$PGDATA" -m immediate -w stop']);
    await rm(root, { recursive: true, force: true });
  };
  const { code, output } = await run([
    'initdb -D "$PGDATA" -U postgres --auth=trust --encoding=UTF8 --locale=C > /dev/null',
    `cat >> "$PGDATA/postgresql.conf" <<SETTINGS
port = ${port}
listen_addresses = '127.0.0.1'
unix_socket_directories = '${root}'
shared_buffers = 32MB
SETTINGS`,
    'pg_ctl -D "$PGDATA" -w -l "$PGDATA/server.log" start',
    'createdb madang',
  ]);
  if (code !== 0) {
    await stop();
    throw new Error(`PostgreSQL did not start:\n${output}`);
  }
  return {
    url: `postgres://postgres@127.0.0.1:${port}/madang`,
    backups: env.BACKUPS,
    run,
    [Symbol.asyncDispose]: stop,
  };
}
