import type { Command } from 'commander';
import { MIGRATIONS } from '../engine/postgres/migrate.js';
import type { PlannedMigration } from '../engine/postgres/migration-plan.js';
import { planMigrations } from '../engine/postgres/migration-plan.js';
import { CliError, MISTYPED, withDatabase } from './connect.js';
import { print, printJson } from './output.js';

interface MigrateFlags {
  readonly dryRun?: true;
  readonly json?: true;
}

export function migrateCommand(program: Command): void {
  program
    .command('migrate')
    .description('what a start of this version would change in the database, and who would have to wait for it')
    .option('--dry-run', 'required: changes are made by the first process of the version that starts')
    .option('--json', 'print JSON')
    .action(async (flags: MigrateFlags) => {
      if (!flags.dryRun)
        throw new CliError(
          'migrations are applied by the first process of this version that starts: ' +
            'add --dry-run to see which ones',
          MISTYPED,
        );
      const migrations = await withDatabase((pool) => planMigrations(pool, MIGRATIONS));
      if (flags.json) printJson({ migrations });
      else print(textOf(migrations));
    });
}

function textOf(migrations: readonly PlannedMigration[]): string {
  if (migrations.length === 0) return 'nothing would be changed: the database has every migration of this version\n';
  const lines = migrations.flatMap(({ name, inSteps, statements }) => [
    `${name}, ${inSteps ? 'statement by statement' : 'in one transaction'}`,
    ...statements.map(({ statement, table, lock, why, rows }) => {
      const on = table === null ? '' : ` on ${table}${rows === null ? '' : `, some ${rows} rows`}`;
      return `  ${LOCKS[lock]}${on} (${why}): ${shortened(statement)}`;
    }),
  ]);
  const isLong = migrations.some(({ statements }) =>
    statements.some(({ lock }) => lock === 'long' || lock === 'unknown'),
  );
  const verdict = isLong
    ? 'Some of it makes others wait: choose a quiet hour.'
    : 'Nobody waits for longer than a moment.';
  return `${lines.join('\n')}\n${verdict}\n`;
}

const LOCKS = { none: 'no lock', short: 'short lock', long: 'LONG LOCK', unknown: 'UNKNOWN' } as const;

const shortened = (statement: string): string => {
  const text = statement.replaceAll(/\s+/g, ' ');
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
};
