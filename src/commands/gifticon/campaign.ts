import type { EventsOf } from '../../events/definitions.js';
import type { CampaignId } from '../../events/ids.js';
import type { Aggregate, StreamRef } from '../../engine/domain/decide.js';
import { streamOf } from '../../engine/domain/decide.js';
import { unexpectedEvent } from '../unexpected-event.js';

/**
 * absent ─ GifticonCampaignCreated → known ─ GifticonCodesLoaded, GifticonCampaignPaused, GifticonCampaignResumed →
 * known. Contains what operators have set. The used part of the stock is in the campaign's issuance, which another
 * decider writes.
 */
export type CampaignState =
  | { readonly status: 'absent' }
  | {
      readonly status: 'known';
      /** Never shrinks. */
      readonly stock: number;
      /** ISO 8601; no request is taken before it, and none from `closesAt` on. */
      readonly opensAt: string;
      readonly closesAt: string | null;
      readonly paused: boolean;
    };

export const campaignAggregate: Aggregate<CampaignState, EventsOf<'campaign'>> = {
  name: 'campaign',
  initialState: { status: 'absent' },
  evolve(state, event) {
    if (event.type === 'GifticonCampaignCreated') {
      const { stock, opensAt, closesAt } = event.data;
      return { status: 'known', stock, opensAt, closesAt, paused: false };
    }
    if (state.status === 'absent') throw new Error(`${event.type} in the stream of a campaign that was never created`);
    switch (event.type) {
      case 'GifticonCodesLoaded':
        return { ...state, stock: state.stock + event.data.count };
      case 'GifticonCampaignPaused':
        return { ...state, paused: true };
      case 'GifticonCampaignResumed':
        return { ...state, paused: false };
      default:
        return unexpectedEvent('campaign', event);
    }
  },
};

export const campaignStream = (campaignId: CampaignId): StreamRef<CampaignState> =>
  streamOf(campaignAggregate, campaignId);
