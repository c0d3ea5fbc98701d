import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MAIN = join(process.cwd(), 'dist/cli/main.js');

export interface Ran {
  /** Null where it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  /** Its output so far. */
  readonly written: { readonly stdout: string; readonly stderr: string };
  readonly ended: Promise<Ran>;
}

/** Starts `bin/madang …` of the built program, without a terminal. */
export function startCli(env: Readonly<Record<string, string>>, ...args: readonly string[]): Running {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [MAIN, ...args], {
    // Not in the checkout, whose .env is for people.
    cwd: tmpdir(),
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (written.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (written.stderr += chunk.toString()));
  return {
    child,
    written,
    ended: once(child, 'close').then(([code]): Ran => ({ code: code as number | null, ...written })),
  };
}

export const runCli = (env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ran> =>
  startCli(env, ...args).ended;
