import type { LogEntry } from '../engine/domain/event.js';
import { isReadable } from '../engine/domain/event.js';
import type { EventsOf } from '../events/definitions.js';
import { EVENTS, EVENT_TYPES } from '../events/definitions.js';
import type { RecordedEvent } from '../events/event.js';
import type { CampaignId } from '../events/ids.js';
import type { Campaign } from '../projections/gifticon/campaigns/query.js';
import type { CampaignStatus } from './gifticon-requests.js';

const AGGREGATES = ['campaign', 'issuance', 'gifticon'] as const;
const TYPES: ReadonlySet<string> = new Set(
  EVENT_TYPES.filter((type) => (AGGREGATES as readonly string[]).includes(EVENTS[type].aggregate)),
);

/** False also for an event that this program cannot read. */
export const isOfGifticons = (entry: LogEntry): entry is RecordedEvent<EventsOf<(typeof AGGREGATES)[number]>> =>
  isReadable(entry) && TYPES.has(entry.event.type);

/** The campaign that an event changes; null for all other events. */
export function campaignOf({ event }: RecordedEvent): CampaignId | null {
  switch (event.type) {
    case 'GifticonCampaignCreated':
    case 'GifticonCodesLoaded':
    case 'GifticonCampaignPaused':
    case 'GifticonCampaignResumed':
    case 'GifticonIssued':
    case 'GifticonsSoldOut':
      return event.data.campaignId;
    default:
      return null;
  }
}

/** The campaign as it was created; null for all other events. */
export function createdCampaign({ event, at, partition, position }: RecordedEvent): Campaign | null {
  if (event.type !== 'GifticonCampaignCreated') return null;
  const { campaignId: id, title, stock, opensAt, closesAt } = event.data;
  return {
    id,
    title,
    stock,
    generated: stock,
    issued: 0,
    opensAt: new Date(opensAt),
    closesAt: closesAt === null ? null : new Date(closesAt),
    paused: false,
    soldOut: false,
    createdAt: at,
    partition,
    position,
  };
}

/** The campaign after one of its events; unchanged where it contains the event already. */
export function afterEvent(campaign: Campaign, { event, position }: RecordedEvent): Campaign {
  if (position <= campaign.position) return campaign;
  switch (event.type) {
    case 'GifticonCodesLoaded':
      return { ...campaign, position, stock: event.data.first + event.data.count - 1 };
    case 'GifticonCampaignPaused':
      return { ...campaign, position, paused: true };
    case 'GifticonCampaignResumed':
      return { ...campaign, position, paused: false };
    case 'GifticonIssued':
      return { ...campaign, position, issued: event.data.nth };
    case 'GifticonsSoldOut':
      return { ...campaign, position, soldOut: true };
    default:
      return { ...campaign, position };
  }
}

/** `now` in milliseconds since 1970. */
export function campaignState({ opensAt, closesAt, soldOut, stock }: Campaign, now: number): CampaignStatus['state'] {
  if (closesAt !== null && now >= closesAt.getTime()) return 'CLOSED';
  if (soldOut) return 'SOLD_OUT';
  return stock === 0 || now < opensAt.getTime() ? 'SCHEDULED' : 'OPEN';
}

/**
 * Whether no request that is admitted now can count. Close to the opening the issuer decides, by the time of the log.
 * @param errorMs the largest difference between the clocks of admission and of the decision
 */
export const opensLater = ({ opensAt, stock }: Campaign, now: number, errorMs: number): boolean =>
  stock === 0 || now + errorMs < opensAt.getTime();
