import { appendFile, copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { Redis } from 'ioredis';
import { openPool } from '../../src/engine/postgres/pool.js';
import { startPostgres } from '../../src/embedded/postgres.js';
import { startRedis } from '../../src/embedded/redis.js';
import type { Engine } from '../support/deployment.js';
import type { KillableServer } from '../support/killable-servers.js';
import { openKillable } from '../support/killable-servers.js';
import type { LogLine } from '../support/madang.js';
import { createDataDir } from '../support/madang.js';
import type { NamedProcesses } from '../support/named-processes.js';
import { openProcesses } from '../support/named-processes.js';
import type { Broker } from './brokers.js';
import { openBrokers } from './brokers.js';
import type { Foreigner } from './foreigner.js';
import { openForeigner } from './foreigner.js';
import type { Link } from './link.js';
import { openLink } from './link.js';
import type { Targets } from './plan.js';
import type { ReplicatedPostgres } from '../support/standby.js';
import { openReplicatedPostgres } from '../support/standby.js';
import type { SmallDisk } from './small-disk.js';
import { mountSmallDisk } from './small-disk.js';

/** Real processes and servers on this machine, all of which may fail. */
export interface Cluster extends AsyncDisposable {
  readonly engine: Engine;
  /** The environment for checks of the stored data, without the links. */
  readonly env: Readonly<Record<string, string>>;
  readonly pool: pg.Pool;
  readonly processes: NamedProcesses;
  readonly servers: ReadonlyMap<string, KillableServer>;
  readonly links: ReadonlyMap<string, Link>;
  readonly disks: ReadonlyMap<string, SmallDisk>;
  /** PostgreSQL with a standby; null without one. It is not among the servers then: its fault is a failover. */
  readonly standby: ReplicatedPostgres | null;
  readonly targets: Targets;
  /** The processes by their names, with the roles of each. */
  readonly shape: Readonly<Record<string, string>>;
  /** The data folders of all servers, each named after its server. */
  readonly dataDir: string;
  /** Kafka's addresses without the links; empty without Kafka. */
  readonly brokerAddresses: readonly string[];
  /** The other program that writes to the topics; null without topics. */
  readonly foreigner: Foreigner | null;
  /** The reason for having no small disk; null where there are some. */
  readonly withoutDisks: string | null;
  /** Log lines of processes that have ended. */
  readonly said: ReadonlyMap<string, readonly LogLine[]>;
  /** Every server of the API, including those that are down now. */
  apis(): readonly string[];
}

export interface ClusterOptions {
  readonly engine: Engine;
  /** The processes by their names, with the roles of each. */
  readonly shape: Readonly<Record<string, string>>;
  readonly smallDisks: boolean;
  /** Whether PostgreSQL has an asynchronous standby. */
  readonly standby: boolean;
  /** The folder of the logs. */
  readonly folder: string;
}

/** Two processes of each role. */
export const TWO_OF_EACH: Readonly<Record<string, string>> = Object.fromEntries(
  ['api', 'decider', 'projector', 'issuer', 'heat'].flatMap((role) => [1, 2].map((n) => [`${role}-${n}`, role])),
);

const POSTGRES_SETTINGS = { max_connections: '300', max_wal_size: '96MB', min_wal_size: '32MB' };
const DISK_MEGABYTES = { postgres: 768, kafka: 256 };

export async function openCluster({
  engine,
  shape,
  smallDisks,
  standby: withStandby,
  folder,
}: ClusterOptions): Promise<Cluster> {
  const releases: (() => Promise<unknown>)[] = [];
  const dispose = async (): Promise<void> => {
    for (let release = releases.pop(); release; release = releases.pop()) await release();
  };
  const closing = <T extends AsyncDisposable>(resource: T): T => {
    releases.push(() => Promise.resolve(resource[Symbol.asyncDispose]()));
    return resource;
  };
  try {
    await mkdir(join(folder, 'logs'), { recursive: true });
    const data = closing(await createDataDir());
    const disks = new Map<string, SmallDisk>();
    let withoutDisks: string | null = smallDisks ? null : 'not asked for';
    if (smallDisks) {
      const wanted = [
        ['postgres', DISK_MEGABYTES.postgres],
        ...(engine === 'kafka' ? [1, 2, 3].map((n) => [`kafka-${n}`, DISK_MEGABYTES.kafka]) : []),
      ] as [string, number][];
      try {
        for (const [name, megabytes] of wanted)
          disks.set(name, closing(await mountSmallDisk(join(data.path, name), megabytes)));
      } catch (error) {
        withoutDisks = (error as Error).message;
      }
    }

    const [single, standby, redis, brokers] = await Promise.all([
      withStandby
        ? null
        : openKillable(startPostgres, { dataDir: data.path, settings: POSTGRES_SETTINGS }).then(closing),
      withStandby ? openReplicatedPostgres(POSTGRES_SETTINGS).then(closing) : null,
      openKillable(startRedis, { dataDir: data.path }).then(closing),
      engine === 'kafka' ? openBrokers(data.path) : ([] as readonly Broker[]),
    ]);
    for (const { server, link } of brokers) {
      closing(link);
      closing(server);
    }
    const { url: databaseUrl } = (single ?? standby)!;
    releases.push(() =>
      copyFile(join(data.path, 'postgres/postgres.log'), join(folder, 'logs/postgres.log')).catch(() => undefined),
    );
    for (const { name } of brokers)
      releases.push(() =>
        copyFile(join(data.path, name, 'kafka/kafka.log'), join(folder, `logs/${name}.log`)).catch(() => undefined),
      );

    const links = new Map<string, Link>(brokers.map(({ name, link }) => [`clients to ${name}`, link]));
    const through = async (name: string, to: string, url: string): Promise<string> => {
      const address = new URL(url);
      const link = closing(await openLink(Number(address.port)));
      links.set(`${name} to ${to}`, link);
      return Object.assign(address, { port: String(link.port), search: '' }).href;
    };
    const common: Readonly<Record<string, string>> & { readonly KAFKA_BROKERS?: string } = {
      // The default: rate limits are part of the test.
      SEND_LIMIT_PER_SECOND: '5',
      MADANG_DRAIN_DELAY_MS: '500',
      MADANG_DRAIN_MS: '1000',
      ...(engine === 'kafka'
        ? { KAFKA_BROKERS: brokers.map(({ link }) => `127.0.0.1:${link.port}`).join(',') }
        : { MADANG_LOG: 'embedded' }),
    };
    const said = new Map<string, readonly LogLine[]>();
    const processes = closing(
      openProcesses(
        common,
        (name, log) => {
          said.set(name, [
            ...(said.get(name) ?? []),
            ...log.filter(({ level }) => level === 'error' || level === 'fatal'),
          ]);
          void appendFile(join(folder, 'logs', `${name}.log`), log.map(({ text }) => `${text}\n`).join(''));
        },
        // Ten that start together beside the servers, on a busy machine.
        { startMs: 180_000 },
      ),
    );
    await Promise.all(
      Object.entries(shape).map(async ([name, roles]) => {
        const [database, cache] = await Promise.all([
          through(name, 'postgres', databaseUrl),
          through(name, 'redis', redis.url),
        ]);
        await processes.start(name, { MADANG_ROLES: roles, DATABASE_URL: database, REDIS_URL: cache });
      }),
    );
    const pool = openPool({ url: databaseUrl, max: 6, name: 'madang-faults' });
    releases.push(() => pool.end());

    const foreigner =
      common.KAFKA_BROKERS === undefined
        ? null
        : closing(await openForeigner(common.KAFKA_BROKERS.split(','), 'madang'));
    const servers = new Map<string, KillableServer>([
      ...(single ? [['postgres', single] as const] : []),
      ['redis', redis],
      ...brokers.map(({ name, server }) => [name, server] as const),
    ]);
    return {
      engine,
      env: { ...common, DATABASE_URL: databaseUrl, REDIS_URL: redis.url },
      pool,
      shape,
      dataDir: data.path,
      brokerAddresses: brokers.map(({ server }) => server.url),
      processes,
      servers,
      links,
      disks,
      withoutDisks,
      standby,
      said,
      targets: {
        processes: Object.keys(shape),
        servers: [...servers.keys()],
        links: [...links.keys()],
        disks: [...disks.keys()],
        standby: standby !== null,
        topics: foreigner !== null,
      },
      foreigner,
      apis: () =>
        Object.keys(shape)
          .filter((name) => shape[name]!.split(',').includes('api'))
          .map((name) => processes.url(name)),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function onRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

/** FLUSHALL. */
export const flushRedis = (url: string): Promise<unknown> => onRedis(url, (redis) => redis.flushall());

/** Makes it a replica of a server that does not exist: it answers reads and refuses writes. */
export const demoteRedis = (url: string): Promise<unknown> => onRedis(url, (redis) => redis.replicaof('127.0.0.1', 1));

export const promoteRedis = (url: string): Promise<unknown> => onRedis(url, (redis) => redis.replicaof('NO', 'ONE'));
