import { z } from 'zod';
import { accept, append, foreign } from '../../engine/domain/decide.js';
import { defineCommand } from '../define-command.js';
import { reject } from '../rejections.js';
import { campaignIdText } from '../text.js';
import { campaignStream } from './campaign.js';
import { MAX_STOCK } from './create-campaign.js';
import { issuanceStream } from './issuance.js';

const schema = z
  .strictObject({ campaignId: campaignIdText, first: z.int().min(1), count: z.int().min(1) })
  // The first number must follow the stock, so this bounds the new stock, too.
  .refine(({ first, count }) => first + count - 1 <= MAX_STOCK, {
    path: ['count'],
    error: `A campaign has at most ${MAX_STOCK} gifticons: load fewer codes.`,
  });

/** Adds ready-made codes to the stock; the store of codes contains them already. */
export const loadGifticonCodes = defineCommand({
  type: 'LoadGifticonCodes',
  version: 1,
  rateLimit: 'no mutation',
  schema,
  key: (data) => data.campaignId,
  reads: ({ campaignId }) => ({ campaign: campaignStream(campaignId), issuance: foreign(issuanceStream(campaignId)) }),
  decide({ at, data }, { campaign, issuance }, streams) {
    if (campaign.status === 'absent') return reject('CAMPAIGN_NOT_FOUND');
    if (campaign.closesAt !== null && Date.parse(at) >= Date.parse(campaign.closesAt)) return reject('CAMPAIGN_CLOSED');
    if (issuance.soldOut) return reject('SOLD_OUT');
    if (data.first !== campaign.stock + 1) return reject('CODES_MISPLACED');
    return accept(append(streams.campaign, { type: 'GifticonCodesLoaded', data }));
  },
});
