import type {
  GifticonCampaignCreated,
  GifticonCampaignPaused,
  GifticonCampaignResumed,
  GifticonCodesLoaded,
  GifticonIssued,
  GifticonRequested,
  GifticonsSoldOut,
} from '../../src/events/gifticon/gifticon-events.js';
import { userId } from '../../src/engine/domain/ids.js';
import { campaignId } from '../../src/events/ids.js';
import { COMMAND_ID, NOW } from './given.js';

/** One campaign of tests, and its events. An operator, `ops`, runs it. */
export const CAMPAIGN = campaignId('7a1c2b5e-93a0-5c7e-8a51-0d2f4b6a8c01');
export const OTHER_CAMPAIGN = campaignId('7a1c2b5e-93a0-5c7e-8a51-0d2f4b6a8c02');

export const opened = (
  stock: number,
  more: Partial<GifticonCampaignCreated['data']> = {},
): GifticonCampaignCreated => ({
  type: 'GifticonCampaignCreated',
  data: {
    campaignId: CAMPAIGN,
    title: 'Coffee',
    stock,
    opensAt: NOW,
    closesAt: null,
    createdBy: userId('ops'),
    ...more,
  },
});
export const loaded = (first: number, count: number): GifticonCodesLoaded => ({
  type: 'GifticonCodesLoaded',
  data: { campaignId: CAMPAIGN, first, count },
});
export const paused = (): GifticonCampaignPaused => ({
  type: 'GifticonCampaignPaused',
  data: { campaignId: CAMPAIGN, userId: userId('ops') },
});
export const resumed = (): GifticonCampaignResumed => ({
  type: 'GifticonCampaignResumed',
  data: { campaignId: CAMPAIGN, userId: userId('ops') },
});
export const requested = (user: string): GifticonRequested => ({
  type: 'GifticonRequested',
  data: { campaignId: CAMPAIGN, userId: userId(user), requestId: COMMAND_ID },
});
export const issued = (user: string, nth: number): GifticonIssued => ({
  type: 'GifticonIssued',
  data: { campaignId: CAMPAIGN, userId: userId(user), requestId: COMMAND_ID, nth },
});
export const soldOut = (): GifticonsSoldOut => ({ type: 'GifticonsSoldOut', data: { campaignId: CAMPAIGN } });
