import { COMMAND_ID, fold, given, placed } from '../../../test/support/given.js';
import {
  CAMPAIGN,
  issued,
  loaded,
  opened,
  OTHER_CAMPAIGN,
  paused,
  requested,
  resumed,
  soldOut,
} from '../../../test/support/gifticon-events.js';
import { userId } from '../../engine/domain/ids.js';
import { firstRequestStream } from './first-request.js';
import { requestGifticon } from './request-gifticon.js';
import { issuanceAggregate } from './issuance.js';

const request = { campaignId: CAMPAIGN };
const annHasOne = [requested('ann'), issued('ann', 1)];

describe('requesting a gifticon', () => {
  test('issues the first', () => {
    given(opened(3)).when(requestGifticon, request, 'ann').thenEvents(requested('ann'), issued('ann', 1));
  });

  test('issues the next to the next user', () => {
    given(opened(3), ...annHasOne)
      .when(requestGifticon, request, 'bob')
      .thenEvents(requested('bob'), issued('bob', 2));
  });

  test('issues the last, and says that it was the last', () => {
    given(opened(2), ...annHasOne)
      .when(requestGifticon, request, 'bob')
      .thenEvents(requested('bob'), issued('bob', 2), soldOut());
    given(opened(1)).when(requestGifticon, request, 'ann').thenEvents(requested('ann'), issued('ann', 1), soldOut());
  });

  test('continues with the codes that were loaded in time', () => {
    given(opened(1), loaded(2, 1), ...annHasOne)
      .when(requestGifticon, request, 'bob')
      .thenEvents(requested('bob'), issued('bob', 2), soldOut());
    given(opened(0), loaded(1, 2)).when(requestGifticon, request, 'ann').thenEvents(requested('ann'), issued('ann', 1));
  });

  test('that comes too late is refused, and still is the user’s first request', () => {
    given(opened(1), ...annHasOne, soldOut())
      .when(requestGifticon, request, 'bob')
      .thenRejected('SOLD_OUT', requested('bob'));
  });

  test('is refused for ever after a sell-out, even if codes were loaded just then', () => {
    given(opened(1), ...annHasOne, soldOut(), loaded(2, 5))
      .when(requestGifticon, request, 'bob')
      .thenRejected('SOLD_OUT', requested('bob'));
  });

  test('beyond the stock is refused by the count alone, without a sell-out', () => {
    given(opened(1), ...annHasOne)
      .when(requestGifticon, request, 'bob')
      .thenRejected('SOLD_OUT', requested('bob'));
  });

  test('is refused to a user who has a gifticon', () => {
    given(opened(3), ...annHasOne)
      .when(requestGifticon, request, 'ann')
      .thenRejected('ALREADY_REQUESTED');
  });

  test('is refused to a user who came too late before', () => {
    given(opened(1), ...annHasOne, soldOut(), requested('bob'))
      .when(requestGifticon, request, 'bob')
      .thenRejected('ALREADY_REQUESTED');
  });

  test('says after a repeat that the first request decides, also once it has closed', () => {
    given(opened(3, { closesAt: '2026-02-01T00:00:00.000Z' }), ...annHasOne)
      .when(requestGifticon, request, 'ann', '2026-03-01T00:00:00.000Z')
      .thenRejected('ALREADY_REQUESTED');
  });

  test('in another campaign is another request', () => {
    const other = { campaignId: OTHER_CAMPAIGN };
    const { data } = requested('ann');
    given(opened(3), ...annHasOne, opened(3, other))
      .when(requestGifticon, other, 'ann')
      .thenEvents(
        { type: 'GifticonRequested', data: { ...data, ...other } },
        { type: 'GifticonIssued', data: { ...data, ...other, nth: 1 } },
      );
  });

  test('is refused where there is no such campaign', () => {
    given(opened(3)).when(requestGifticon, { campaignId: OTHER_CAMPAIGN }, 'ann').thenRejected('CAMPAIGN_NOT_FOUND');
  });

  test('is refused in a campaign without codes', () => {
    given(opened(0)).when(requestGifticon, request, 'ann').thenRejected('CAMPAIGN_NOT_OPEN');
  });

  test('is partitioned by the campaign, with its id in upper or lower case', () => {
    expect(requestGifticon.key(requestGifticon.schema.parse({ campaignId: CAMPAIGN.toUpperCase() }))).toBe(CAMPAIGN);
  });
});

