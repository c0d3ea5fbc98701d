import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';

/** The blocks of shell commands of a page, in order. */
export async function shellBlocks(path: string): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8');
  return Array.from(text.matchAll(/^( *)```sh\n([^]*?)^ *```$/gm), ([, indent, block]) =>
    block!.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
}

export interface ShellRun {
  readonly output: string;
  readonly code: number | null;
}

/** Runs blocks one after the other in one shell, which ends at the first command that fails. */
export async function runBlocks(
  blocks: readonly string[],
  {
    cwd,
    env,
    user = {},
  }: {
    readonly cwd: string;
    readonly env: Readonly<Record<string, string | undefined>>;
    /** Another user of the system than that of the tests. */
    readonly user?: { readonly uid?: number; readonly gid?: number };
  },
): Promise<ShellRun> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', blocks.join('\n')], {
    cwd,
    env,
    ...user,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { output, code };
}
