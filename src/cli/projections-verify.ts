import type { Command } from 'commander';
import type { Verified, VerifyResult } from '../engine/rebuild/verify.js';
import { READ_MODEL_WORK } from '../admin/read-model-work.js';
import { CliError, MISTYPED, withConnection } from './connect.js';
import { print, printJson, table } from './output.js';
import type { WorkFlags } from './projections-work.js';
import { work } from './projections-work.js';

/**
 * Exit statuses: 0 means equal and 1 different. Any other means neither, also for a mistyped command or without an
 * answer.
 */
const NOT_COMPARED = MISTYPED;

class DifferentError extends CliError {}

export function verifyCommand(projections: Command): void {
  projections
    .command('verify')
    .description(
      'compares a read model with one folded afresh from the events, while everything runs; ' +
        'exit status 1 if they differ, 2 if that is unknown',
    )
    .argument('[name]', 'one read model')
    .option('--all', 'all of them')
    .option('--json', 'print JSON; progress is lines of JSON on standard error')
    .option('--pace [events]', 'give way to other work on the database; a number: maximum events a second')
    .option('--parallel <n>', 'partitions in parallel (default: the number of processors, at most 4)')
    .action((name: string | undefined, flags: WorkFlags) =>
      withConnection(async (connection) =>
        printResult(await work(connection, 'VERIFY', name, flags, READ_MODEL_WORK.verify), flags),
      ).catch((error: unknown) => {
        if (error instanceof DifferentError) throw error;
        throw new CliError(error instanceof Error ? error.message : String(error), NOT_COMPARED);
      }),
    );
}

function printResult({ verified, failed }: VerifyResult, flags: WorkFlags): void {
  const different = verified.filter(({ equal }) => !equal);
  if (flags.json)
    printJson({
      equal: different.length === 0 && failed.length === 0,
      verified,
      failed: failed.map(({ name, error }) => ({ name, reason: error.message })),
    });
  else {
    const rows = verified.map((each) => [
      each.name,
      each.store,
      each.version,
      each.rows,
      verdictOf(each),
      each.positions.join(' '),
    ]);
    if (rows.length > 0) print(table(['verified', 'store', 'version', 'rows', 'verdict', 'at the positions'], rows));
    for (const each of different)
      for (const { kind, where, key } of each.examples) print(`${each.name}: ${kind} in ${where}: ${key}\n`);
  }
  const notCompared = failed.map(({ name, error }) => `${name} could not be compared: ${error.message}`);
  if (different.length > 0) {
    throw new DifferentError(
      [
        `${different.map(({ name }) => name).join(', ')}: not equal to the events. ` +
          'projections rebuild corrects it; keep the output, since this is a bug',
        ...notCompared,
      ].join('\n'),
    );
  }
  if (notCompared.length > 0) throw new CliError(notCompared.join('\n'), NOT_COMPARED);
}

function verdictOf({ equal, missing, extra, altered, countedAll }: Verified): string {
  return equal ? 'equal' : `${countedAll ? '' : 'at least '}${missing} missing, ${extra} extra, ${altered} altered`;
}