describe('the time at which a gifticon is requested', () => {
  const campaign = opened(3, { opensAt: '2026-02-01T00:00:00.000Z', closesAt: '2026-03-01T00:00:00.000Z' });

  test.each(['2026-02-01T00:00:00.000Z', '2026-02-01T00:00:00Z', '2026-02-28T23:59:59.999Z', '2026-02-28T23:59:59Z'])(
    '%s is in time',
    (at) => {
      given(campaign).when(requestGifticon, request, 'ann', at).thenEvents(requested('ann'), issued('ann', 1));
    },
  );

  // Refused, and not the user's first request: another one may come when the campaign has opened.
  test.each(['2026-01-31T23:59:59.999Z', '2026-01-31T23:59:59Z'])('%s is too early', (at) => {
    given(campaign).when(requestGifticon, request, 'ann', at).thenRejected('CAMPAIGN_NOT_OPEN');
  });

  test.each(['2026-03-01T00:00:00.000Z', '2026-03-01T00:00:00Z', '2026-03-01T00:00:00.001Z'])(
    '%s is too late',
    (at) => {
      given(campaign).when(requestGifticon, request, 'ann', at).thenRejected('CAMPAIGN_CLOSED');
    },
  );

  test('a campaign without an end goes on until it is sold out', () => {
    given(opened(3))
      .when(requestGifticon, request, 'ann', '2036-01-01T00:00:00.000Z')
      .thenEvents(requested('ann'), issued('ann', 1));
  });

  test('a campaign that closed without codes is closed: a retry is of no use', () => {
    given(opened(0, { closesAt: '2026-03-01T00:00:00.000Z' }))
      .when(requestGifticon, request, 'ann', '2026-03-01T00:00:00.000Z')
      .thenRejected('CAMPAIGN_CLOSED');
  });
});

describe('while a campaign is paused', () => {
  test('requests wait', () => {
    given(opened(3), paused()).when(requestGifticon, request, 'ann').thenHeld();
    given(opened(3), ...annHasOne, paused(), resumed(), paused())
      .when(requestGifticon, request, 'bob')
      .thenHeld();
  });

  test('they wait for codes, too', () => {
    given(opened(0), paused()).when(requestGifticon, request, 'ann').thenHeld();
  });

  test('they continue when it is resumed', () => {
    given(opened(3), paused(), resumed())
      .when(requestGifticon, request, 'ann')
      .thenEvents(requested('ann'), issued('ann', 1));
  });

  test('a user who asked before is answered: there is nothing to wait for', () => {
    given(opened(3), ...annHasOne, paused())
      .when(requestGifticon, request, 'ann')
      .thenRejected('ALREADY_REQUESTED');
  });

  test('a campaign that is sold out keeps nobody waiting', () => {
    given(opened(1), ...annHasOne, soldOut(), paused())
      .when(requestGifticon, request, 'bob')
      .thenRejected('SOLD_OUT', requested('bob'));
  });

  test('other campaigns continue', () => {
    given(opened(3), paused(), opened(0, { campaignId: OTHER_CAMPAIGN }))
      .when(requestGifticon, { campaignId: OTHER_CAMPAIGN }, 'ann')
      .thenRejected('CAMPAIGN_NOT_OPEN');
  });
});

test('a user’s requests in two campaigns are two streams, for any user id', () => {
  const streams = [
    firstRequestStream(CAMPAIGN, userId('x')),
    firstRequestStream(OTHER_CAMPAIGN, userId('x')),
    firstRequestStream(CAMPAIGN, userId(`x/${OTHER_CAMPAIGN}/x`)),
  ];
  expect(new Set(streams.map(({ id }) => id)).size).toBe(3);
});

test('a user’s first request is known by its id', () => {
  const stream = firstRequestStream(CAMPAIGN, userId('ann'));
  expect(fold(stream, placed(opened(3), ...annHasOne, requested('bob')))).toEqual({ requestId: COMMAND_ID });
  expect(fold(stream, placed(opened(3), requested('bob')))).toEqual({ requestId: null });
});

test('an event of a newer program is a fault, and is not misread', () => {
  expect(() =>
    issuanceAggregate.evolve({ issued: 0, soldOut: false }, { type: 'OfANewerProgram', data: {} } as never),
  ).toThrow('does not know');
});
