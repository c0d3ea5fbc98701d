import { append, streamOf, userId } from 'madang/engine';
import type { Aggregate } from 'madang/engine';
import { given } from 'madang/engine/testing';
import type { AuctionEvent } from './domain.js';
import { auction, openLot, placeBid } from './domain.js';

const [ann, bob] = [{ by: userId('ann') }, { by: userId('bob') }];
const stream = streamOf({ name: 'lot' } as Aggregate<unknown>, 'vase');
const happened = (event: AuctionEvent) => append(stream, event);
const opened = happened({
  type: 'LotOpened',
  data: { lotId: 'vase', title: 'A vase', closesAt: '2026-02-01T00:00:00Z' },
});
const bid = (amount: number, by = ann.by) =>
  happened({ type: 'BidPlaced', data: { lotId: 'vase', amount, userId: by } });

test('a lot is opened once', () => {
  const { data } = opened.event as Extract<AuctionEvent, { type: 'LotOpened' }>;
  expect(given().when(openLot, data, ann)).toEqual({ outcome: 'accepted', events: [opened] });
  expect(given(opened).when(openLot, data, ann)).toMatchObject({ rejection: { code: 'LOT_EXISTS' }, events: [] });
});

test('a bid has to be higher than the one before', () => {
  expect(given(opened).when(placeBid, { lotId: 'vase', amount: 10 }, ann)).toMatchObject({ events: [bid(10)] });
  const after = given(opened, bid(10));
  expect(after.when(placeBid, { lotId: 'vase', amount: 10 }, bob)).toMatchObject({
    rejection: { code: 'BID_TOO_LOW' },
  });
  expect(after.when(placeBid, { lotId: 'vase', amount: 11 }, bob)).toMatchObject({ events: [bid(11, bob.by)] });
});

test('a bid on a missing or closed lot is refused', () => {
  const asked = { lotId: 'vase', amount: 10 };
  expect(given().when(placeBid, asked, ann)).toMatchObject({ rejection: { code: 'LOT_NOT_FOUND' } });
  expect(given(opened).when(placeBid, asked, { ...ann, at: '2026-02-01T00:00:00Z' })).toMatchObject({
    rejection: { code: 'LOT_CLOSED' },
  });
});

test('the domain states the audience of each event', () => {
  expect(auction.events.types).toEqual(['LotOpened', 'BidPlaced']);
  expect(auction.events.isShown(bid(10).event)).toBe(true);
});
