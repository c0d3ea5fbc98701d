import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, realpath, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataDirInUseError } from './managed-server.js';
import type { ServerName } from './managed-server.js';
import { isSameProcess, processIdentity } from './processes.js';
import type { ProcessMark } from './processes.js';

/** The state that has to be the same at the next start. Created on first use, rarely changed. */
export interface ServerState {
  readonly password: string;
  readonly port?: number | undefined;
  /** Kafka only. */
  readonly controllerPort?: number | undefined;
  readonly clusterId?: string | undefined;
}

const maxLogBytes = 10 * 1024 * 1024;

/** `<dataDir>/<name>` with links resolved, comparable with the paths that servers report. */
export async function openServerDirectory(dataDir: string, name: ServerName): Promise<string> {
  const dir = join(dataDir, name);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  return realpath(dir);
}

async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`${file} cannot be read; restore it, or remove the folder it is in to begin with no data`, {
      cause: error,
    });
  }
}

/** The file appears whole or not at all. It has the password, hence 0600. */
async function writeJson(file: string, value: object): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, `${JSON.stringify(value)}\n`, { mode: 0o600 });
  await rename(temporary, file);
}

export async function loadState(dir: string): Promise<ServerState> {
  const found = await readJson<ServerState>(join(dir, 'state.json'));
  if (found !== undefined) return found;
  const fresh: ServerState = { password: randomBytes(24).toString('hex') };
  await writeJson(join(dir, 'state.json'), fresh);
  return fresh;
}

export async function changeState(dir: string, change: Partial<ServerState>): Promise<ServerState> {
  const next = { ...(await loadState(dir)), ...change };
  await writeJson(join(dir, 'state.json'), next);
  return next;
}

/**
 * One process at a time runs the server of a directory; the claim of a dead one is free to take. Two processes that
 * find the same dead owner both try to move its file away: the one that thereby moved a living owner's file puts it
 * back.
 */
export async function claimDirectory(dir: string): Promise<() => Promise<void>> {
  const file = join(dir, 'owner.json');
  const mine: ProcessMark = { pid: process.pid, started: await processIdentity(process.pid) };
  const prepared = `${file}.${process.pid}.tmp`;
  await writeFile(prepared, JSON.stringify(mine));
  try {
    for (;;) {
      try {
        await link(prepared, file);
        return () => rm(file, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const owner = await readJson<ProcessMark>(file);
      if (owner === undefined) continue;
      if (await isSameProcess(owner)) throw new DataDirInUseError(dir, owner.pid);
      const aside = `${file}.${process.pid}.stale`;
      await rename(file, aside).catch(() => undefined);
      const moved = await readJson<ProcessMark>(aside);
      if (moved !== undefined && (await isSameProcess(moved))) await link(aside, file).catch(() => undefined);
      await rm(aside, { force: true });
    }
  } finally {
    await rm(prepared, { force: true });
  }
}

/** The number in the first line, in the format of PostgreSQL and Redis. */
export async function readPidFile(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}

/** Opens the log of a server's output, truncated first if it has grown large; `from` is the start of the new lines. */
export async function openLog(file: string): Promise<{ handle: Awaited<ReturnType<typeof open>>; from: number }> {
  const size = (await stat(file).catch(() => undefined))?.size ?? 0;
  if (size > maxLogBytes) await truncate(file);
  return { handle: await open(file, 'a', 0o600), from: size > maxLogBytes ? 0 : size };
}

/** The last lines written after `from`, for an error message. */
export async function logTail(file: string, from: number, lines = 12): Promise<string> {
  const text = await readFile(file).catch(() => Buffer.alloc(0));
  return text.subarray(from).toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
}
