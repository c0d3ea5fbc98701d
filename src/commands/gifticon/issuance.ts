import type { EventsOf } from '../../events/definitions.js';
import type { CampaignId } from '../../events/ids.js';
import type { Aggregate, StreamRef } from '../../engine/domain/decide.js';
import { streamOf } from '../../engine/domain/decide.js';
import { unexpectedEvent } from '../unexpected-event.js';

/** The used part of a campaign's stock. `soldOut` is final, even if codes are loaded at the very last moment. */
export interface IssuanceState {
  readonly issued: number;
  readonly soldOut: boolean;
}

export const issuanceAggregate: Aggregate<IssuanceState, EventsOf<'issuance'>> = {
  name: 'issuance',
  initialState: { issued: 0, soldOut: false },
  evolve(state, event) {
    switch (event.type) {
      case 'GifticonIssued':
        return { ...state, issued: event.data.nth };
      case 'GifticonsSoldOut':
        return { ...state, soldOut: true };
      default:
        return unexpectedEvent('issuance', event);
    }
  },
};

export const issuanceStream = (campaignId: CampaignId): StreamRef<IssuanceState> =>
  streamOf(issuanceAggregate, campaignId);
