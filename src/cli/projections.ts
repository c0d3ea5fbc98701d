import type { Command } from 'commander';
import type { ReadModelStatus } from '../admin/read-models.js';
import { readModelStatuses } from '../admin/read-models.js';
import type { Connection } from './connect.js';
import { CliError, MISTYPED, withConnection } from './connect.js';
import { print, printJson, table } from './output.js';
import { openReadModelAccess } from './projections-work.js';
import { abandonCommand, dropOldCommand, rollbackCommand } from './projections-rollback.js';
import { rebuildCommand } from './projections-rebuild.js';
import { verifyCommand } from './projections-verify.js';

export function projectionsCommand(program: Command): void {
  const projections = program.command('projections').description('the read models');
  projections
    .command('list')
    .description('every read model: store, version, lag and parked keys over all partitions')
    .option('--json', 'print JSON')
    .action((options: { readonly json?: boolean }) =>
      withConnection(async (connection) => {
        const statuses = await readStatuses(connection);
        if (options.json) return printJson(statuses.map(({ partitions: _, ...rest }) => rest));
        const rows = statuses.map((each) => [
          each.name,
          each.store,
          each.version,
          each.lag ?? '?',
          each.parked ?? '?',
          stateOf(each.live),
          rebuildOf(each),
          each.kept ? `version ${each.kept.version}` : '',
        ]);
        print(table(['name', 'store', 'version', 'lag', 'parked', 'state', 'rebuild', 'kept'], rows));
      }),
    );
  projections
    .command('status')
    .description('every read model by partition: checkpoint, head, lag')
    .argument('[name]', 'one read model')
    .option('--json', 'print JSON')
    .action((name: string | undefined, options: { readonly json?: boolean }) =>
      withConnection(async (connection) => {
        const all = await readStatuses(connection);
        const statuses = all.filter((each) => name === undefined || each.name === name);
        if (statuses.length === 0)
          throw new CliError(
            `there is no read model ${name}: there are ${all.map((each) => each.name).join(', ')}`,
            MISTYPED,
          );
        if (options.json) return printJson(statuses);
        const rows = statuses.flatMap((each) =>
          each.partitions.map((at) => [
            each.name,
            each.store,
            each.version,
            at.partition,
            at.position ?? '?',
            at.head,
            at.lag ?? '?',
            stateOf(at.live),
          ]),
        );
        print(table(['name', 'store', 'version', 'partition', 'checkpoint', 'head', 'lag', 'state'], rows));
        for (const each of statuses) {
          if (each.rebuild)
            print(
              `${each.name}: rebuild to version ${each.rebuild.version}, ${rebuildOf(each)}, ` +
                `begun ${each.rebuild.startedAt}, by ${each.rebuild.by}\n`,
            );
          if (each.kept) print(`${each.name}: version ${each.kept.version} is kept for a rollback\n`);
        }
      }),
    );
  rebuildCommand(projections);
  verifyCommand(projections);
  rollbackCommand(projections);
  dropOldCommand(projections);
  abandonCommand(projections);
}

/** Such as `building, 40 % of 12000 events, 5000/s`. */
function rebuildOf({ rebuild }: ReadModelStatus): string {
  if (!rebuild) return '';
  const { running, phase, events, of, eventsPerSecond } = rebuild;
  const far = of > 0 ? `${Math.floor((100 * events) / of)} % of ${of} events` : 'no events yet';
  return running
    ? `${phase}, ${far}${eventsPerSecond > 0 ? `, ${eventsPerSecond}/s` : ''}`
    : `stopped at ${far}: run it again, or abandon it`;
}

const stateOf = (live: boolean | null): string => (live === null ? 'store away' : live ? 'live' : 'filling');

async function readStatuses(connection: Connection): Promise<readonly ReadModelStatus[]> {
  return readModelStatuses(await openReadModelAccess(connection, { connections: 2, purpose: 'status' }));
}
