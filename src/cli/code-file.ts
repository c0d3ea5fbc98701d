import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliError, MISTYPED } from './connect.js';

/** A file of codes that can be read repeatedly: the same one, even if another takes its name meanwhile. */
export interface CodeFile extends AsyncDisposable {
  readonly bytes: number;
  read(): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

const CHUNK_BYTES = 65_536;

/**
 * Opens a file, or standard input for `-`. Data that can be read only once (a pipe) is written to an unlinked file,
 * which disappears with this process.
 */
export async function openCodeFile(path: string): Promise<CodeFile> {
  if (path === '-') return spool(process.stdin);
  const given = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new CliError(`${path}: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`, MISTYPED);
  });
  const stat = await given.stat();
  if (stat.isDirectory()) {
    await given.close();
    throw new CliError(`${path} is a directory: name a file with a code a line`, MISTYPED);
  }
  if (stat.isFile()) return onFile(given, stat.size);
  return spool(given.createReadStream());
}

async function spool(source: AsyncIterable<Uint8Array>): Promise<CodeFile> {
  const path = join(tmpdir(), `madang-codes-${randomBytes(12).toString('hex')}`);
  const handle = await open(path, 'wx+', 0o600);
  try {
    await unlink(path);
    for await (const chunk of source) await handle.appendFile(chunk);
    return onFile(handle, (await handle.stat()).size);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function onFile(handle: FileHandle, bytes: number): CodeFile {
  let closed: Promise<void> | null = null;
  const close = (): Promise<void> => (closed ??= handle.close());
  return { bytes, read: () => bytesOf(handle), close, [Symbol.asyncDispose]: close };
}

/** From the beginning. Not a stream of the handle, which would close it when reading is interrupted. */
async function* bytesOf(handle: FileHandle): AsyncGenerator<Uint8Array> {
  for (let position = 0; ;) {
    const { bytesRead, buffer } = await handle.read({ buffer: Buffer.allocUnsafe(CHUNK_BYTES), position });
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    position += bytesRead;
  }
}
