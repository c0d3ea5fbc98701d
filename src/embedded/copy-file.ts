import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, open, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A copied file, by its path in the folder. */
export interface CopiedFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Copies a file that may change meanwhile, and waits for the disk. */
export async function copyFile(from: string, to: string, path: string): Promise<CopiedFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  const measured = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  await pipeline(createReadStream(from), measured, createWriteStream(to, { mode: 0o600, flush: true }));
  return { path, bytes, sha256: hash.digest('hex') };
}

export async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** The same for a text. */
export async function writeCopy(folder: string, path: string, text: string): Promise<CopiedFile> {
  await writeFile(join(folder, path), text, { mode: 0o600, flush: true });
  return { path, bytes: Buffer.byteLength(text), sha256: createHash('sha256').update(text).digest('hex') };
}

/** Waits until the entries of a folder are on the disk. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export interface Tree {
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/**
 * The folders and files below a folder, as paths in it. An entry that disappears meanwhile is left out.
 * @throws on a link or a special file, which a copy would lose
 */
export async function treeOf(root: string, isWanted: (path: string) => boolean): Promise<Tree> {
  const folders: string[] = [];
  const files: string[] = [];
  const visit = async (folder: string): Promise<void> => {
    const names = await readdir(join(root, folder)).catch(ignoreMissing);
    for (const name of names ?? []) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (!isWanted(path)) continue;
      const entry = await lstat(join(root, path)).catch(ignoreMissing);
      if (!entry) continue;
      if (entry.isFile()) files.push(path);
      else if (entry.isDirectory()) {
        folders.push(path);
        await visit(path);
      } else throw new Error(`${join(root, path)} is neither a file nor a folder, and cannot be copied`);
    }
  };
  await visit('');
  return { folders, files };
}

/** For work on a folder that others change. */
export function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
