import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { syncFolder } from './copy-file.js';

const manifest = z.object({
  format: z.literal(1),
  /** The version of Madang that wrote it. */
  version: z.string(),
  /** The version number of PostgreSQL, such as 180004: another major version cannot read the files. */
  postgres: z.number(),
  began: z.string(),
  /** The moment that the backup is of: all that was committed before it is in it. */
  ended: z.string(),
  folders: z.array(z.string()),
  files: z.array(z.object({ path: z.string(), bytes: z.number(), sha256: z.string() })),
});

/** The content of a complete backup. */
export type BackupManifest = z.output<typeof manifest>;

const NAME = 'madang-backup.json';

/** Written last: a folder without it is no backup. */
export async function writeManifest(folder: string, content: BackupManifest): Promise<void> {
  await writeFile(join(folder, `${NAME}.part`), `${JSON.stringify(content)}\n`, { mode: 0o600, flush: true });
  await rename(join(folder, `${NAME}.part`), join(folder, NAME));
  await syncFolder(folder);
}

/** @throws where the folder has no complete backup, or one of a newer format */
export async function readManifest(folder: string): Promise<BackupManifest> {
  let text: string;
  try {
    text = await readFile(join(folder, NAME), 'utf8');
  } catch (cause) {
    throw new Error(`${folder} has no complete backup: ${NAME} cannot be read`, { cause });
  }
  const parsed = manifest.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new Error(`${join(folder, NAME)} was not written by this version of Madang or an older one`);
  return parsed.data;
}
