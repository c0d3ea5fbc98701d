import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { ServerStartError } from './managed-server.js';
import type { ServerLog } from './managed-server.js';

const run = promisify(execFile);

type Manager = 'apt' | 'dnf' | 'apk' | 'brew';

export interface NeededCommand {
  readonly server: string;
  readonly command: string;
  readonly packages: Readonly<Record<Manager, readonly string[]>>;
  /** Another remedy, as the end of "…, or …". */
  readonly otherwise: string;
  /** Whether a command that was found is good enough; default: any. */
  readonly accept?: ((file: string) => Promise<boolean>) | undefined;
  readonly log: ServerLog;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Debian starts services on installation. A policy that says no (101) keeps the port free; it exists only during our
 * installation, and an earlier one is restored.
 */
const aptScript = `set -e
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' INT TERM HUP
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
apt-get -q -o DPkg::Lock::Timeout=120 update || true
apt-get -q -o DPkg::Lock::Timeout=120 install -y --no-install-recommends "$@"`;

const managers: readonly {
  name: Manager;
  command: string;
  asRoot: boolean;
  install(packages: readonly string[]): string[];
}[] = [
  {
    name: 'apt',
    command: 'apt-get',
    asRoot: true,
    install: (packages) => ['sh', '-c', aptScript, 'install', ...packages],
  },
  { name: 'dnf', command: 'dnf', asRoot: true, install: (packages) => ['dnf', '-y', '-q', 'install', ...packages] },
  { name: 'apk', command: 'apk', asRoot: true, install: (packages) => ['apk', 'add', '--no-cache', '-q', ...packages] },
  { name: 'brew', command: 'brew', asRoot: false, install: (packages) => ['brew', 'install', '-q', ...packages] },
];

export async function findCommand(command: string, extraFolders: readonly string[] = []): Promise<string | undefined> {
  for (const folder of [...extraFolders, ...(process.env['PATH'] ?? '').split(delimiter)]) {
    if (folder === '') continue;
    const file = join(folder, command);
    if (
      await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return file;
  }
  return undefined;
}

/** The path of a command, installed first if it is missing and this user may use the package manager. */
export async function ensureCommand(needed: NeededCommand): Promise<string> {
  const { server, command, packages, log, signal } = needed;
  const folders = command === 'java' && process.env['JAVA_HOME'] ? [join(process.env['JAVA_HOME'], 'bin')] : [];
  const find = async (): Promise<string | undefined> => {
    const file = await findCommand(command, folders);
    return file !== undefined && (needed.accept === undefined || (await needed.accept(file))) ? file : undefined;
  };
  const present = await find();
  if (present !== undefined) return present;

  const missing = `${command}, which the ${server} server needs, is missing`;
  const manager = await firstManager();
  if (manager === undefined) throw new ServerStartError(server, `${missing}. Install it, or ${needed.otherwise}.`);
  const words = manager.install(packages[manager.name]);
  const typed =
    `${manager.asRoot ? 'sudo ' : ''}${manager.command} ` +
    `${manager.name === 'apk' ? 'add' : 'install'} ${packages[manager.name].join(' ')}`;
  const prefix = manager.asRoot ? await rootPrefix() : [];
  if (prefix === undefined) throw new ServerStartError(server, `${missing}. Run \`${typed}\`, or ${needed.otherwise}.`);
  log.info(
    { server, packages: packages[manager.name] },
    `installing ${packages[manager.name].join(' and ')} with ${manager.command}`,
  );
  const [file = 'sh', ...args] = [...prefix, ...words];
  try {
    await run(file, args, { signal, maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    const output = ((error as { stderr?: string }).stderr ?? '').trim().split('\n').slice(-3).join(' ');
    throw new ServerStartError(
      server,
      `${missing}, and \`${typed}\` failed: ${output}. Correct that, or ${needed.otherwise}.`,
      { cause: error },
    );
  }
  const installed = await find();
  if (installed !== undefined) return installed;
  throw new ServerStartError(server, `${missing}, also after \`${typed}\`. Install it, or ${needed.otherwise}.`);
}

async function firstManager(): Promise<(typeof managers)[number] | undefined> {
  for (const manager of managers) {
    if ((await findCommand(manager.command)) !== undefined) return manager;
  }
  return undefined;
}

/** The prefix for running a command as root: none as root, sudo if it needs no password, undefined if neither works. */
async function rootPrefix(): Promise<string[] | undefined> {
  if (process.getuid?.() === 0) return [];
  return run('sudo', ['-n', 'true']).then(
    () => ['sudo', '-n'],
    () => undefined,
  );
}
