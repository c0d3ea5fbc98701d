import { LRUCache } from 'lru-cache';
import type { RecordedEvent } from '../events/event.js';
import type { Partition } from '../engine/domain/ids.js';
import type { CampaignId } from '../events/ids.js';
import { settlesWithin } from '../engine/runtime/deadline.js';
import type { Logger } from '../engine/runtime/logging.js';
import { partitionOf } from '../engine/log/partitioning.js';
import type { Campaign, CampaignQueries } from '../projections/gifticon/campaigns/query.js';
import { createBulkLookup } from './bulk-lookup.js';
import { afterEvent, campaignOf, createdCampaign } from './campaign-events.js';

/** `unsure`: the read model does not have it, and may be behind. */
export type FoundCampaign = Campaign | 'none' | 'unsure';

/** Campaigns in memory: loaded once, then kept current by their events. */
export interface CampaignBoard {
  /** Loads the newest campaigns. After a failure, campaigns are loaded when they are asked for. */
  start(): Promise<void>;
  onEvents(event: RecordedEvent): void;
  /** The log went back in time: campaigns in memory may be wrong, and are loaded again. */
  forget(): void;
  /** From memory alone. */
  get(id: CampaignId): Campaign | undefined;
  /** Reads the database where needed. @throws where that does not answer */
  find(id: CampaignId): Promise<FoundCampaign>;
  /** The same for a caller who cannot wait for a database that does not answer: `unsure` then. */
  glance(id: CampaignId): Promise<FoundCampaign>;
}

export interface CampaignBoardOptions {
  readonly campaigns: CampaignQueries;
  /** Waits for a bounded time until the read models hold everything decided by now; says whether they do. */
  readonly settled?: ((partition: Partition) => Promise<boolean>) | undefined;
  readonly partitions: number;
  readonly logger: Logger;
}

const NEWEST = 1_000;
const MAX_CAMPAIGNS = 10_000;
/** Limits: campaigns whose events are kept until they are loaded, and events of one campaign. */
const MAX_MISSING = 1_000;
const MAX_EVENTS = 100;
const GLANCE_MS = 300;
const TIMEOUT_MS = 2_000;
/** How long a "no" is believed. */
const ABSENT_MS = 1_000;
/**
 * A row from a read model far behind may lack events from before this process began to receive events: it is read again
 * after this time.
 */
const CHECK_MS = 10_000;

interface Search {
  readonly found: Promise<FoundCampaign>;
  /** Whether the database gave its first answer before the end of a glance. */
  readonly soon: Promise<boolean>;
}

export function createCampaignBoard({ campaigns, settled, partitions, logger }: CampaignBoardOptions): CampaignBoard {
  const known = new LRUCache<CampaignId, Campaign>({ max: MAX_CAMPAIGNS });
  /** Events of campaigns that are not in memory: the row that is loaded may be older than they are. */
  const missed = new LRUCache<CampaignId, readonly RecordedEvent[]>({ max: MAX_MISSING });
  const absent = new LRUCache<CampaignId, 'none' | 'unsure'>({ max: MAX_CAMPAIGNS, ttl: ABSENT_MS });
  /** Campaigns for which the database has just kept a caller waiting. */
  const silent = new LRUCache<CampaignId, true>({ max: MAX_CAMPAIGNS, ttl: ABSENT_MS });
  const checked = new LRUCache<CampaignId, true>({ max: MAX_CAMPAIGNS, ttl: CHECK_MS });
  const searches = new Map<CampaignId, Search>();

  const keep = (row: Campaign): Campaign => {
    const current = known.get(row.id);
    if (current && current.position > row.position) return current;
    const campaign = (missed.get(row.id) ?? []).reduce(afterEvent, row);
    missed.delete(row.id);
    absent.delete(row.id);
    known.set(row.id, campaign);
    return campaign;
  };

  const miss = (id: CampaignId, event: RecordedEvent): void => {
    const earlier = missed.get(id) ?? [];
    // Each issuing replaces the one before; what remains are the few actions of operators.
    const rest = earlier.at(-1)?.event.type === event.event.type ? earlier.slice(0, -1) : earlier;
    missed.set(id, [...rest.slice(-MAX_EVENTS + 1), event]);
  };

  const lookup = createBulkLookup<CampaignId, Campaign>({
    // Kept here, so that an answer that came after its callers' timeout is not lost.
    load: async (ids) => new Map((await campaigns.byIds(ids)).flatMap((row) => (row ? [[row.id, keep(row)]] : []))),
    maxKeys: 1_000,
    timeoutMs: TIMEOUT_MS,
  });

  const confirmed = async (id: CampaignId): Promise<FoundCampaign> => {
    const sure = settled ? await settled(partitionOf(id, partitions)) : true;
    const campaign = known.get(id) ?? (await lookup.find(id));
    if (campaign) return campaign;
    const answer = sure ? 'none' : 'unsure';
    absent.set(id, answer);
    return answer;
  };

  const search = (id: CampaignId): Search => {
    const running = searches.get(id);
    if (running) return running;
    const first = lookup.find(id);
    const found = first.then((row) => row ?? confirmed(id));
    const started = { found, soon: settlesWithin(first, GLANCE_MS) };
    searches.set(id, started);
    found.catch(() => undefined).finally(() => searches.delete(id));
    return started;
  };

  const get = (id: CampaignId): Campaign | undefined => {
    const campaign = known.get(id);
    if (campaign && !checked.has(id)) {
      checked.set(id, true);
      lookup.find(id).catch(() => undefined);
    }
    return campaign;
  };

  const start = async (): Promise<void> => {
    try {
      for (const row of await campaigns.newest(NEWEST)) keep(row);
    } catch (error) {
      logger.warn({ err: error }, 'could not load campaigns; each is loaded when it is asked for');
    }
  };

  return {
    start,

    forget() {
      for (const memory of [known, missed, absent, silent, checked]) memory.clear();
      void start();
    },

    onEvents(recorded) {
      const id = campaignOf(recorded);
      if (id === null) return;
      const campaign = known.peek(id) ?? createdCampaign(recorded);
      if (campaign) {
        absent.delete(id);
        known.set(id, afterEvent(campaign, recorded));
      } else miss(id, recorded);
    },

    get,
    find: async (id) => get(id) ?? absent.get(id) ?? search(id).found,
    async glance(id) {
      const remembered = get(id) ?? absent.get(id) ?? (silent.has(id) ? 'unsure' : undefined);
      if (remembered) return remembered;
      const { found, soon } = search(id);
      try {
        if (await soon) return await found;
      } catch {
        // Treated like no answer.
      }
      silent.set(id, true);
      return 'unsure';
    },
  };
}
