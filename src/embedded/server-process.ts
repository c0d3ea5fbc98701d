import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ServerStartError } from './managed-server.js';
import type { ServerLog, ServerName } from './managed-server.js';
import { commandLine, endProcess, isAlive, sendSignal } from './processes.js';
import type { StopStep } from './processes.js';
import { logTail, openLog, readPidFile } from './server-directory.js';

export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

/** The parts that differ between kinds of servers. */
export interface ServerKind {
  readonly name: ServerName;
  readonly dir: string;
  readonly logFile: string;
  readonly pidFile: string;
  /** True if the server writes the pid file itself. */
  readonly writesPidFile: boolean;
  readonly startTimeoutMs: number;
  /** Gentle signals first, SIGKILL last. */
  readonly stopSteps: readonly StopStep[];
  /** Log lines of a failure that passes with time. */
  readonly passing?: RegExp | undefined;
  /** The remedy after a failed start; follows "To go on: ". */
  readonly remedy: string;
  url(port: number): string;
  /** Called before every launch: writes the configuration for this port and returns the command. */
  command(port: number): Promise<Launch>;
  /** Whether a process with this command line is the server of this directory, and not another with the same number. */
  owns(commandLine: string, port: number): boolean;
  /** True when it serves this directory. False or a throw: not yet, or another server's port. */
  probe(port: number): Promise<boolean>;
  /** Called before a launch when the pid file names a living foreign process. */
  disownPidFile?(): Promise<void>;
  /** Called once when it serves, also after adoption; idempotent. */
  whenServing?(port: number): Promise<void>;
}

/** Why a launch failed, with the new lines of the server's log. */
export class LaunchError extends Error {
  override readonly name = 'LaunchError';
  readonly portTaken: boolean;
  readonly passing: boolean;

  constructor(kind: ServerKind, reason: string, tail: string, options?: ErrorOptions) {
    super(`${reason}${tail === '' ? '' : `. Its last words:\n${tail}\n`}(all of it: ${kind.logFile})`, options);
    this.portTaken = /address already in use/i.test(tail);
    this.passing = kind.passing?.test(tail) ?? false;
  }

  toStartError(kind: ServerKind): ServerStartError {
    return new ServerStartError(kind.name, `${kind.name} did not start: ${this.message}\nTo go on: ${kind.remedy}`, {
      cause: this,
    });
  }
}

/** Only the variables that servers need: a PGPORT or the like from the terminal must not reach them. */
function environment(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'JAVA_HOME', 'JDK_JAVA_OPTIONS', 'LD_LIBRARY_PATH'];
  return Object.fromEntries(names.map((name) => [name, process.env[name]]).filter(([, value]) => value !== undefined));
}

const answers = (kind: ServerKind, port: number): Promise<boolean> => kind.probe(port).catch(() => false);

/**
 * A session of its own keeps the terminal's Ctrl-C from the server, which must outlive the draining of work. It also
 * survives a `kill -9` of this process, and the next start adopts it.
 */
export async function launch(
  kind: ServerKind,
  port: number,
  signal: AbortSignal,
): Promise<ChildProcess & { pid: number }> {
  signal.throwIfAborted();
  const { file, args, uid, gid } = await kind.command(port);
  const { handle, from } = await openLog(kind.logFile);
  let child: ChildProcess;
  try {
    child = spawn(file, args, {
      cwd: kind.dir,
      env: environment(),
      detached: true,
      stdio: ['ignore', handle.fd, handle.fd],
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
  } finally {
    await handle.close();
  }
  child.unref();
  if (child.pid === undefined) {
    const [error] = (await once(child, 'error')) as [Error];
    throw new LaunchError(kind, `${file} cannot be run: ${error.message}`, '', { cause: error });
  }
  const started = child as ChildProcess & { pid: number };
  try {
    if (!kind.writesPidFile) await writeFile(kind.pidFile, `${started.pid}\n`);
    await untilServing(kind, port, started, from, signal);
  } catch (error) {
    await endProcess(started.pid, kind.stopSteps);
    throw error;
  }
  return started;
}

async function untilServing(
  kind: ServerKind,
  port: number,
  child: ChildProcess & { pid: number },
  from: number,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + kind.startTimeoutMs;
  while (!(await answers(kind, port))) {
    signal.throwIfAborted();
    if (!(await isAlive(child.pid))) {
      throw new LaunchError(
        kind,
        `it ended at once (${child.signalCode ?? `exit status ${child.exitCode ?? 'unknown'}`})`,
        await logTail(kind.logFile, from),
      );
    }
    if (Date.now() > deadline) {
      throw new LaunchError(
        kind,
        `it does not answer after ${kind.startTimeoutMs / 1000} s`,
        await logTail(kind.logFile, from),
      );
    }
    await delay(50);
  }
}

/**
 * The process that an earlier run left behind, once it answers. One of ours without an answer is ended, since two
 * servers must never use the same files.
 */
export async function findOrphan(
  kind: ServerKind,
  port: number | undefined,
  log: ServerLog,
): Promise<number | undefined> {
  const pid = await readPidFile(kind.pidFile);
  if (pid === undefined) return undefined;
  if (!(await isAlive(pid))) {
    // Perhaps a zombie that no parent collects, which the server itself would take for alive.
    await kind.disownPidFile?.();
    return undefined;
  }
  const command = await commandLine(pid);
  if (command === undefined) return undefined;
  if (port === undefined || !kind.owns(command, port)) {
    await kind.disownPidFile?.();
    return undefined;
  }
  sendSignal(pid, 'SIGCONT');
  const deadline = Date.now() + 15_000;
  while (await isAlive(pid)) {
    if (await answers(kind, port)) return pid;
    if (Date.now() > deadline) {
      log.warn(
        { server: kind.name, serverPid: pid },
        'a server left behind by an earlier run does not answer; ending it',
      );
      await endProcess(pid, kind.stopSteps);
      return undefined;
    }
    await delay(50);
  }
  return undefined;
}
