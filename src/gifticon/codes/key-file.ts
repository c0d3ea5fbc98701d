import { randomBytes } from 'node:crypto';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The key of gifticon codes is missing or wrong. The message says how to mend it. */
export class CodeKeyError extends Error {
  readonly code = 'CODE_KEY';
}

const form = /^[0-9a-f]{64}$/i;

/** Its name in the data directory. */
export const KEY_FILE = 'gifticon-code.key';

/** The key file of a deployment with a database of its own. */
export const keyFileOf = (dataDir: string): string => join(dataDir, KEY_FILE);

/**
 * The key in the file; null where there is none.
 * @throws {CodeKeyError} where the file holds something else
 */
export async function readKeyFile(
  file: string,
): Promise<{ readonly key: Buffer; readonly othersMayRead: boolean } | null> {
  let text: string;
  try {
    text = (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  if (!form.test(text))
    throw new CodeKeyError(
      `${file} does not hold a key of 64 hexadecimal digits: put the right file back, or set MADANG_CODE_KEY`,
    );
  return { key: Buffer.from(text, 'hex'), othersMayRead: ((await stat(file)).mode & 0o077) !== 0 };
}

/** Resolves when the file is on the disk under its name. The directory exists. */
export async function writeKeyFile(file: string, key: Buffer): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  const written = await open(temporary, 'wx', 0o600);
  try {
    await written.writeFile(`${key.toString('hex')}\n`);
    await written.sync();
  } finally {
    await written.close();
  }
  await rename(temporary, file);
  const directory = await open(join(file, '..'), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
