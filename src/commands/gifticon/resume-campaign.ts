import { z } from 'zod';
import { accept, append } from '../../engine/domain/decide.js';
import { defineCommand } from '../define-command.js';
import { reject } from '../rejections.js';
import { campaignIdText } from '../text.js';
import { campaignStream } from './campaign.js';

const schema = z.strictObject({ campaignId: campaignIdText });

/** Continues the issuing after a pause. */
export const resumeGifticonCampaign = defineCommand({
  type: 'ResumeGifticonCampaign',
  version: 1,
  rateLimit: 'no mutation',
  schema,
  key: (data) => data.campaignId,
  reads: ({ campaignId }) => ({ campaign: campaignStream(campaignId) }),
  decide({ userId, data: { campaignId } }, { campaign }, streams) {
    if (campaign.status === 'absent') return reject('CAMPAIGN_NOT_FOUND');
    if (!campaign.paused) return accept();
    return accept(append(streams.campaign, { type: 'GifticonCampaignResumed', data: { campaignId, userId } }));
  },
});
