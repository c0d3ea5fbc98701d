import { chown, lchown, mkdir, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BackupManifest } from './backup-manifest.js';
import { readManifest, writeManifest } from './backup-manifest.js';
import { copyFile, hashOf, ignoreMissing, syncFolder } from './copy-file.js';
import { copyCluster } from './postgres-backup.js';
import { isAlive } from './processes.js';
import { changeState, claimDirectory, loadState, openServerDirectory, readPidFile } from './server-directory.js';

/** The data directory of the embedded servers, and its files beside those of the servers. */
export interface BackedUpData {
  readonly dataDir: string;
  /** Files in it that belong to the data, such as keys; those that do not exist are left out. */
  readonly others: readonly string[];
}

/** The folder of the backup in which the files of PostgreSQL are. */
const CLUSTER = 'postgres';
const STATE = 'state.json';

/**
 * Copies the embedded PostgreSQL while it runs. Redis holds nothing that is not in it.
 * @param into a new or empty folder
 */
export async function backUp(
  { dataDir, others }: BackedUpData,
  { url, into, version }: { readonly url: string; readonly into: string; readonly version: string },
): Promise<BackupManifest> {
  if (((await readdir(into).catch(ignoreMissing)) ?? []).length > 0)
    throw new Error(`${into} is not empty: name a new folder for each backup`);
  await mkdir(join(into, CLUSTER), { recursive: true, mode: 0o700 });
  const began = new Date().toISOString();
  const cluster = await copyCluster(url, join(into, CLUSTER));
  const ended = new Date().toISOString();
  const state = await copyFile(join(dataDir, 'postgres', STATE), join(into, STATE), STATE);
  const kept = await Promise.all(
    others.map((name) => copyFile(join(dataDir, name), join(into, name), name).catch(ignoreMissing)),
  );
  const inCluster = (path: string): string => `${CLUSTER}/${path}`;
  const manifest: BackupManifest = {
    format: 1,
    version,
    postgres: cluster.postgres,
    began,
    ended,
    folders: [CLUSTER, ...cluster.folders.map(inCluster)],
    files: [
      ...cluster.files.map((file) => ({ ...file, path: inCluster(file.path) })),
      state,
      ...kept.filter((file) => file !== undefined),
    ],
  };
  await writeManifest(into, manifest);
  return manifest;
}

export interface Restored {
  readonly manifest: BackupManifest;
  /** Where the earlier data of PostgreSQL was moved; null if there was none. */
  readonly aside: string | null;
}

/** Whether a restore would move data aside. */
export const hasData = async (dataDir: string): Promise<boolean> =>
  (await stat(join(dataDir, 'postgres/data')).catch(ignoreMissing)) !== undefined;

/**
 * Puts the backup in the place of the embedded PostgreSQL, which must not run. Each file is compared with the manifest
 * before anything is replaced.
 * @param postgres the version number of the server that is going to run on it
 * @throws DataDirInUseError while a process runs the servers of the directory
 */
export async function restore(
  { dataDir, others }: BackedUpData,
  { from, postgres }: { readonly from: string; readonly postgres: number },
): Promise<Restored> {
  const manifest = await readManifest(from);
  if (majorOf(manifest.postgres) !== majorOf(postgres))
    throw new Error(
      `the backup is of PostgreSQL ${majorOf(manifest.postgres)}, and this version of Madang runs ` +
        `${majorOf(postgres)}: restore it with the version of Madang that wrote it, ${manifest.version}`,
    );
  await mkdir(dataDir, { recursive: true });
  const dir = await openServerDirectory(dataDir, 'postgres');
  const release = await claimDirectory(dir);
  try {
    await refuseRunning(dir);
    const prepared = join(dir, 'data.restored');
    await rm(prepared, { recursive: true, force: true });
    await copyBack(manifest, from, prepared);
    const { password } = JSON.parse(await readFile(join(from, STATE), 'utf8')) as { readonly password: string };
    const aside = await replace(dir, prepared, manifest);
    await loadState(dir);
    await changeState(dir, { password });
    for (const name of others) await restoreOther(name, manifest, from, dataDir);
    await syncFolder(dir);
    return { manifest, aside };
  } finally {
    await release();
  }
}

const majorOf = (version: number): number => Math.floor(version / 10_000);

/** Left behind by a process that was killed. */
async function refuseRunning(dir: string): Promise<void> {
  const pid = await readPidFile(join(dir, 'data/postmaster.pid'));
  if (pid !== undefined && (await isAlive(pid)))
    throw new Error(
      `PostgreSQL still runs on ${dir} as process ${pid}, left behind by a killed run: ` +
        'start Madang and stop it in good order first',
    );
}

async function copyBack({ folders, files }: BackupManifest, from: string, to: string): Promise<void> {
  const inData = (path: string): string => join(to, path.slice(CLUSTER.length));
  for (const folder of folders) await mkdir(inData(folder), { recursive: true, mode: 0o700 });
  for (const file of files) {
    const found = file.path.startsWith(`${CLUSTER}/`)
      ? (await copyFile(join(from, file.path), inData(file.path), file.path)).sha256
      : await hashOf(join(from, file.path));
    if (found !== file.sha256)
      throw new Error(`${join(from, file.path)} was changed or damaged after the backup: use another backup`);
  }
  for (const folder of folders) await syncFolder(inData(folder));
}

/** @returns where the earlier data is */
async function replace(dir: string, prepared: string, { ended }: BackupManifest): Promise<string | null> {
  // PostgreSQL may run as another user, to whom the folder above belongs.
  const { uid, gid } = await stat(dir);
  if (process.getuid?.() === 0 && uid !== 0) await giveAll(prepared, uid, gid);
  const data = join(dir, 'data');
  const aside = resolve(dir, `data.before-restore-of-${ended.replaceAll(/[:.]/g, '-')}-${Date.now()}`);
  const moved = await rename(data, aside).then(() => true, ignoreMissing);
  await rename(prepared, data);
  return moved ? aside : null;
}

async function giveAll(root: string, uid: number, gid: number): Promise<void> {
  await chown(root, uid, gid);
  for (const path of await readdir(root, { recursive: true })) await lchown(join(root, path), uid, gid);
}

/** The earlier one is kept beside it: it may be the key of other data. */
async function restoreOther(name: string, { files }: BackupManifest, from: string, dataDir: string): Promise<void> {
  if (!files.some(({ path }) => path === name)) return;
  const target = join(dataDir, name);
  const [found, wanted] = await Promise.all([
    readFile(target, 'utf8').catch(ignoreMissing),
    readFile(join(from, name), 'utf8'),
  ]);
  if (found === wanted) return;
  if (found !== undefined) await rename(target, `${target}.before-${Date.now()}`);
  await copyFile(join(from, name), target, name);
}
