import type { Command } from 'commander';
import { openReadModels } from '../wiring/read-models.js';
import type { Connection } from './connect.js';
import { withConnection } from './connect.js';
import { print, printJson, table } from './output.js';

interface PartitionStatus {
  readonly partition: number;
  readonly position: number;
  readonly head: number;
  readonly lag: number;
  readonly live: boolean;
}

interface ProjectionStatus {
  readonly name: string;
  readonly store: string;
  readonly version: number;
  readonly lag: number;
  /** Whether queries read from it in every partition. Null where its store does not answer. */
  readonly live: boolean | null;
  readonly partitions: readonly PartitionStatus[];
  /** No rebuild is under way while this is null. */
  readonly rebuild: null;
}

export function projectionsCommand(program: Command): void {
  const projections = program.command('projections').description('the read models');
  projections
    .command('list')
    .description('every read model: store, version, lag over all partitions')
    .option('--json', 'print JSON')
    .action((options: { readonly json?: boolean }) =>
      withConnection(async (connection) => {
        const statuses = await readStatuses(connection);
        if (options.json) return printJson(statuses.map(({ partitions: _, ...rest }) => rest));
        print(table(['name', 'store', 'version', 'lag', 'state'], statuses.map((each) => [each.name, each.store, each.version, each.lag, stateOf(each.live)])));
      }),
    );
  projections
    .command('status')
    .description('every read model by partition: checkpoint, head, lag')
    .argument('[name]', 'one read model')
    .option('--json', 'print JSON')
    .action((name: string | undefined, options: { readonly json?: boolean }) =>
      withConnection(async (connection) => {
        const statuses = (await readStatuses(connection)).filter((each) => name === undefined || each.name === name);
        if (options.json) return printJson(statuses);
        const rows = statuses.flatMap((each) =>
          each.partitions.map((at) => [each.name, each.store, each.version, at.partition, at.position, at.head, at.lag, stateOf(each.live === null ? null : at.live)]),
        );
        print(table(['name', 'store', 'version', 'partition', 'checkpoint', 'head', 'lag', 'state'], rows));
      }),
    );
}

const stateOf = (live: boolean | null): string => (live === null ? 'store away' : live ? 'live' : 'filling');

async function readStatuses({ pool, store, settings, servers, lifecycle, logger }: Connection): Promise<readonly ProjectionStatus[]> {
  const { sets } = await openReadModels(pool, servers.redisUrl, settings.logId, lifecycle, logger);
  const heads = await store.heads();
  const statuses = await Promise.all(
    sets.map(async (set) => {
      const progress = await set.store.progressOfAll(set.projections, settings.partitions).catch(() => null);
      return set.projections.map((projection, index): ProjectionStatus => {
        const partitions = heads.map((head, partition) => {
          const at = progress?.[index]?.[partition] ?? { position: 0, live: false };
          return { partition, position: at.position, head, lag: Math.max(0, head - at.position), live: at.live };
        });
        return {
          name: projection.name,
          store: projection.store,
          version: projection.version,
          lag: partitions.reduce((sum, { lag }) => sum + lag, 0),
          live: progress === null ? null : partitions.every(({ live, head }) => live || head === 0),
          partitions,
          rebuild: null,
        };
      });
    }),
  );
  return statuses.flat();
}
