import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Deployment } from '../support/deployment.js';

const MADANG = join(process.cwd(), 'bin/madang');
const LOOK_MS = 50;

export interface Ran<T> {
  readonly code: number | null;
  readonly json: T;
  readonly seconds: number;
  /** The process's peak memory in megabytes. */
  readonly peakMb: number;
}

/** Runs `bin/madang … --json` as an operator does, and measures its memory. */
export async function madang<T>(
  { env }: Deployment,
  args: readonly string[],
  expected: readonly number[] = [0],
): Promise<Ran<T>> {
  const began = performance.now();
  const child = spawn(process.execPath, [MADANG, ...args, '--json'], {
    env: { ...process.env, ...env, LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const said: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  let peakMb = 0;
  const look = setInterval(() => {
    // The kernel keeps the peak; at worst the process ends before the last reading.
    void readFile(`/proc/${child.pid}/status`, 'utf8').then(
      (status) => (peakMb = Math.max(peakMb, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1_024)),
      () => undefined,
    );
  }, LOOK_MS);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(look);
  const output = Buffer.concat(out).toString();
  if (!expected.includes(code ?? -1))
    throw new Error(
      `madang ${args.join(' ')} ended with ${code}: ${output.slice(-2_000)} ` +
        Buffer.concat(said).toString().slice(-4_000),
    );
  return { code, json: JSON.parse(output) as T, seconds: (performance.now() - began) / 1_000, peakMb };
}

export interface RebuildAnswer {
  readonly rebuilt: readonly {
    readonly name: string;
    readonly store: string;
    readonly events: number;
    readonly seconds: number;
    readonly eventsPerSecond: number;
  }[];
  readonly events: number;
  readonly seconds: number;
}

export const rebuild = (deployment: Deployment, ...what: readonly string[]): Promise<Ran<RebuildAnswer>> =>
  madang(deployment, ['projections', 'rebuild', ...what, '--yes']);
