import { readFile, rename, rm, writeFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isSameProcess, processIdentity } from './processes.js';

/** The addresses of the servers that Madang runs itself; servers from the environment are left out. */
export interface RunningServers {
  readonly databaseUrl?: string | undefined;
  readonly redisUrl?: string | undefined;
  readonly kafkaBrokers?: string | undefined;
  /** The process that started them. */
  readonly pid: number;
}

export interface FoundServers extends RunningServers {
  /** False after a `kill -9` of that process: its servers may still answer, until the next start adopts them. */
  readonly ownerAlive: boolean;
}

const fileOf = (dataDir: string): string => join(dataDir, 'servers.json');

/** Writes the addresses for the command-line tool, replacing the file. It has passwords, hence 0600. */
export async function writeRunningServers(dataDir: string, servers: Omit<RunningServers, 'pid'>): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  const content = { ...servers, pid: process.pid, started: await processIdentity(process.pid) };
  const temporary = `${fileOf(dataDir)}.${process.pid}.tmp`;
  await writeFile(temporary, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  await rename(temporary, fileOf(dataDir));
}

/** The file of `writeRunningServers`, or undefined without one. The caller checks that the servers answer. */
export async function readRunningServers(dataDir: string): Promise<FoundServers | undefined> {
  let text: string;
  try {
    text = await readFile(fileOf(dataDir), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const { started, ...servers } = JSON.parse(text) as RunningServers & { started: string | undefined };
  return { ...servers, ownerAlive: await isSameProcess({ pid: servers.pid, started }) };
}

/** For a clean stop, before the servers are stopped. Another process's file is left alone. */
export async function removeRunningServers(dataDir: string): Promise<void> {
  const found = await readRunningServers(dataDir).catch(() => undefined);
  if (found !== undefined && found.pid !== process.pid && found.ownerAlive) return;
  await rm(fileOf(dataDir), { force: true });
}
