import { z } from 'zod';
import { accept, append } from '../../engine/domain/decide.js';
import { defineCommand, perUser } from '../define-command.js';
import { reject } from '../rejections.js';
import { campaignIdText, title } from '../text.js';
import { campaignStream } from './campaign.js';

/** The limit of gifticons in a campaign, generated and loaded together. */
export const MAX_STOCK = 10_000_000;

/**
 * Kept as `toISOString` writes it, so that one time has one spelling. For years out of this range it would write more
 * digits than are read here.
 */
const time = z.iso
  .datetime({ offset: true, error: 'Send a time in ISO 8601, such as 2026-12-24T18:00:00Z.', abort: true })
  .overwrite((value) => new Date(value).toISOString())
  .refine((value) => value >= '1970', { error: 'Send a time between the years 1970 and 9999.' });

const schema = z
  .strictObject({
    campaignId: campaignIdText,
    title,
    stock: z
      .int({ error: 'Send a whole number.' })
      .min(0, { error: 'Send 0 or more; 0 where ready-made codes will be loaded.' })
      .max(MAX_STOCK, { error: `Send at most ${MAX_STOCK}.` }),
    opensAt: time.nullable(),
    closesAt: time.nullable(),
  })
  .refine(({ opensAt, closesAt }) => opensAt === null || closesAt === null || closesAt > opensAt, {
    path: ['closesAt'],
    error: 'Must be later than opensAt.',
  });

/** Opens a campaign, at once where no time is given. */
export const createGifticonCampaign = defineCommand({
  type: 'CreateGifticonCampaign',
  version: 1,
  rateLimit: perUser(2, 20),
  schema,
  key: (data) => data.campaignId,
  reads: ({ campaignId }) => ({ campaign: campaignStream(campaignId) }),
  decide({ userId, at, data: { campaignId, title: named, stock, opensAt, closesAt } }, { campaign }, streams) {
    // The campaign's id is derived from the commandId: an existing campaign means that the id was used before.
    if (campaign.status !== 'absent') return reject('COMMAND_ID_REUSED');
    const opens = opensAt ?? new Date(at).toISOString();
    if (closesAt !== null && closesAt <= opens) return reject('CAMPAIGN_CLOSES_TOO_EARLY');
    return accept(
      append(streams.campaign, {
        type: 'GifticonCampaignCreated',
        data: { campaignId, title: named, stock, opensAt: opens, closesAt, createdBy: userId },
      }),
    );
  },
});
