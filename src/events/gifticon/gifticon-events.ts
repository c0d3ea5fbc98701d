import type { EventDefinitions } from '../../engine/domain/event-definition.js';
import { FIRST_VERSION } from '../../engine/domain/upcast.js';
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

/** The parts of the domain that this topic has: see `MadangNames` in `src/events/definitions.ts`. */
export interface GifticonNames {
  readonly aggregate: 'campaign' | 'issuance' | 'gifticon';
  readonly readModel: 'campaigns';
}

/** Everything that the rest of the program has to know of each type. */
export const GIFTICON_EVENTS = {
  GifticonCampaignCreated: {
    schema: FIRST_VERSION,
    aggregate: 'campaign',
    audience: 'nobody',
    access: 'none',
    personal: { campaignId: 'no', title: 'no', stock: 'no', opensAt: 'no', closesAt: 'no', createdBy: 'user' },
    readModels: ['campaigns'],
  },
  GifticonCodesLoaded: {
    schema: FIRST_VERSION,
    aggregate: 'campaign',
    audience: 'nobody',
    access: 'none',
    personal: { campaignId: 'no', first: 'no', count: 'no' },
    readModels: ['campaigns'],
  },
  GifticonCampaignPaused: {
    schema: FIRST_VERSION,
    aggregate: 'campaign',
    audience: 'nobody',
    access: 'none',
    personal: { campaignId: 'no', userId: 'user' },
    readModels: ['campaigns'],
  },
  GifticonCampaignResumed: {
    schema: FIRST_VERSION,
    aggregate: 'campaign',
    audience: 'nobody',
    access: 'none',
    personal: { campaignId: 'no', userId: 'user' },
    readModels: ['campaigns'],
  },
  GifticonRequested: {
    schema: FIRST_VERSION,
    aggregate: 'gifticon',
    audience: 'nobody',
    access: 'none',
    personal: { campaignId: 'no', userId: 'user', requestId: 'no' },
    // A late request changes no read model, and every other one is followed by GifticonIssued.
    readModels: [],
  },
  GifticonIssued: {
    schema: FIRST_VERSION,
    aggregate: 'issuance',
    audience: 'nobody',
    access: 'none',
    personal: { campaignId: 'no', userId: 'user', requestId: 'no', nth: 'no' },
    readModels: ['campaigns'],
  },
  GifticonsSoldOut: {
    schema: FIRST_VERSION,
    aggregate: 'issuance',
    audience: 'nobody',
    access: 'none',
    personal: { campaignId: 'no' },
    readModels: ['campaigns'],
  },
} as const satisfies EventDefinitions<GifticonEvent>;
