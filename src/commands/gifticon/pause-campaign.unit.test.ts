import { given } from '../../../test/support/given.js';
import { CAMPAIGN, opened, OTHER_CAMPAIGN, paused, resumed } from '../../../test/support/gifticon-events.js';
import { pauseGifticonCampaign } from './pause-campaign.js';

describe('pausing a campaign', () => {
  test('pauses it, also a second time', () => {
    given(opened(3)).when(pauseGifticonCampaign, { campaignId: CAMPAIGN }, 'ops').thenEvents(paused());
    given(opened(3), paused(), resumed())
      .when(pauseGifticonCampaign, { campaignId: CAMPAIGN }, 'ops')
      .thenEvents(paused());
  });

  test('a paused campaign stays paused, with no further event', () => {
    given(opened(3), paused()).when(pauseGifticonCampaign, { campaignId: CAMPAIGN }, 'ops').thenNothing();
  });

  test('is refused where there is no such campaign', () => {
    given(opened(3))
      .when(pauseGifticonCampaign, { campaignId: OTHER_CAMPAIGN }, 'ops')
      .thenRejected('CAMPAIGN_NOT_FOUND');
  });
});
