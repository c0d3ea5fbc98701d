import { given } from '../../../test/support/given.js';
import { CAMPAIGN, opened, OTHER_CAMPAIGN, paused, resumed } from '../../../test/support/gifticon-events.js';
import { resumeGifticonCampaign } from './resume-campaign.js';

describe('resuming a campaign', () => {
  test('resumes it, also a second time', () => {
    given(opened(3), paused()).when(resumeGifticonCampaign, { campaignId: CAMPAIGN }, 'ops').thenEvents(resumed());
    given(opened(3), paused(), resumed(), paused())
      .when(resumeGifticonCampaign, { campaignId: CAMPAIGN }, 'ops')
      .thenEvents(resumed());
  });

  test('a campaign that is not paused continues, with no further event', () => {
    given(opened(3)).when(resumeGifticonCampaign, { campaignId: CAMPAIGN }, 'ops').thenNothing();
    given(opened(3), paused(), resumed()).when(resumeGifticonCampaign, { campaignId: CAMPAIGN }, 'ops').thenNothing();
  });

  test('is refused where there is no such campaign', () => {
    given(opened(3))
      .when(resumeGifticonCampaign, { campaignId: OTHER_CAMPAIGN }, 'ops')
      .thenRejected('CAMPAIGN_NOT_FOUND');
  });
});
