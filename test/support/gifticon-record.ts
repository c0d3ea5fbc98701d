import { EVERYTHING_WRITABLE } from '../../src/engine/domain/readable.js';
import type { RecordedEvent as Recorded } from '../../src/engine/domain/event.js';
import { ofDomain } from '../../src/events/event.js';
import { MADANG_EVENTS } from '../../src/events/definitions.js';
import type { Receipt } from '../../src/engine/domain/receipt.js';
import { readConfig } from '../../src/config.js';
import type { RecordedEvent } from '../../src/events/event.js';
import type { CommandId } from '../../src/engine/domain/ids.js';
import type { CampaignId } from '../../src/events/ids.js';
import { offset, position } from '../../src/engine/domain/ids.js';
import { createLifecycle } from '../../src/engine/runtime/lifecycle.js';
import { partitionOf } from '../../src/engine/log/partitioning.js';
import { postgresEventStore } from '../../src/engine/postgres/event-store.js';
import { openPool } from '../../src/engine/postgres/pool.js';
import { openDeployment } from '../../src/engine/postgres/settings.js';
import { openLogEngine } from '../../src/wiring/log.js';
import { quietLogger, until } from './conditions.js';
import type { QueuedRequest } from './gifticon-promise.js';

/** A deployment's record of its gifticons. */
export interface GifticonRecord {
  /** All requests in the queue, of all campaigns, by partition and offset. */
  readonly queued: readonly QueuedRequest[];
  /** Receipts of all requests in the queue, and of the other commands behind these events. */
  readonly receipts: ReadonlyMap<CommandId, Receipt>;
  /** By requested campaign, in the order of their positions. */
  readonly events: ReadonlyMap<CampaignId, readonly RecordedEvent[]>;
}

const PAGE = 1_000;

/** Reads the queue and the database of a deployment, without its processes. */
export async function readGifticonRecord(
  env: Readonly<Record<string, string>>,
  campaigns: readonly CampaignId[],
): Promise<GifticonRecord> {
  const config = readConfig(env);
  const servers = { databaseUrl: config.databaseUrl!, redisUrl: config.redisUrl!, kafkaBrokers: config.kafkaBrokers };
  const lifecycle = createLifecycle(quietLogger);
  try {
    const pool = openPool({ url: servers.databaseUrl, max: 4, name: 'gifticon-record' });
    lifecycle.onStop('the pool', () => pool.end());
    const store = postgresEventStore(pool, MADANG_EVENTS);
    const settings = await openDeployment(pool, null, 1);
    const { partitions } = settings;
    const { requests } = await openLogEngine({
      config,
      servers,
      pool,
      settings,
      writable: EVERYTHING_WRITABLE,
      lifecycle,
      logger: quietLogger,
    });
    const queued: QueuedRequest[] = [];
    await using tail = await requests.tail({
      from: Array.from({ length: partitions }, () => offset(0)),
      records(partition, records) {
        for (const record of records) if ('command' in record) queued.push({ partition, ...record });
      },
    });
    const ends = await requests.ends();
    await until(() => ends.every((end, partition) => tail.next(partition) >= end), 'the queue is read to its end');
    queued.sort((a, b) => a.partition - b.partition || a.offset - b.offset);

    const events = new Map<CampaignId, RecordedEvent[]>();
    for (const campaign of campaigns) {
      const read: RecordedEvent[] = [];
      for (
        let page: readonly Recorded[] | null = null;
        !page || page.length === PAGE;
        read.push(...page.map(ofDomain))
      ) {
        page = await store.readKey(
          partitionOf(campaign, partitions),
          campaign,
          read.at(-1)?.position ?? position(0),
          PAGE,
        );
      }
      events.set(campaign, read);
    }
    const commands = new Set([
      ...queued.map(({ command }) => command.commandId),
      ...[...events.values()].flat().map(({ commandId }) => commandId),
    ]);
    return { queued, receipts: await store.receipts([...commands]), events };
  } finally {
    await lifecycle.stop();
  }
}
