import type { FoldedBy } from '../../../events/definitions.js';
import type { FoldedEvent } from '../../../events/event.js';
import { postgresReadModel } from '../../define-read-model.js';

/** In: $1 JSON list of changes, of which those with a title create a campaign. */
const CREATE = `
INSERT INTO campaigns (id, title, generated, stock, opens_at, closes_at, created_at, partition, position)
SELECT c.campaign, c.title, c.generated, c.generated, c.opens_at, c.closes_at, c.at, c.partition, c.created
FROM json_to_recordset($1::json)
  AS c (campaign text, title text, generated integer, opens_at timestamptz, closes_at timestamptz,
  at timestamptz, partition smallint, created bigint)
WHERE c.title IS NOT NULL
ON CONFLICT (id) DO NOTHING`;

/**
 * In: $1 JSON list of changes, one for each campaign, as the batch leaves it. Stock and numbers only grow, and batches
 * have no gaps: the batch's last values of a campaign hold even if the row has the beginning of the batch already.
 */
const CHANGE = `
UPDATE campaigns SET stock = greatest(campaigns.stock, c.stock), issued = greatest(campaigns.issued, c.issued),
  paused = coalesce(c.paused, campaigns.paused), sold_out = campaigns.sold_out OR c.sold_out, position = c.position
FROM json_to_recordset($1::json)
  AS c (campaign text, stock integer, issued integer, paused boolean, sold_out boolean, position bigint)
WHERE campaigns.id = c.campaign AND campaigns.position < c.position`;

interface Change {
  readonly campaign: string;
  /** The position of the last event about it. */
  readonly position: number;
  readonly stock: number;
  readonly issued: number;
  readonly sold_out: boolean;
  readonly paused?: boolean;
  readonly title?: string;
  readonly generated?: number;
  readonly opens_at?: string;
  readonly closes_at?: string | null;
  readonly at?: Date;
  readonly partition?: number;
  readonly created?: number;
}

type FromEvent = Pick<Change, 'campaign'> & Partial<Change>;

function fromEvent({ event, partition, position, at }: FoldedEvent<FoldedBy<'campaigns'>>): FromEvent {
  switch (event.type) {
    case 'GifticonCampaignCreated': {
      const { campaignId: campaign, title, stock: generated, opensAt, closesAt } = event.data;
      return { campaign, title, generated, opens_at: opensAt, closes_at: closesAt, at, partition, created: position };
    }
    case 'GifticonCodesLoaded':
      return { campaign: event.data.campaignId, stock: event.data.first + event.data.count - 1 };
    case 'GifticonCampaignPaused':
      return { campaign: event.data.campaignId, paused: true };
    case 'GifticonCampaignResumed':
      return { campaign: event.data.campaignId, paused: false };
    case 'GifticonIssued':
      return { campaign: event.data.campaignId, issued: event.data.nth };
    case 'GifticonsSoldOut':
      return { campaign: event.data.campaignId, sold_out: true };
    default:
      return event satisfies never;
  }
}

/** The changes of the batch by campaign. A later event's values replace an earlier one's. */
function fold(events: readonly FoldedEvent<FoldedBy<'campaigns'>>[]): readonly Change[] {
  const changes = new Map<string, Change>();
  for (const recorded of events) {
    const next = fromEvent(recorded);
    const before = changes.get(next.campaign) ?? { stock: 0, issued: 0, sold_out: false };
    changes.set(next.campaign, { ...before, ...next, position: recorded.position });
  }
  return [...changes.values()];
}

export const campaigns = postgresReadModel({
  name: 'campaigns',
  version: 1,
  forgets: { campaigns: 'nothing personal' },
  oldGenerations: 'nothing personal',
  async apply(sql, events) {
    const changes = fold(events);
    const values = [JSON.stringify(changes)];
    if (changes.some(({ title }) => title !== undefined)) await sql.query(CREATE, values);
    await sql.query(CHANGE, values);
  },
});
