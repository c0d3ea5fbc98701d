import { execFile } from 'node:child_process';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A small file system of its own, in memory, that can be filled to the last byte. */
export interface SmallDisk extends AsyncDisposable {
  fill(): Promise<void>;
  free(): Promise<void>;
}

const CHUNKS = [2 ** 20, 4_096, 1];

/** @throws with the reason, where this machine cannot mount one */
export async function mountSmallDisk(path: string, megabytes: number): Promise<SmallDisk> {
  await mkdir(path, { recursive: true });
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'tmpfs', path]);
  } catch (cause) {
    const said = ((cause as { readonly stderr?: string }).stderr ?? '').trim();
    throw new Error(`no small file system can be mounted here (${said || String(cause)})`, { cause });
  }
  const filler = join(path, 'filler');
  return {
    async fill() {
      const file = await open(filler, 'a');
      try {
        // Smaller and smaller pieces, until not one byte more fits.
        for (const size of CHUNKS) while (await fits(file.write(Buffer.alloc(size))));
      } finally {
        await file.close();
      }
    },
    free: () => rm(filler, { force: true }),
    [Symbol.asyncDispose]: async () => void (await run('umount', [path])),
  };
}

async function fits(writing: Promise<unknown>): Promise<boolean> {
  try {
    await writing;
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}
