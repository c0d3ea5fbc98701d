import { z } from 'zod';
import { accept, append, foreign } from '../../engine/domain/decide.js';
import { defineCommand } from '../define-command.js';
import { reject } from '../rejections.js';
import { campaignIdText } from '../text.js';
import { campaignStream } from './campaign.js';
import { firstRequestStream } from './first-request.js';
import { issuanceStream } from './issuance.js';

const schema = z.strictObject({ campaignId: campaignIdText });

/**
 * Issues the next gifticon of the campaign, first come, first served. Commands are decided in the order of their
 * admission, and by the time of their admission, so that nobody loses a gifticon by waiting in the queue while the
 * campaign closes.
 */
export const requestGifticon = defineCommand({
  type: 'RequestGifticon',
  version: 1,
  // Thousands press within a second, and each would cost a round trip. Whatever the limit, a user has one request under
  // way in a campaign.
  rateLimit: { perSecond: 5, burst: 20, over: 'server' },
  untilRead: 'held',
  queue: 'gifticon.requests',
  schema,
  key: (data) => data.campaignId,
  reads: ({ campaignId }, { userId }) => ({
    campaign: foreign(campaignStream(campaignId)),
    issuance: issuanceStream(campaignId),
    first: firstRequestStream(campaignId, userId),
  }),
  // A user for whom a pause makes no difference is answered at once: one who has asked before, also with this very
  // command, and one who comes too late.
  held: ({ campaign, issuance, first }, { at }) =>
    campaign.status === 'known' &&
    campaign.paused &&
    !hasClosed(campaign.closesAt, at) &&
    !issuance.soldOut &&
    first.requestId === null,
  decide({ commandId, userId, at, data: { campaignId } }, { campaign, issuance, first }, streams) {
    if (campaign.status === 'absent') return reject('CAMPAIGN_NOT_FOUND');
    if (first.requestId !== null) return reject('ALREADY_REQUESTED');
    if (hasClosed(campaign.closesAt, at)) return reject('CAMPAIGN_CLOSED');
    if (campaign.stock === 0 || Date.parse(at) < Date.parse(campaign.opensAt)) return reject('CAMPAIGN_NOT_OPEN');

    const requested = append(streams.first, {
      type: 'GifticonRequested',
      data: { campaignId, userId, requestId: commandId },
    });
    const nth = issuance.issued + 1;
    if (issuance.soldOut || nth > campaign.stock) return reject('SOLD_OUT', requested);
    const issued = append(streams.issuance, {
      type: 'GifticonIssued',
      data: { campaignId, userId, requestId: commandId, nth },
    });
    if (nth < campaign.stock) return accept(requested, issued);
    return accept(requested, issued, append(streams.issuance, { type: 'GifticonsSoldOut', data: { campaignId } }));
  },
});

const hasClosed = (closesAt: string | null, at: string): boolean =>
  closesAt !== null && Date.parse(at) >= Date.parse(closesAt);
