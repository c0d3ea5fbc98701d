import type { CommandId, UserId } from '../../engine/domain/ids.js';
import type { CampaignId } from '../ids.js';

/**
 * `stock`: the number of generated codes, numbers 1 … stock. Times are ISO 8601 in UTC; `closesAt` null: the campaign
 * ends when it is sold out.
 */
export interface GifticonCampaignCreated {
  readonly type: 'GifticonCampaignCreated';
  readonly data: {
    readonly campaignId: CampaignId;
    readonly title: string;
    readonly stock: number;
    readonly opensAt: string;
    readonly closesAt: string | null;
    readonly createdBy: UserId;
  };
}

/**
 * Ready-made codes were added: the stock grew by the numbers `first` … `first + count - 1`. The codes themselves are
 * never in an event.
 */
export interface GifticonCodesLoaded {
  readonly type: 'GifticonCodesLoaded';
  readonly data: { readonly campaignId: CampaignId; readonly first: number; readonly count: number };
}

export interface GifticonCampaignPaused {
  readonly type: 'GifticonCampaignPaused';
  readonly data: { readonly campaignId: CampaignId; readonly userId: UserId };
}

export interface GifticonCampaignResumed {
  readonly type: 'GifticonCampaignResumed';
  readonly data: { readonly campaignId: CampaignId; readonly userId: UserId };
}

/**
 * A user's first request that found the campaign open, the one that decides: a gifticon was issued for it, or it came
 * too late.
 */
export interface GifticonRequested {
  readonly type: 'GifticonRequested';
  readonly data: { readonly campaignId: CampaignId; readonly userId: UserId; readonly requestId: CommandId };
}

/** `nth`: 1, 2, 3 … within the campaign, in the order of admission, never above the stock. It identifies the code. */
export interface GifticonIssued {
  readonly type: 'GifticonIssued';
  readonly data: {
    readonly campaignId: CampaignId;
    readonly userId: UserId;
    readonly requestId: CommandId;
    readonly nth: number;
  };
}

/** The last gifticon was issued. Final: nothing is issued in the campaign any more. */
export interface GifticonsSoldOut {
  readonly type: 'GifticonsSoldOut';
  readonly data: { readonly campaignId: CampaignId };
}

export type GifticonEvent =
  | GifticonCampaignCreated
  | GifticonCodesLoaded
  | GifticonCampaignPaused
  | GifticonCampaignResumed
  | GifticonRequested
  | GifticonIssued
  | GifticonsSoldOut;
