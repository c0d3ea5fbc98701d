import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import type { Config } from '../config.js';
import { readConfig } from '../config.js';
import type { BackupManifest } from '../embedded/backup-manifest.js';
import { backUp, hasData, restore } from '../embedded/backup.js';
import { findPostgresBinaries } from '../embedded/postgres-binaries.js';
import { readRunningServers } from '../embedded/running-servers.js';
import { KEY_FILE } from '../gifticon/codes/key-file.js';
import { version } from '../version.js';
import { confirm } from './confirm.js';
import { CliError, MISTYPED } from './connect.js';
import { print, printJson } from './output.js';

interface BackupFlags {
  readonly json?: true;
  readonly yes?: true;
}

export function backupCommand(program: Command): void {
  program
    .command('backup')
    .description('copies the embedded PostgreSQL while everything runs, with the key of the gifticon codes')
    .argument('<folder>', 'a new folder')
    .option('--json', 'print JSON')
    .action(async (folder: string, flags: BackupFlags) => {
      const { dataDir } = ownServers();
      const running = await readRunningServers(dataDir);
      if (!running?.databaseUrl)
        throw new CliError(
          `no servers of Madang run in ${dataDir}: start it (npm start); ` +
            'a stopped one is backed up by copying the whole folder',
        );
      const into = resolve(folder);
      const manifest = await backUp(dataOf(dataDir), { url: running.databaseUrl, into, version });
      if (flags.json) printJson({ folder: into, ...summaryOf(manifest) });
      else print(`backed up to ${into}: ${textOf(manifest)}\n`);
    });
}

export function restoreCommand(program: Command): void {
  program
    .command('restore')
    .description('puts a backup in the place of the embedded PostgreSQL, which must be stopped; keeps the earlier data')
    .argument('<folder>', 'the folder of a backup')
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON')
    .action(async (folder: string, flags: BackupFlags) => {
      const { dataDir } = ownServers();
      if (!flags.yes && (await hasData(dataDir)))
        await confirm(`Put the backup in the place of the data in ${dataDir}? That is kept beside it.`);
      const { manifest, aside } = await restore(dataOf(dataDir), {
        from: resolve(folder),
        postgres: await embeddedVersion(),
      });
      if (flags.json) printJson({ dataDir, aside, ...summaryOf(manifest) });
      else
        print(
          `restored to ${dataDir}: ${textOf(manifest)}\n` +
            (aside === null ? '' : `the data before is in ${aside}: delete it when you do not need it\n`) +
            'start Madang, then run: bin/madang projections verify --all\n',
        );
    });
}

/** @throws {CliError} the database is not Madang's own */
function ownServers(): Pick<Config, 'dataDir'> {
  const config = readConfig(process.env);
  if (config.databaseUrl)
    throw new CliError(
      'DATABASE_URL is set, and this command is for the embedded servers alone: ' +
        'docs/backups.md has the steps for a PostgreSQL of your own',
      MISTYPED,
    );
  return { dataDir: resolve(config.dataDir) };
}

const dataOf = (dataDir: string) => ({ dataDir, others: [KEY_FILE] });

async function embeddedVersion(): Promise<number> {
  const { postgres } = await findPostgresBinaries();
  const { stdout } = await promisify(execFile)(postgres, ['--version']);
  const [, major, minor] = /(\d+)\.(\d+)/.exec(stdout) ?? [];
  return Number(major) * 10_000 + Number(minor);
}

const summaryOf = ({ ended, files, version: writtenBy }: BackupManifest) => ({
  at: ended,
  version: writtenBy,
  files: files.length,
  bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
});

const textOf = (manifest: BackupManifest): string => {
  const { at, files, bytes } = summaryOf(manifest);
  return `the state of ${at}, ${files} files, ${Math.ceil(bytes / 2 ** 20)} MiB`;
};
