import { campaignState } from '../gifticon/campaign-events.js';
import type { Campaign, CampaignQueries } from '../projections/gifticon/campaigns/query.js';

/** The newest campaigns, which are searched for those that a pause holds up, too. */
const NEWEST = 1_000;

/** Other open campaigns in the partition of a campaign: their requests wait behind its own while it is paused. */
export async function heldUpBy(
  queries: Pick<CampaignQueries, 'newest'>,
  paused: Pick<Campaign, 'id' | 'partition'>,
): Promise<readonly Campaign[]> {
  const now = Date.now();
  return (await queries.newest(NEWEST)).filter(
    (each) => each.id !== paused.id && each.partition === paused.partition && campaignState(each, now) === 'OPEN',
  );
}
