import { execFile } from 'node:child_process';
import { chmod, readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { ServerStartError } from './managed-server.js';
import type { Launch } from './server-process.js';

const run = promisify(execFile);

/**
 * PostgreSQL refuses to run as root. `namespace`: root runs it in a user namespace under another user, while its files
 * stay root's; that works in a checkout that only root can enter. `account`: root gives it to a system user, if
 * namespaces are forbidden, as in many containers.
 */
export type PostgresAccount =
  | { readonly kind: 'direct' }
  | { readonly kind: 'namespace' }
  | { readonly kind: 'account'; readonly user: string; readonly uid: number; readonly gid: number };

/** User 1 has to be in /etc/passwd, since PostgreSQL looks up its own name; on Linux that is `daemon` or `bin`. */
const namespace = ['unshare', '-U', '--map-user=1', '--map-group=1'] as const;

export function launchAs(account: PostgresAccount, file: string, args: readonly string[]): Launch {
  switch (account.kind) {
    case 'direct':
      return { file, args };
    case 'namespace':
      return { file: namespace[0], args: [...namespace.slice(1), file, ...args] };
    case 'account':
      return { file, args, uid: account.uid, gid: account.gid };
    default:
      return account satisfies never;
  }
}

async function namespacesWork(): Promise<boolean> {
  return run(namespace[0], [...namespace.slice(1), 'true']).then(
    () => true,
    () => false,
  );
}

async function systemUser(): Promise<{ user: string; uid: number; gid: number } | undefined> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const wanted of ['postgres', 'nobody', 'daemon']) {
    const [user, , uid, gid] = lines.find(([name]) => name === wanted) ?? [];
    if (user !== undefined && uid !== undefined && gid !== undefined)
      return { user, uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}

/** Chooses how to run `postgresBinary` on `dir`, and sets the owner of the directory accordingly. */
export async function choosePostgresAccount(dir: string, postgresBinary: string): Promise<PostgresAccount> {
  if (process.getuid?.() !== 0) return { kind: 'direct' };
  if (await namespacesWork()) {
    await giveTo(dir, 0, 0);
    return { kind: 'namespace' };
  }
  return systemAccount(dir, postgresBinary);
}

export async function systemAccount(dir: string, postgresBinary: string): Promise<PostgresAccount> {
  const found = await systemUser();
  const remedy = `Run Madang as an ordinary user, or set DATABASE_URL to an existing PostgreSQL.`;
  if (found === undefined) {
    throw new ServerStartError(
      'postgres',
      'PostgreSQL does not run as root, user namespaces are not allowed here, ' +
        `and there is no user to run it as. ${remedy}`,
    );
  }
  await giveTo(dir, found.uid, found.gid);
  try {
    await run(postgresBinary, ['--version'], { uid: found.uid, gid: found.gid, cwd: '/' });
    await run('/bin/sh', ['-c', 'cd "$0"', dir], { uid: found.uid, gid: found.gid, cwd: '/' });
  } catch (error) {
    throw new ServerStartError(
      'postgres',
      `PostgreSQL does not run as root, and the user ${found.user} cannot enter ${dir} or run ` +
        `${postgresBinary}. ${remedy} ` +
        'Opening the folders above to others (chmod o+x) works as well.',
      { cause: error },
    );
  }
  return { kind: 'account', ...found };
}

async function giveTo(dir: string, uid: number, gid: number): Promise<void> {
  if ((await stat(dir)).uid === uid) return;
  await run('chown', ['-R', `${uid}:${gid}`, dir]);
  await chmod(dir, 0o700);
}
