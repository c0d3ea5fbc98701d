import type { Command } from 'commander';
import type { GenerationRecord } from '../engine/rebuild/generations.js';
import { openGenerations } from '../workers/generations.js';
import { openReadModels } from '../workers/projector.js';
import type { Connection } from './connect.js';
import { CliError, MISTYPED, withConnection } from './connect.js';
import { print, printJson, table } from './output.js';
import { abandonCommand, dropOldCommand, rollbackCommand } from './projections-rollback.js';
import { rebuildCommand } from './projections-rebuild.js';
import { verifyCommand } from './projections-verify.js';

interface PartitionStatus {
  readonly partition: number;
  /** Null, like the values derived from it, if the store does not answer. */
  readonly position: number | null;
  readonly head: number;
  readonly lag: number | null;
  readonly live: boolean | null;
}

interface ProjectionStatus {
  readonly name: string;
  readonly store: string;
  /** The live version; this program's before the first projection. */
  readonly version: number;
  /** Of this program. If it is higher than the live one, the projectors of its release build it. */
  readonly programVersion: number;
  readonly lag: number | null;
  /** Rooms, users and campaigns with held events. Null if the store does not answer. */
  readonly parked: number | null;
  /** Whether queries read from it in every partition. Null if the store does not answer. */
  readonly live: boolean | null;
  readonly partitions: readonly PartitionStatus[];
  /** Null: none is running or unfinished. */
  readonly rebuild: RebuildStatus | null;
  /** The generation for `projections rollback`. */
  readonly kept: { readonly version: number } | null;
}

interface RebuildStatus {
  readonly version: number;
  readonly phase: string;
  /** False: its process is gone. The next `projections rebuild` continues it. */
  readonly running: boolean;
  readonly events: number;
  readonly of: number;
  readonly eventsPerSecond: number;
  readonly by: string;
  readonly startedAt: string;
}

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
function rebuildOf({ rebuild }: ProjectionStatus): string {
  if (!rebuild) return '';
  const { running, phase, events, of, eventsPerSecond } = rebuild;
  const far = of > 0 ? `${Math.floor((100 * events) / of)} % of ${of} events` : 'no events yet';
  return running
    ? `${phase}, ${far}${eventsPerSecond > 0 ? `, ${eventsPerSecond}/s` : ''}`
    : `stopped at ${far}: run it again, or abandon it`;
}

/** A running worker saves its progress every second. */
const IDLE_SECONDS = 10;

const stateOf = (live: boolean | null): string => (live === null ? 'store away' : live ? 'live' : 'filling');

async function readStatuses({
  pool,
  run,
  store,
  settings,
  servers,
  lifecycle,
  logger,
}: Connection): Promise<readonly ProjectionStatus[]> {
  const models = await openReadModels(pool, servers.redisUrl, settings.logId, store.epochs, lifecycle, logger);
  const { generations, choices } = openGenerations({
    pool,
    run,
    databaseUrl: servers.databaseUrl,
    logId: settings.logId,
    models,
    connections: 2,
    purpose: 'status',
    lifecycle,
  });
  const known = await generations.list();
  const { sets } = models;
  const heads = await store.heads();
  const statuses = await Promise.all(
    sets.map(async (set) => {
      const progress = await set.store.progressOfAll(set.projections, settings.partitions).catch(() => null);
      const answers = set.projections.map(async (projection, index): Promise<ProjectionStatus> => {
        const choice = choices.find((each) => each.projection === projection)!;
        const parkedIn = progress?.[index]?.map(
          async ({ version }, partition) =>
            (await set.store.parked({ ...projection, version: version ?? projection.version }, partition)).length,
        );
        const parked = parkedIn ? (await Promise.all(parkedIn)).reduce((sum, keys) => sum + keys, 0) : null;
        const kept = progress === null ? null : await choice.store.kept(projection, settings.partitions);
        const versions = progress?.[index]?.flatMap(({ version }) => version ?? []) ?? [];
        const next = known.find(({ name, role }) => name === projection.name && role === 'next');
        const partitions = heads.map((head, partition) => {
          if (progress === null) return { partition, position: null, head, lag: null, live: null };
          const { position, live } = progress[index]?.[partition] ?? { position: 0, live: false };
          return { partition, position, head, lag: Math.max(0, head - position), live };
        });
        return {
          name: projection.name,
          store: projection.store,
          version: versions.length > 0 ? Math.min(...versions) : projection.version,
          programVersion: projection.version,
          lag: progress === null ? null : partitions.reduce((sum, { lag }) => sum + (lag ?? 0), 0),
          parked,
          live: progress === null ? null : partitions.every(({ live, head }) => live === true || head === 0),
          partitions,
          rebuild: next ? statusOf(next) : null,
          kept: kept && { version: kept.version },
        };
      });
      return Promise.all(answers);
    }),
  );
  return statuses.flat();
}

const statusOf = ({
  version,
  phase,
  idleSeconds: quietSeconds,
  done,
  total,
  perSecond,
  runner,
  startedAt,
}: GenerationRecord): RebuildStatus => ({
  version,
  phase,
  running: quietSeconds < IDLE_SECONDS,
  events: done,
  of: total,
  eventsPerSecond: Math.round(perSecond),
  by: runner,
  startedAt: startedAt.toISOString(),
});
