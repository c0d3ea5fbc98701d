import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Ran {
  /** Null where it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `bin/madang projections …` of the built program. */
export function startProjections(env: Readonly<Record<string, string>>, ...args: readonly string[]): { readonly child: ChildProcess; readonly ended: Promise<Ran> } {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const child = spawn(process.execPath, ['dist/cli/main.js', 'projections', ...args], { env: { ...inherited, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const written = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (written.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (written.stderr += chunk.toString()));
  return { child, ended: once(child, 'close').then(([code]): Ran => ({ code: code as number | null, ...written })) };
}

export const projections = (env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ran> => startProjections(env, ...args).ended;
