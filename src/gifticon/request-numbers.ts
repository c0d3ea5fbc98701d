import type { Offset, Partition } from '../engine/domain/ids.js';
import { offset } from '../engine/domain/ids.js';
import type { CommandRecord } from '../engine/log/command-log.js';
import { countedKey } from '../engine/log/command-log.js';
import { partitionOf } from '../engine/log/partitioning.js';
import { pause } from '../engine/runtime/retry.js';
import type { DecidedCount } from '../engine/store/event-store.js';
import type { CampaignId } from '../events/ids.js';
import { campaignId } from '../events/ids.js';
import { createBulkLookup } from './bulk-lookup.js';

/**
 * The number of each request in its campaign, 1, 2, 3 … in the order of the queue, and the number of those that are
 * decided. The issuer counts every record that it decides; this process counts the records that the tail of the queue
 * brings, and learns from one read of the issuer's count where its own began.
 */
export interface RequestNumbers {
  /** The tail of the partition begins (again) here: all of the partition is numbered anew. */
  begin(partition: Partition, at: Offset): void;
  /**
   * Takes records from the tail of the queue.
   * @returns the ordinal of each among those of its campaign that this process has seen; 0: it does not count
   */
  brought(partition: Partition, records: readonly CommandRecord[]): readonly number[];
  /** Everything below is decided. */
  passed(partition: Partition, next: Offset): void;
  /** The number of the request with this ordinal; null while the issuer's count is not known. */
  numberOf(id: CampaignId, ordinal: number): number | null;
  /** The number of decided requests; null while the issuer's count is not known. */
  served(id: CampaignId): number | null;
  /** Resolves once the issuer's count is known, reading it where needed; or when the signal is aborted. */
  known(id: CampaignId, signal: AbortSignal): Promise<void>;
  stop(): void;
}

export interface RequestNumbersOptions {
  readonly partitions: number;
  readonly decidedCounts: (
    keys: readonly { readonly key: CampaignId; readonly partition: Partition }[],
  ) => Promise<ReadonlyMap<string, DecidedCount>>;
  /** The next offset that the tail of the queue will deliver. It moves also where the last records are gone. */
  readonly tailed: (partition: Partition) => Offset;
}

interface Campaign {
  readonly id: CampaignId;
  readonly partition: Partition;
  /** Records that the tail has brought. */
  total: number;
  /** Decided ones of them, and those that are no longer in the list of the partition. */
  passed: number;
  cut: number;
  /** The number of requests before the first record that this process has seen. */
  before: number | null;
  reading: Promise<void> | null;
}

/** The records that the tail has brought, by offset. */
interface Records {
  offsets: Offset[];
  campaigns: Campaign[];
  /** The first one that is not decided. */
  head: number;
  next: Offset;
  /** The offset after the last one. */
  tailed: Offset;
  /** No record below is in the list. */
  from: Offset;
}

/** The passed part of the list is cut off in steps of this size. */
const CUT = 1_024;
/** Campaigns without a waiting request that are kept. */
const MAX_CAMPAIGNS = 10_000;
const RETRY_MS = 50;
const TIMEOUT_MS = 2_000;
const MAX_KEYS = 1_000;

