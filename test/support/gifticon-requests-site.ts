import { commandDefinition } from '../../src/commands/registry.js';
import { MADANG_EVENTS } from '../../src/events/definitions.js';
import { randomBytes, randomUUID } from 'node:crypto';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';
import type { CommandId, UserId } from '../../src/engine/domain/ids.js';
import type { Receipt } from '../../src/engine/domain/receipt.js';
import type { CampaignId } from '../../src/events/ids.js';
import { commandId, offset, traceId, userId } from '../../src/engine/domain/ids.js';
import { campaignId } from '../../src/events/ids.js';
import type { FollowingGifticonQueue } from '../../src/gifticon/gifticon-requests.js';
import { createGifticonQueue } from '../../src/gifticon/create-gifticon-requests.js';
import type { RequestStatus } from '../../src/gifticon/gifticon-requests.js';
import { createFanOut } from '../../src/engine/fan-out/fan-out.js';
import { createReadModelProgress } from '../../src/engine/gateway/read-model-progress.js';
import type { Logger } from '../../src/engine/runtime/logging.js';
import { createMetrics } from '../../src/metrics.js';
import { openKafkaCommandLog } from '../../src/engine/kafka/command-log.js';
import { openKafka } from '../../src/engine/kafka/connection.js';
import { openKafkaEventFeed } from '../../src/engine/kafka/event-feed.js';
import type { CommandLog, Consumer } from '../../src/engine/log/command-log.js';
import type { DecidedBatch, EventFeed } from '../../src/engine/log/event-feed.js';
import { partitionOf } from '../../src/engine/log/partitioning.js';
import type { EventStore } from '../../src/engine/store/event-store.js';
import { openPostgresCommandLog } from '../../src/engine/postgres/command-log.js';
import { postgresDeadLetters } from '../../src/engine/postgres/dead-letters.js';
import { isTransient } from '../../src/engine/postgres/errors.js';
import { openPostgresEventFeed } from '../../src/engine/postgres/event-feed.js';
import { postgresEventStore } from '../../src/engine/postgres/event-store.js';
import { openPool } from '../../src/engine/postgres/pool.js';
import { openPrisma } from '../../src/projections/prisma-client.js';
import { postgresProjectionStore } from '../../src/engine/postgres/projection-store.js';
import { openWakeUp } from '../../src/engine/postgres/wake-up.js';
import { campaigns } from '../../src/projections/gifticon/campaigns/project.js';
import type { CampaignQueries } from '../../src/projections/gifticon/campaigns/query.js';
import { campaignQueries } from '../../src/projections/gifticon/campaigns/query.js';
import { startDecider } from '../../src/engine/decider/decider.js';
import { startProjector } from '../../src/engine/projector/projector.js';
import { quietLogger, until } from './conditions.js';
import { openEventLog } from './event-log.js';

const PARTITIONS = 3;
const operator = userId('ops');

export interface ServerOptions {
  /**
   * In the process of the issuer the feed brings decided batches whole; elsewhere, on PostgreSQL, it brings bare
   * notifications.
   */
  readonly where?: 'with the issuer' | 'elsewhere';
  /** The database that it reads from, apart from the queue. */
  readonly databaseUrl?: string;
  /** Wraps the store, and the read model. */
  readonly store?: (store: EventStore) => EventStore;
  readonly campaigns?: (queries: CampaignQueries) => CampaignQueries;
  /** Wraps the queue. */
  readonly requests?: (log: CommandLog) => CommandLog;
  /** Whether it receives the feed. */
  readonly feed?: 'heard' | 'silent';
  /** Its clock of the log. */
  readonly now?: () => number;
  /** The error of that clock, in milliseconds. */
  readonly clockErrorMs?: () => number;
  readonly logger?: Logger;
}

/** The gifticon part of an api process. */
export interface RequestsServer extends AsyncDisposable {
  readonly gifticonRequests: FollowingGifticonQueue;
  readonly requests: CommandLog;
}

interface SiteOptions {
  readonly engine?: 'postgres' | 'kafka';
  readonly projector?: 'runs' | 'away';
}

type Closes = (() => Promise<unknown>)[];

