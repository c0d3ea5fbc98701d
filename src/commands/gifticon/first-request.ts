import type { EventsOf } from '../../events/definitions.js';
import type { CommandId, UserId } from '../../engine/domain/ids.js';
import type { CampaignId } from '../../events/ids.js';
import type { Aggregate, StreamRef } from '../../engine/domain/decide.js';
import { streamOf } from '../../engine/domain/decide.js';

/**
 * A user's first request that found the campaign open: the one that decides, issued or too late. Requests that were
 * refused before it do not count.
 */
export type FirstRequestState = { readonly requestId: CommandId | null };

export const firstRequestAggregate: Aggregate<FirstRequestState, EventsOf<'gifticon'>> = {
  name: 'gifticon',
  initialState: { requestId: null },
  evolve: (_state, event) => ({ requestId: event.data.requestId }),
};

/** The campaign's id comes first: it contains no `/`, while a user's id may. */
export const firstRequestStream = (campaignId: CampaignId, userId: UserId): StreamRef<FirstRequestState> =>
  streamOf(firstRequestAggregate, `${campaignId}/${userId}`);