export function createRequestNumbers({ partitions, decidedCounts, tailed }: RequestNumbersOptions): RequestNumbers {
  const stopping = new AbortController();
  const campaigns = new Map<CampaignId, Campaign>();
  const records: readonly Records[] = Array.from({ length: partitions }, () => ({
    offsets: [],
    campaigns: [],
    head: 0,
    next: offset(0),
    tailed: offset(0),
    from: offset(0),
  }));
  const lookup = createBulkLookup<CampaignId, DecidedCount>({
    load: async (keys) =>
      (await decidedCounts(keys.map((key) => ({ key, partition: partitionOf(key, partitions) })))) as ReadonlyMap<
        CampaignId,
        DecidedCount
      >,
    maxKeys: MAX_KEYS,
    timeoutMs: TIMEOUT_MS,
  });

  const dropIdle = (): void => {
    for (const [id, campaign] of campaigns) {
      if (campaigns.size < MAX_CAMPAIGNS) return;
      if (campaign.passed < campaign.total || campaign.reading) continue;
      campaigns.delete(id);
      const list = records[campaign.partition]!;
      // Its records may be gone from the list: a campaign that is counted anew begins after them.
      list.from = offset(Math.max(list.from, list.next));
    }
  };

  const campaignOf = (id: CampaignId): Campaign => {
    const known = campaigns.get(id);
    if (known) return known;
    dropIdle();
    const partition = partitionOf(id, partitions);
    const campaign = { id, partition, total: 0, passed: 0, cut: 0, before: null, reading: null };
    campaigns.set(id, campaign);
    return campaign;
  };

  const pass = (list: Records): void => {
    for (; list.head < list.offsets.length && list.offsets[list.head]! < list.next; list.head++)
      list.campaigns[list.head]!.passed++;
    if (list.head < CUT || list.head * 2 < list.offsets.length) return;
    for (let n = 0; n < list.head; n++) list.campaigns[n]!.cut++;
    list.from = offset(Math.max(list.from, list.offsets[list.head - 1]! + 1));
    list.offsets = list.offsets.slice(list.head);
    list.campaigns = list.campaigns.slice(list.head);
    list.head = 0;
  };

  const begin = (partition: Partition, at: Offset): void => {
    const list = records[partition]!;
    for (const [id, campaign] of campaigns) if (campaign.partition === partition) campaigns.delete(id);
    Object.assign(list, { offsets: [], campaigns: [], head: 0, next: at, tailed: at, from: at });
  };

  /** Whether every record below the checkpoint of the count was brought, and is in the list or was cut off from it. */
  const fits = ({ next }: DecidedCount, partition: Partition): boolean =>
    next >= records[partition]!.from && next <= tailed(partition);

  const recordsBelow = (campaign: Campaign, next: Offset, list: Records): number => {
    let below = campaign.cut;
    for (const [n, of] of list.campaigns.entries()) if (of === campaign && list.offsets[n]! < next) below++;
    return below;
  };

  const read = async (campaign: Campaign, list: Records): Promise<void> => {
    while (campaigns.get(campaign.id) === campaign && !stopping.signal.aborted) {
      // A store that is away for a while is asked again, for as long as the campaign is kept. So is one whose answer is
      // older than what was cut off from the list.
      const count = await lookup.find(campaign.id).catch(() => undefined);
      if (count && fits(count, campaign.partition)) {
        campaign.before = count.decided - recordsBelow(campaign, count.next, list);
        return;
      }
      await pause(RETRY_MS, stopping.signal);
    }
  };

  return {
    begin,
    brought(partition, added) {
      const list = records[partition]!;
      if (added[0]!.offset < list.tailed) begin(partition, added[0]!.offset);
      const ordinals = added.map((record) => {
        const key = countedKey(record);
        if (key === null) return 0;
        const campaign = campaignOf(campaignId(key));
        list.offsets.push(record.offset);
        list.campaigns.push(campaign);
        return ++campaign.total;
      });
      list.tailed = offset(added.at(-1)!.offset + 1);
      pass(list);
      return ordinals;
    },
    passed(partition, next) {
      const list = records[partition]!;
      if (next <= list.next) return;
      list.next = next;
      pass(list);
    },
    numberOf(id, ordinal) {
      const before = campaigns.get(id)?.before ?? null;
      return before === null || ordinal === 0 ? null : before + ordinal;
    },
    served(id) {
      const campaign = campaigns.get(id);
      return campaign?.before === null || campaign === undefined ? null : campaign.before + campaign.passed;
    },
    async known(id, signal) {
      while (!signal.aborted && !stopping.signal.aborted) {
        const campaign = campaignOf(id);
        if (campaign.before !== null) return;
        campaign.reading ??= read(campaign, records[campaign.partition]!).finally(() => {
          campaign.reading = null;
        });
        await settledOrAborted(campaign.reading, [signal, stopping.signal]);
      }
    },
    stop: () => stopping.abort(),
  };
}

async function settledOrAborted(work: Promise<void>, signals: readonly AbortSignal[]): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      for (const signal of signals) signal.removeEventListener('abort', done);
      resolve();
    };
    for (const signal of signals) signal.addEventListener('abort', done, { once: true });
    void work.finally(done);
  });
}
