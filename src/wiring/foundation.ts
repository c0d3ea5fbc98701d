import { MADANG_EVENTS } from '../events/definitions.js';
import type pg from 'pg';
import type { Config } from '../config.js';
import { DEFAULT_PARTITIONS } from '../config.js';
import type { Lifecycle } from '../engine/runtime/lifecycle.js';
import { counted } from '../engine/runtime/settled-line.js';
import type { Logger } from '../engine/runtime/logging.js';
import type { Metrics } from '../metrics.js';
import type { Readable, Writable } from '../engine/domain/readable.js';
import type { EventStore } from '../engine/store/event-store.js';
import type { DatabaseRun } from '../engine/postgres/epochs.js';
import { postgresEpochs } from '../engine/postgres/epochs.js';
import { postgresEventStore } from '../engine/postgres/event-store.js';
import { MIGRATIONS, migrate, noDeployment, refuseUnprepared } from '../engine/postgres/migrate.js';
import { announceProcess, readWritable } from '../engine/postgres/live-processes.js';
import { openPool } from '../engine/postgres/pool.js';
import { checkDatabase } from '../engine/postgres/server-check.js';
import { describeUnreachable } from '../engine/postgres/unreachable.js';
import type { DeploymentSettings } from '../engine/postgres/settings.js';
import { openDeployment, readDeployment } from '../engine/postgres/settings.js';
import type { LostPositions } from '../engine/postgres/lost-positions.js';
import { lostPositions } from '../engine/postgres/lost-positions.js';
import type { Servers } from './servers.js';

/** The base of every role, and of the command-line tool. */
export interface Foundation {
  /** For every further connection to the database. */
  readonly run: DatabaseRun;
  readonly lost: LostPositions;
  readonly pool: pg.Pool;
  readonly store: EventStore;
  readonly settings: DeploymentSettings;
  /** The versions of events and commands that every process of the deployment reads. */
  readonly writable: Writable;
  /** Why this process cannot go on beside the others; empty where it can. */
  readonly problems: () => readonly string[];
}

/** The program of this process, for those of other versions. */
export interface Program {
  readonly version: string;
  readonly reads: Readable;
}

/** A third, kept apart, so that read models that catch up take no connection from commands and queries. */
export const projectionConnections = ({
  roles,
  databaseConnections,
}: Pick<Config, 'roles' | 'databaseConnections'>): number =>
  roles.has('projector') ? Math.max(2, Math.floor(databaseConnections / 3)) : 0;

/** For wake-ups, for the lock of a rebuild, and for the check of new connections. */
const OTHER_CONNECTIONS = 3;

/** Opens the database, brings it up to date, and reads the settings of the deployment. */
export function openFoundation(
  config: Config,
  servers: Servers,
  { version, reads }: Program,
  lifecycle: Lifecycle,
  logger: Logger,
  metrics?: Metrics,
): Promise<Foundation> {
  return openDatabase({ config, servers, lifecycle, logger, metrics }, async (pool) => {
    const applied = await migrate(pool, MIGRATIONS);
    if (applied.length > 0)
      logger.info(
        { latest: applied.at(-1) },
        `the database is brought up to date: ${counted(applied.length, 'migration')}`,
      );
    const settings = await openDeployment(pool, config.partitions, DEFAULT_PARTITIONS);
    const name = `Madang ${version} (${[...config.roles].join(', ')})`;
    const announced = await announceProcess({ pool, reads, name, logger, metrics });
    lifecycle.onStop('the announcement of this process', () => announced.stop());
    return { settings, writable: announced, problems: () => announced.problems() };
  });
}

/**
 * The same for a tool beside the processes of a deployment: it creates nothing in the database, and refuses one that
 * they have not prepared.
 */
export function joinFoundation(
  config: Config,
  servers: Servers,
  { reads }: Program,
  lifecycle: Lifecycle,
  logger: Logger,
): Promise<Foundation> {
  return openDatabase({ config, servers, lifecycle, logger, metrics: undefined }, async (pool) => {
    await refuseUnprepared(pool, MIGRATIONS);
    const settings = await readDeployment(pool, config.partitions);
    if (!settings) throw noDeployment();
    return { settings, writable: await readWritable(pool, reads), problems: () => [] };
  });
}

interface Opening {
  readonly config: Config;
  readonly servers: Servers;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly metrics: Metrics | undefined;
}

type Prepare = (pool: pg.Pool) => Promise<Omit<Foundation, 'run' | 'pool' | 'store' | 'lost'>>;

const openDatabase = (opening: Opening, prepare: Prepare): Promise<Foundation> =>
  openPrepared(opening, prepare).catch((error: unknown) => {
    throw describeUnreachable(error, opening.servers.databaseUrl);
  });

async function openPrepared(
  { config, servers, lifecycle, logger, metrics }: Opening,
  prepare: Prepare,
): Promise<Foundation> {
  const known = postgresEpochs({ forked: (fork) => lost.forked(fork) });
  const warnings = await checkDatabase({
    url: servers.databaseUrl,
    connections: config.databaseConnections + OTHER_CONNECTIONS,
  });
  for (const warning of warnings) logger.warn(warning);
  const pool = openPool({
    url: servers.databaseUrl,
    max: config.databaseConnections - projectionConnections(config),
    name: 'madang',
    run: known,
  });
  const lost = lostPositions({ pool, logger, metrics });
  lifecycle.onStop('the database pool', () => pool.end());
  const prepared = await prepare(pool);
  const store = postgresEventStore(pool, MADANG_EVENTS, known);
  // From here on this process knows its branch of the log, and is notified of every other one.
  await store.heads();
  return { pool, store, run: known, lost, ...prepared };
}
