import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** One of each line that Madang supports, the first of them the oldest one. */
export const NODE_VERSIONS = ['20.19.0', '22.23.5', '24.22.3'] as const;

/** Kept between runs, and apart from the files that other tests create and remove. */
const CACHE = join(process.cwd(), 'var/node-versions');

/** @returns the `node` of this version, from npm's package for this platform */
export async function nodeOf(version: string): Promise<string> {
  const folder = join(CACHE, version);
  const name = `node-${process.platform}-${process.arch}`;
  const node = join(folder, 'node_modules', name, 'bin/node');
  if (existsSync(node)) return node;
  await mkdir(CACHE, { recursive: true });
  const making = await mkdtemp(join(CACHE, '.making-'));
  try {
    const options = ['--ignore-scripts', '--no-save', '--no-package-lock', '--no-audit', '--no-fund'];
    await promisify(execFile)('npm', ['install', '--prefix', making, ...options, `${name}@${version}`]);
    // Renamed when complete: another run may look for it at any moment.
    await rename(making, folder).catch((error: unknown) => {
      if (!existsSync(node)) throw error;
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return node;
}