/** Servers with a request queue, campaigns and an issuer, on a database of their own. */
export async function openRequestsSite({ engine = 'postgres', projector = 'runs' }: SiteOptions = {}) {
  const events = await openEventLog(PARTITIONS);
  const { pool, url } = events.database;
  const metrics = createMetrics();
  const closes: Closes = [];
  const commands = openPostgresCommandLog({
    pool,
    wakeUp: events.wakeUp,
    partitions: PARTITIONS,
    log: quietLogger,
    queue: 'commands',
  });
  closes.push(() => commands.stop());
  const key = randomBytes(32);
  const prefix = `test-${randomBytes(6).toString('hex')}`;

  /** The engine of another process. */
  const openEngine = async (closing: Closes): Promise<{ readonly feed: EventFeed; readonly log: CommandLog }> => {
    if (engine === 'kafka') {
      const kafka = await openKafka({
        brokers: process.env.TEST_KAFKA_BROKERS!.split(','),
        prefix,
        partitions: PARTITIONS,
        log: quietLogger,
      });
      closing.push(() => kafka.stop());
      const log = await openKafkaCommandLog({ kafka, queue: 'gifticon.requests' });
      closing.push(() => log.stop());
      const feed = await openKafkaEventFeed({ catalog: MADANG_EVENTS, kafka, key });
      closing.push(() => feed.stop());
      return { feed, log };
    }
    const wakeUp = await openWakeUp({ key: Buffer.alloc(32), url, name: 'requests-test', log: quietLogger });
    const own = { pool, wakeUp, partitions: PARTITIONS, log: quietLogger };
    const log = openPostgresCommandLog({ ...own, queue: 'gifticon.requests' });
    const feed = openPostgresEventFeed({ ...own, catalog: MADANG_EVENTS });
    closing.push(
      () => wakeUp.stop(),
      () => feed.stop(),
      () => log.stop(),
    );
    return { feed, log };
  };
  if (engine === 'kafka') closes.push(() => removeTopics(prefix));
  const { feed: issuerFeed, log: requests } = await openEngine(closes);
  const deadLetters = postgresDeadLetters({ pool, logger: quietLogger, metrics });
  const models = [{ store: postgresProjectionStore(pool), projections: [campaigns], isTransient }];

  const decide = async (log: CommandLog, counts = false): Promise<Consumer> => {
    const decider = await startDecider({
      commands: commandDefinition,
      log,
      store: events.store,
      feed: issuerFeed,
      deadLetters,
      isTransient,
      counts,
      logger: quietLogger,
      metrics,
    });
    closes.push(() => decider.stop());
    return decider;
  };
  const project = async (): Promise<void> => {
    const running = await startProjector({
      feed: issuerFeed,
      events: events.store,
      models,
      deadLetters,
      moved: () => undefined,
      pollIntervalMs: 50,
      logger: quietLogger,
      metrics,
    });
    closes.push(() => running.stop());
  };
  await decide(commands);
  if (projector === 'runs') await project();

  const operate = async (type: string, id: CampaignId, data: object): Promise<void> => {
    const command = {
      commandId: commandId(randomUUID()),
      type,
      schema: 1,
      key: id,
      userId: operator,
      traceId: traceId('0'.repeat(32)),
      at: new Date().toISOString(),
      data,
    };
    await commands.append(command);
    await until(async () => (await events.store.receipts([command.commandId])).size === 1, `${type} is decided`);
    const receipt = (await events.store.receipts([command.commandId])).get(command.commandId);
    if (receipt?.rejection) throw new Error(receipt.rejection.message);
  };

  return {
    events,
    commands,
    requests,
    metrics,
    project,
    startIssuer: () => decide(requests, true),

    async createCampaign(
      stock: number,
      times: { readonly opensAt?: Date; readonly closesAt?: Date } = {},
    ): Promise<CampaignId> {
      const id = campaignId(randomUUID());
      const { opensAt = null, closesAt = null } = times;
      await operate('CreateGifticonCampaign', id, { campaignId: id, title: 'Coffee', stock, opensAt, closesAt });
      return id;
    },
    pause: (id: CampaignId) => operate('PauseGifticonCampaign', id, { campaignId: id }),
    resume: (id: CampaignId) => operate('ResumeGifticonCampaign', id, { campaignId: id }),

    async openServer({
      where = 'elsewhere',
      databaseUrl,
      store: made = (store) => store,
      campaigns: read = (queries) => queries,
      requests: queue = (log) => log,
      feed: heard = 'heard',
      now = Date.now,
      clockErrorMs = () => 0,
      logger = quietLogger,
    }: ServerOptions = {}): Promise<RequestsServer> {
      const closing: Closes = [];
      const { feed, log } = where === 'elsewhere' ? await openEngine(closing) : { feed: issuerFeed, log: requests };
      const own = openPool({ url: databaseUrl ?? url, max: 4, name: 'requests-test' });
      closing.push(() => own.end());
      const store = made(postgresEventStore(own, MADANG_EVENTS));
      const progress = createReadModelProgress({
        models,
        events: store,
        partitions: PARTITIONS,
        pollIntervalMs: 25,
        logger: quietLogger,
      });
      closing.push(() => progress.stop());
      const gifticonRequests = createGifticonQueue({
        requests: queue(log),
        store,
        campaigns: read(campaignQueries({ prisma: openPrisma(own) })),
        settled: (partition) => progress.settled(partition, AbortSignal.timeout(2_000)),
        partitions: PARTITIONS,
        updateEveryMs: 20,
        clock: { now, errorMs: clockErrorMs },
        logger,
        metrics,
      });
      const fanOut = createFanOut({
        feed,
        store,
        partitions: PARTITIONS,
        groupsPerRoom: 100,
        groupsPerUser: 100,
        pollIntervalMs: 200,
        onBatch: (batch) => heard === 'heard' && gifticonRequests.onDecided(batch),
        onEvents: (events) => gifticonRequests.onEvents(events),
        logger: quietLogger,
        metrics,
      });
      closing.push(() => fanOut.stop());
      await fanOut.start();
      await gifticonRequests.start();
      closing.push(() => gifticonRequests.stop());
      const close = async (): Promise<void> => {
        for (let next = closing.pop(); next; next = closing.pop()) await next();
      };
      closes.push(close);
      return { gifticonRequests, requests: log, [Symbol.asyncDispose]: close };
    },

    async [Symbol.asyncDispose]() {
      for (let close = closes.pop(); close; close = closes.pop()) await close();
      await events[Symbol.asyncDispose]();
    },
  };
}

