import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { copyFile, ignoreMissing, syncFolder, treeOf, writeCopy } from './copy-file.js';
import type { CopiedFile } from './copy-file.js';

export interface CopiedCluster {
  readonly folders: readonly string[];
  readonly files: readonly CopiedFile[];
  /** The version number of the server. */
  readonly postgres: number;
}

/** Folders whose content belongs to the running server alone, as pg_basebackup leaves it out. */
const EMPTIED = /^(?:pg_wal|pg_replslot|pg_dynshmem|pg_notify|pg_serial|pg_snapshots|pg_stat_tmp|pg_subtrans)\//;
const LEFT_OUT = [
  /(?:^|\/)(?:pgsql_tmp[^/]*|pg_internal\.init[^/]*)$/,
  /^(?:postmaster\.(?:pid|opts)|backup_label.*|backup_manifest|.*\.signal)$/,
];
/** A folder of pg_wal that the server expects. */
const WAL_FOLDERS = /^pg_wal\/(?:archive_status|summaries)$/;
const CONTROL_FILE = 'global/pg_control';

interface WalRange {
  readonly first: string;
  readonly last: string;
  readonly segment_bytes: number;
}

/**
 * Copies the files of a running server, and the WAL with which they are consistent: what pg_basebackup does, which the
 * embedded binaries do not have, by the functions that PostgreSQL documents for it.
 * https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP
 */
export async function copyCluster(url: string, into: string): Promise<CopiedCluster> {
  const client = new Client({ connectionString: url, application_name: 'madang-backup' });
  // The end of the session ends the backup: the next statement reports it.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ data: string; version: string }>(
      "SELECT current_setting('data_directory') AS data, current_setting('server_version_num') AS version",
    );
    const { data, version } = rows[0]!;
    // Keeps the WAL from now on, for as long as this session lives.
    await client.query("SELECT pg_create_physical_replication_slot('madang_backup_' || pg_backend_pid(), true, true)");
    const started = await client.query<{ lsn: string }>(
      "SELECT pg_backup_start('madang backup', fast => true)::text AS lsn",
    );
    const { folders, files } = await copyFiles(data, into);
    const stopped = await client.query<{ lsn: string; labelfile: string; spcmapfile: string }>(
      'SELECT lsn::text, labelfile, spcmapfile FROM pg_backup_stop(wait_for_archive => false)',
    );
    const { lsn, labelfile, spcmapfile } = stopped.rows[0]!;
    if (spcmapfile.trim() !== '') throw new Error('the database has tablespaces, which this backup does not copy');
    const { rows: range } = await client.query<WalRange>(
      `SELECT pg_walfile_name($1::pg_lsn) AS first, pg_walfile_name($2::pg_lsn) AS last,
         (SELECT setting::bigint FROM pg_settings WHERE name = 'wal_segment_size')::float8 AS segment_bytes`,
      [started.rows[0]!.lsn, lsn],
    );
    const wal = await copyWal(data, into, range[0]!);
    const label = await writeCopy(into, 'backup_label', labelfile);
    await syncFolder(into);
    return { folders, files: [...files, ...wal, label], postgres: Number(version) };
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function copyFiles(data: string, into: string): Promise<Pick<CopiedCluster, 'folders' | 'files'>> {
  const tree = await treeOf(
    data,
    (path) =>
      WAL_FOLDERS.test(path) ||
      !(EMPTIED.test(path) || LEFT_OUT.some((each) => each.test(path)) || path === CONTROL_FILE),
  );
  for (const folder of tree.folders) await mkdir(join(into, folder), { recursive: true, mode: 0o700 });
  const files: CopiedFile[] = [];
  for (const path of tree.files) {
    const copied = await copyFile(join(data, path), join(into, path), path).catch(ignoreMissing);
    // Deleted by the server meanwhile: the WAL says so, too.
    if (copied) files.push(copied);
  }
  // Last: it names the checkpoint from which files that were copied before it are repaired.
  files.push(await copyFile(join(data, CONTROL_FILE), join(into, CONTROL_FILE), CONTROL_FILE));
  for (const folder of ['', ...tree.folders]) await syncFolder(join(into, folder));
  return { folders: tree.folders, files };
}

/** Every segment from the first to the last, without which the copy cannot become consistent. */
async function copyWal(data: string, into: string, range: WalRange): Promise<readonly CopiedFile[]> {
  const files: CopiedFile[] = [];
  for (const name of segmentNames(range)) {
    const path = `pg_wal/${name}`;
    const copied = await copyFile(join(data, path), join(into, path), path).catch(ignoreMissing);
    if (!copied) throw new Error(`the server has removed ${path}, which the backup needs: back up again`);
    files.push(copied);
  }
  const timeline = Number.parseInt(range.first.slice(0, 8), 16);
  if (timeline > 1) {
    const path = `pg_wal/${range.first.slice(0, 8)}.history`;
    const copied = await copyFile(join(data, path), join(into, path), path).catch(ignoreMissing);
    if (copied) files.push(copied);
  }
  await syncFolder(join(into, 'pg_wal'));
  return files;
}

/** A name is the timeline, the upper half of the position, and the segment in it: eight hexadecimal digits each. */
export function segmentNames({ first, last, segment_bytes: bytes }: WalRange): readonly string[] {
  const perUpper = 2 ** 32 / bytes;
  const numberOf = (name: string): number =>
    Number.parseInt(name.slice(8, 16), 16) * perUpper + Number.parseInt(name.slice(16), 16);
  const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0');
  const names: string[] = [];
  for (let segment = numberOf(first); segment <= numberOf(last); segment++)
    names.push(`${first.slice(0, 8)}${hex(Math.floor(segment / perUpper))}${hex(segment % perUpper)}`);
  return names;
}
