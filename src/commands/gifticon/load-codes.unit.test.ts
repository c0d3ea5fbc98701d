import { given, NOW } from '../../../test/support/given.js';
import {
  CAMPAIGN,
  issued,
  loaded,
  opened,
  OTHER_CAMPAIGN,
  paused,
  requested,
  soldOut,
} from '../../../test/support/gifticon-events.js';
import { campaignAggregate } from './campaign.js';
import { MAX_STOCK } from './create-campaign.js';
import { loadGifticonCodes } from './load-codes.js';

const load = (first: number, count: number) => ({ campaignId: CAMPAIGN, first, count });

describe('loading codes', () => {
  test('adds them after the generated ones', () => {
    given(opened(3)).when(loadGifticonCodes, load(4, 2), 'ops').thenEvents(loaded(4, 2));
  });

  test('adds them after those that were loaded before', () => {
    given(opened(0), loaded(1, 5)).when(loadGifticonCodes, load(6, 1), 'ops').thenEvents(loaded(6, 1));
  });

  test('works while the campaign is paused, and while it is being issued', () => {
    given(opened(2), requested('ann'), issued('ann', 1), paused())
      .when(loadGifticonCodes, load(3, 1), 'ops')
      .thenEvents(loaded(3, 1));
  });

  test('works before the campaign opens', () => {
    given(opened(0, { opensAt: '2026-01-02T00:00:00.000Z' }))
      .when(loadGifticonCodes, load(1, 1), 'ops')
      .thenEvents(loaded(1, 1));
  });

  test('is refused where the codes would leave a gap, or come twice', () => {
    given(opened(3)).when(loadGifticonCodes, load(5, 1), 'ops').thenRejected('CODES_MISPLACED');
    given(opened(3)).when(loadGifticonCodes, load(3, 1), 'ops').thenRejected('CODES_MISPLACED');
    given(opened(3), loaded(4, 2)).when(loadGifticonCodes, load(4, 2), 'ops').thenRejected('CODES_MISPLACED');
  });

  test('is refused where there is no such campaign', () => {
    given(opened(3))
      .when(loadGifticonCodes, { ...load(4, 1), campaignId: OTHER_CAMPAIGN }, 'ops')
      .thenRejected('CAMPAIGN_NOT_FOUND');
  });

  test('is refused from the closing time on', () => {
    const campaign = opened(3, { closesAt: '2026-02-01T00:00:00.000Z' });
    given(campaign).when(loadGifticonCodes, load(4, 1), 'ops', '2026-01-31T23:59:59.999Z').thenEvents(loaded(4, 1));
    given(campaign)
      .when(loadGifticonCodes, load(4, 1), 'ops', '2026-02-01T00:00:00.000Z')
      .thenRejected('CAMPAIGN_CLOSED');
    // The same time, and one before it, in other spellings.
    given(campaign).when(loadGifticonCodes, load(4, 1), 'ops', '2026-02-01T00:00:00Z').thenRejected('CAMPAIGN_CLOSED');
    given(opened(3, { closesAt: '2026-02-01T00:00:00.500Z' }))
      .when(loadGifticonCodes, load(4, 1), 'ops', '2026-02-01T00:00:00Z')
      .thenEvents(loaded(4, 1));
  });

  test('is refused once every gifticon was issued: nobody could get the codes', () => {
    given(opened(1), requested('ann'), issued('ann', 1), soldOut())
      .when(loadGifticonCodes, load(2, 1), 'ops')
      .thenRejected('SOLD_OUT');
  });

  test.each([
    [0, 1],
    [1, 0],
    [1, 1.5],
    [1.5, 1],
    [1, MAX_STOCK + 1],
    // The loads of a campaign add up to the limit of its stock at most.
    [MAX_STOCK, 2],
    [MAX_STOCK + 1, 1],
    [2 ** 53 - 1, 2 ** 53 - 1],
  ])('codes from number %p on, %p of them, are refused', (first, count) => {
    expect(loadGifticonCodes.schema.safeParse(load(first, count)).success).toBe(false);
  });

  test('fills a campaign up to its limit', () => {
    given(opened(MAX_STOCK - 1))
      .when(loadGifticonCodes, load(MAX_STOCK, 1), 'ops', NOW)
      .thenEvents(loaded(MAX_STOCK, 1));
    given(opened(0)).when(loadGifticonCodes, load(1, MAX_STOCK), 'ops', NOW).thenEvents(loaded(1, MAX_STOCK));
  });
});

test('codes of a campaign that was never created are a fault, and no campaign', () => {
  expect(() => campaignAggregate.evolve({ status: 'absent' }, loaded(1, 1))).toThrow('never created');
});

test('an event of a newer program is a fault, and is not misread', () => {
  const known = campaignAggregate.evolve({ status: 'absent' }, opened(1));
  expect(() => campaignAggregate.evolve(known, { type: 'OfANewerProgram', data: {} } as never)).toThrow(
    'does not know',
  );
});

test('too many codes are the fault of their count', () => {
  expect(loadGifticonCodes.schema.safeParse(load(MAX_STOCK, 2)).error?.issues).toMatchObject([{ path: ['count'] }]);
});
