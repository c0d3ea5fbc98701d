import { isEvent } from '../../events/event.js';
import { campaignStream } from '../../commands/gifticon/campaign.js';
import type { CampaignId } from '../../events/ids.js';
import type { EventStore } from '../../engine/store/event-store.js';

export interface CampaignStock {
  /** Numbers 1 … generated have codes that are derived from the key. Never changes. */
  readonly generated: number;
  /** Generated and loaded codes together: the loaded ones have the last numbers. */
  readonly stock: number;
}

type Streams = Pick<EventStore, 'readStream'>;

const PAGE = 500;

/** Reads the log's own state; null where the log has no such campaign. */
export async function readCampaignStock(store: Streams, campaignId: CampaignId): Promise<CampaignStock | null> {
  const stream = campaignStream(campaignId).id;
  let [generated, loaded] = [-1, 0];
  for (let version = 0; ; version += PAGE) {
    const events = await store.readStream(stream, version, PAGE);
    for (const recorded of events) {
      if (isEvent(recorded, 'GifticonCampaignCreated')) generated = recorded.event.data.stock;
      else if (isEvent(recorded, 'GifticonCodesLoaded')) loaded += recorded.event.data.count;
    }
    if (events.length < PAGE) return generated === -1 ? null : { generated, stock: generated + loaded };
  }
}

/** The number of generated codes, from the campaign's first event alone; null where there is no such campaign. */
export async function readGenerated(store: Streams, campaignId: CampaignId): Promise<number | null> {
  const [first] = await store.readStream(campaignStream(campaignId).id, 0, 1);
  return first && isEvent(first, 'GifticonCampaignCreated') ? first.event.data.stock : null;
}