async function removeTopics(prefix: string): Promise<void> {
  const admin = new Kafka({ brokers: process.env.TEST_KAFKA_BROKERS!.split(','), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(`${prefix}.`));
  await admin.deleteTopics({ topics });
  await admin.disconnect();
}

/** A queue whose tail stops delivering at a moment, until it is released. */
export function lateTail() {
  let release: () => void = () => undefined;
  let late: Promise<void> | null = null;
  const made = (log: CommandLog): CommandLog => ({
    ...log,
    async tail({ from, records }) {
      const next = [...from];
      const tail = await log.tail({
        from,
        records(partition, brought) {
          const hand = (): void => {
            next[partition] = offset(brought.at(-1)!.offset + 1);
            records(partition, brought);
          };
          if (late) void late.then(hand);
          else hand();
        },
      });
      return { ...tail, next: (partition) => next[partition]! };
    },
  });
  return {
    requests: made,
    hold: () => void (late = new Promise((resolve) => (release = resolve))),
    release: () => release(),
  };
}

/** The decision of a request without its events, as the feed may bring it. */
export const decision = (
  { id, campaignId: campaign, userId: user }: RequestStatus,
  outcome: Pick<Receipt, 'rejection' | 'events' | 'position'>,
): DecidedBatch => {
  const partition = partitionOf(campaign, PARTITIONS);
  const receipt = {
    commandId: id,
    fingerprint: '',
    userId: user,
    traceId: traceId('0'.repeat(32)),
    queue: 'postgres:gifticon.requests',
    key: campaign,
    partition,
    offset: offset(0),
    decidedAt: new Date(),
    ...outcome,
  };
  return { partition, epoch: null, head: outcome.position, events: [], receipts: [receipt] };
};

export const newId = (): CommandId => commandId(randomUUID());

/** Requests a gifticon: with an id like a client that may have sent it before, without one for the first time. */
export const ask = (
  gifticonRequests: FollowingGifticonQueue,
  campaign: CampaignId,
  user: string,
  id?: CommandId,
): Promise<RequestStatus> =>
  gifticonRequests.request({
    campaignId: campaign,
    commandId: id ?? newId(),
    userId: userId(user),
    traceId: traceId('0'.repeat(32)),
    mayRepeat: id !== undefined,
  });

/** Collects the statuses of a request. */
export async function follow(
  gifticonRequests: FollowingGifticonQueue,
  { id, userId: user }: { readonly id: CommandId; readonly userId: UserId },
) {
  const connection = new AbortController();
  const statuses = await gifticonRequests.watch(id, user, connection.signal);
  if (!statuses) throw new Error('no such request');
  const seen: RequestStatus[] = [];
  const over = (async () => {
    for await (const status of statuses) seen.push(status);
  })();
  return { seen, over, connection, last: () => seen.at(-1) };
}

/** A link to the database that can be cut, so that connections fail; or held, so that nothing answers. */
export async function openWay(to: string) {
  const target = new URL(to);
  const sockets = new Set<Socket>();
  let state: 'open' | 'cut' | 'held' = 'open';
  const server = createServer((client) => {
    if (state === 'cut') return void client.destroy();
    const upstream = connect(Number(target.port || 5432), target.hostname);
    for (const [from, into] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => into.write(chunk));
      from.on('close', () => {
        sockets.delete(from);
        into.destroy();
      });
      from.on('error', () => undefined);
      if (state === 'held') from.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = Object.assign(new URL(to), {
    hostname: '127.0.0.1',
    port: String((server.address() as AddressInfo).port),
    search: '',
  }).href;
  return {
    url,
    cut() {
      state = 'cut';
      for (const socket of sockets) socket.destroy();
    },
    hold() {
      state = 'held';
      for (const socket of sockets) socket.pause();
    },
    open() {
      state = 'open';
      for (const socket of sockets) socket.resume();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
