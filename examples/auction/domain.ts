/** An auction: lots are opened, and bid on until they close. */
import { accept, append, defineCommand, defineDomain, refuse, streamOf } from 'madang/engine';
import type { Aggregate, FoldedEvent, PostgresProjection, UserId } from 'madang/engine';
import { z } from 'zod';

interface LotOpened {
  readonly type: 'LotOpened';
  readonly data: { readonly lotId: string; readonly title: string; readonly closesAt: string };
}
interface BidPlaced {
  readonly type: 'BidPlaced';
  readonly data: { readonly lotId: string; readonly userId: UserId; readonly amount: number };
}
export type AuctionEvent = LotOpened | BidPlaced;

/** absent ─ LotOpened → open ─ BidPlaced → open. */
type Lot =
  { readonly status: 'absent' } | { readonly status: 'open'; readonly closesAt: string; readonly highest: number };

const lot: Aggregate<Lot, AuctionEvent> = {
  name: 'lot',
  initialState: { status: 'absent' },
  evolve(state, { type, data }) {
    if (type === 'LotOpened') return { status: 'open', closesAt: data.closesAt, highest: 0 };
    return state.status === 'open' ? { ...state, highest: data.amount } : state;
  },
};
const lotStream = (id: string) => streamOf(lot, id);

export const REFUSALS = {
  LOT_EXISTS: 'There is a lot of this name: choose another one.',
  LOT_NOT_FOUND: 'There is no such lot: check the name.',
  LOT_CLOSED: 'The lot has closed.',
  BID_TOO_LOW: 'There is a bid of this amount or more: bid more.',
} as const;
const refused = (code: keyof typeof REFUSALS) => refuse({ code, message: REFUSALS[code] });

const lotId = z.string().min(1).max(64);

export const openLot = defineCommand({
  type: 'OpenLot',
  version: 1,
  schema: z.strictObject({ lotId, title: z.string().min(1).max(200), closesAt: z.iso.datetime() }),
  key: (data) => data.lotId,
  reads: (data) => ({ lot: lotStream(data.lotId) }),
  decide: ({ data }, states, streams) =>
    states.lot.status === 'open' ? refused('LOT_EXISTS') : accept(append(streams.lot, { type: 'LotOpened', data })),
});

export const placeBid = defineCommand({
  type: 'PlaceBid',
  version: 1,
  schema: z.strictObject({ lotId, amount: z.int().positive() }),
  key: (data) => data.lotId,
  reads: (data) => ({ lot: lotStream(data.lotId) }),
  decide({ data, userId, at }, { lot: state }, streams) {
    if (state.status === 'absent') return refused('LOT_NOT_FOUND');
    if (at >= state.closesAt) return refused('LOT_CLOSED');
    if (data.amount <= state.highest) return refused('BID_TOO_LOW');
    return accept(append(streams.lot, { type: 'BidPlaced', data: { ...data, userId } }));
  },
});

export const LOTS_TABLE = `CREATE TABLE IF NOT EXISTS lots (
  id text PRIMARY KEY, title text NOT NULL, closes_at timestamptz NOT NULL,
  highest integer NOT NULL DEFAULT 0, bidder text)`;

const lots: PostgresProjection = {
  store: 'postgres',
  name: 'lots',
  version: 1,
  tables: ['lots'],
  handles: ['LotOpened', 'BidPlaced'],
  async apply(sql, folded) {
    const events = folded.map(({ event }: FoldedEvent) => event as AuctionEvent);
    const opened = events.flatMap((event) => (event.type === 'LotOpened' ? [event.data] : []));
    const highest = new Map(
      events.flatMap((event) => (event.type === 'BidPlaced' ? [[event.data.lotId, event.data]] : [])),
    );
    await sql.query(
      `INSERT INTO lots (id, title, closes_at)
       SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[]) ON CONFLICT DO NOTHING`,
      [opened.map((each) => each.lotId), opened.map((each) => each.title), opened.map((each) => each.closesAt)],
    );
    const bids = [...highest.values()];
    await sql.query(
      `UPDATE lots SET highest = bid.amount, bidder = bid.user_id
       FROM unnest($1::text[], $2::integer[], $3::text[]) AS bid (id, amount, user_id)
       WHERE lots.id = bid.id AND bid.amount > lots.highest`,
      [bids.map((each) => each.lotId), bids.map((each) => each.amount), bids.map((each) => each.userId)],
    );
  },
};

const first = { version: 1, upcasts: [] } as const;

export const auction = defineDomain<AuctionEvent>({
  events: {
    LotOpened: {
      schema: first,
      aggregate: 'lot',
      audience: 'subscribers',
      access: 'none',
      personal: { lotId: 'no', title: 'no', closesAt: 'no' },
      readModels: ['lots'],
    },
    BidPlaced: {
      schema: first,
      aggregate: 'lot',
      audience: 'subscribers',
      access: 'none',
      personal: { lotId: 'no', userId: 'user', amount: 'no' },
      readModels: ['lots'],
    },
  },
  commands: { OpenLot: openLot, PlaceBid: placeBid },
  readModels: [lots],
});
