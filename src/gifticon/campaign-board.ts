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

/** `unsure`: the read model has none, and may be behind. */
export type FoundCampaign = Campaign | 'none' | 'unsure';

/** Campaigns in memory: loaded once, then kept up by their events. */
export interface CampaignBoard {
  /** Loads the newest. One that fails is made up for where a campaign is asked for. */
  start(): Promise<void>;
  onEvents(event: RecordedEvent): void;
  /** The log went back in time: what is in memory may not be true any more. It is loaded anew. */
  forget(): void;
  /** What is in memory. */
  get(id: CampaignId): Campaign | undefined;
  /** Looks into the database where it has to. @throws where that does not answer */
  find(id: CampaignId): Promise<FoundCampaign>;
  /** The same for somebody who cannot wait for a database that does not answer: `unsure` then. */
  glance(id: CampaignId): Promise<FoundCampaign>;
}

export interface CampaignBoardOptions {
  readonly campaigns: CampaignQueries;
  /** Waits, bounded, until the read models hold what is decided now; says whether they do. */
  readonly settled?: ((partition: Partition) => Promise<boolean>) | undefined;
  readonly partitions: number;
  readonly logger: Logger;
}

const NEWEST = 1_000;
const MAX_CAMPAIGNS = 10_000;
/** Campaigns whose events are kept until they are loaded, and events of one. */
const MAX_MISSING = 1_000;
const MAX_EVENTS = 100;
const GLANCE_MS = 300;
const TIMEOUT_MS = 2_000;
/** How long a "no" holds. */
const ABSENT_MS = 1_000;
/**
 * A row that a read model far behind gave may lack what happened before this process began to hear of events: it is
 * looked at again.
 */
const CHECK_MS = 10_000;

interface Search {
  readonly found: Promise<FoundCampaign>;
  /** Whether the database gave its first answer before a glance is over. */
  readonly soon: Promise<boolean>;
}

export function createCampaignBoard({ campaigns, settled, partitions, logger }: CampaignBoardOptions): CampaignBoard {
  const known = new LRUCache<CampaignId, Campaign>({ max: MAX_CAMPAIGNS });
  /** What happened to campaigns that are not in memory, since a row that is loaded may be of a time before it. */
  const missed = new LRUCache<CampaignId, readonly RecordedEvent[]>({ max: MAX_MISSING });
  const absent = new LRUCache<CampaignId, 'none' | 'unsure'>({ max: MAX_CAMPAIGNS, ttl: ABSENT_MS });
  /** For which the database has just kept somebody waiting. */
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
    // Each number issued replaces the one before: what is left are the few things that an operator does.
    const rest = earlier.at(-1)?.event.type === event.event.type ? earlier.slice(0, -1) : earlier;
    missed.set(id, [...rest.slice(-MAX_EVENTS + 1), event]);
  };

  const lookup = createBulkLookup<CampaignId, Campaign>({
    // Kept here, so that an answer for which nobody waited long enough is not lost.
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
      logger.warn({ err: error }, 'could not load campaigns; they are loaded when somebody asks for them');
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
        // As good as no answer.
      }
      silent.set(id, true);
      return 'unsure';
    },
  };
}
