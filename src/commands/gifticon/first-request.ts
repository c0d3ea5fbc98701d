import type { EventsOf } from '../../events/definitions.js';
import type { CommandId, UserId } from '../../engine/domain/ids.js';
import type { CampaignId } from '../../events/ids.js';
import type { Aggregate, StreamRef } from '../../engine/domain/decide.js';
import { streamOf } from '../../engine/domain/decide.js';

/**
 * A user's first request that found the campaign open, issued or too late: the one that decides. Those refused before
 * it do not count.
 */
export type FirstRequestState = { readonly requestId: CommandId | null };

export const firstRequestAggregate: Aggregate<FirstRequestState, EventsOf<'gifticon'>> = {
  name: 'gifticon',
  initialState: { requestId: null },
  evolve: (_state, event) => ({ requestId: event.data.requestId }),
};

/** The campaign's id comes first: it holds no `/`, whatever a user's id holds. */
export const firstRequestStream = (campaignId: CampaignId, userId: UserId): StreamRef<FirstRequestState> =>
  streamOf(firstRequestAggregate, `${campaignId}/${userId}`);
