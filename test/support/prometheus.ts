import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ensureCommand } from '../../src/embedded/system-packages.js';
import { quietLogger } from './conditions.js';

const run = promisify(execFile);

/** A command of Prometheus, from the operating system's packages. */
export const prometheusCommand = (command: 'prometheus' | 'promtool'): Promise<string> =>
  ensureCommand({
    server: 'Prometheus',
    command,
    packages: {
      apt: ['prometheus'],
      dnf: ['golang-github-prometheus'],
      apk: ['prometheus'],
      brew: ['prometheus'],
    },
    otherwise: 'leave this test out',
    log: quietLogger,
  });

/** @throws with the output, if it fails */
export async function promtool(...args: readonly string[]): Promise<string> {
  const file = await prometheusCommand('promtool');
  try {
    return (await run(file, args)).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`promtool ${args.join(' ')}:\n${stdout}${stderr}`, { cause: error });
  }
}
