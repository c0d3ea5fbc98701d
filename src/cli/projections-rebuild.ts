import type { Command } from 'commander';
import { READ_MODEL_WORK } from '../admin/read-model-work.js';
import { isTransient } from '../engine/postgres/errors.js';
import type { RebuildResult } from '../engine/rebuild/rebuild.js';
import { confirm } from './confirm.js';
import { CliError, withConnection } from './connect.js';
import { print, printJson, table } from './output.js';
import type { WorkFlags } from './projections-work.js';
import { work } from './projections-work.js';

/** The common options of commands that build: `--yes`, `--json` and the pace. */
export function buildingOptions(command: Command): Command {
  return command
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON; progress is lines of JSON on standard error')
    .option('--pace [events]', 'give way to other work on the database; a number: maximum events a second')
    .option('--parallel <n>', 'partitions in parallel (default: the number of processors, at most 4)');
}

export function rebuildCommand(projections: Command): void {
  const command = projections
    .command('rebuild')
    .description(
      'builds a read model anew from the first event while the live one serves, and swaps; ' +
        'continues where an earlier run stopped',
    )
    .argument('[name]', 'one read model')
    .option('--all', 'all of them');
  buildingOptions(command).action((name: string | undefined, flags: WorkFlags) =>
    withConnection(async (connection) => {
      const started = performance.now();
      if (!flags.yes)
        await confirm(`Rebuild ${flags.all ? 'all read models' : (name ?? 'nothing')} from the first event?`);
      const result = await work(connection, 'REBUILD', name, flags, READ_MODEL_WORK.rebuild);
      printResult(result, Math.round(performance.now() - started) / 1_000, flags);
    }),
  );
}

function printResult({ rebuilt, failed }: RebuildResult, seconds: number, flags: WorkFlags): void {
  if (flags.json) {
    const events = Math.max(0, ...rebuilt.map((each) => each.events));
    printJson({ rebuilt, failed: failed.map(({ name, error }) => ({ name, reason: error.message })), events, seconds });
  } else if (rebuilt.length > 0) {
    const rows = rebuilt.map((each) => [
      each.name,
      each.store,
      each.version,
      each.events,
      each.seconds,
      each.eventsPerSecond,
      each.resumed ? 'continued' : 'from the first event',
    ]);
    print(table(['rebuilt', 'store', 'version', 'events', 'seconds', 'events/s', ''], rows));
  }
  if (failed.length > 0)
    throw new CliError(
      failed
        .map(({ name, error }) => `${name} is not rebuilt, and the live one still serves: ${withAdvice(error)}`)
        .join('\n'),
    );
}

const AGAIN = 'run the command again';

/** An error of an unavailable server contains no advice. */
const withAdvice = (error: Error): string =>
  isTransient(error) && !error.message.includes(AGAIN)
    ? `${error.message}: ${AGAIN}, it continues where this one stopped`
    : error.message;
