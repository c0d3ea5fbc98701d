import fc from 'fast-check';
import type { DomainEvent, RecordedEvent } from '../../../src/events/event.js';
import type { CampaignId } from '../../../src/events/ids.js';
import { commandId, position, userId } from '../../../src/engine/domain/ids.js';
import { campaignId } from '../../../src/events/ids.js';
import type { PrismaClient } from '../../../src/projections/prisma-client.js';
import { openPrisma } from '../../../src/projections/prisma-client.js';
import { postgresProjectionStore } from '../../../src/engine/postgres/projection-store.js';
import { campaigns } from '../../../src/projections/gifticon/campaigns/project.js';
import type { Campaign } from '../../../src/projections/gifticon/campaigns/query.js';
import { campaignQueries } from '../../../src/projections/gifticon/campaigns/query.js';
import type { TestDatabase } from '../../support/database.js';
import { createTestDatabase } from '../../support/database.js';
import { PARTITION, atOf, handledBy, project, recorded } from './recorded.js';

const SPRING = campaignId('6f1c2b5e-93a0-5c7e-8a51-0d2f4b6a8d01');
const AUTUMN = campaignId('6f1c2b5e-93a0-5c7e-8a51-0d2f4b6a8d02');
const OPENS = '2026-03-01T09:00:00.000Z';
const CLOSES = '2026-04-01T09:00:00.250Z';
const ann = userId('ann');

const created = (campaign: CampaignId, stock: number, closesAt: string | null = null): DomainEvent => ({
  type: 'GifticonCampaignCreated',
  data: { campaignId: campaign, title: `Coffee ${stock}`, stock, opensAt: OPENS, closesAt, createdBy: ann },
});
const loaded = (campaign: CampaignId, first: number, count: number): DomainEvent => ({
  type: 'GifticonCodesLoaded',
  data: { campaignId: campaign, first, count },
});
const paused = (campaign: CampaignId): DomainEvent => ({
  type: 'GifticonCampaignPaused',
  data: { campaignId: campaign, userId: ann },
});
const resumed = (campaign: CampaignId): DomainEvent => ({
  type: 'GifticonCampaignResumed',
  data: { campaignId: campaign, userId: ann },
});
const requestId = commandId('018f2f6e-0000-7000-8000-0000000000aa');
const requested = (campaign: CampaignId): DomainEvent => ({
  type: 'GifticonRequested',
  data: { campaignId: campaign, userId: ann, requestId },
});
const issued = (campaign: CampaignId, nth: number): DomainEvent => ({
  type: 'GifticonIssued',
  data: { campaignId: campaign, userId: ann, requestId, nth },
});
const soldOut = (campaign: CampaignId): DomainEvent => ({ type: 'GifticonsSoldOut', data: { campaignId: campaign } });

let database: TestDatabase;
let prisma: PrismaClient;

beforeEach(async () => {
  database = await createTestDatabase();
  prisma = openPrisma(database.pool);
});

afterEach(async () => {
  await prisma.$disconnect();
  await database[Symbol.asyncDispose]();
});

const projected = (...events: readonly DomainEvent[]) =>
  project(postgresProjectionStore(database.pool), [campaigns], recorded(...events));

test('a campaign has its options, its loaded codes, and its issued ones', async () => {
  await projected(
    created(SPRING, 2, CLOSES),
    requested(SPRING),
    issued(SPRING, 1),
    loaded(SPRING, 3, 4),
    paused(SPRING),
    requested(SPRING),
    issued(SPRING, 2),
    requested(SPRING),
  );
  expect(await campaignQueries({ prisma }).byIds([AUTUMN, SPRING])).toEqual([
    null,
    {
      id: SPRING,
      title: 'Coffee 2',
      stock: 6,
      generated: 2,
      issued: 2,
      opensAt: new Date(OPENS),
      closesAt: new Date(CLOSES),
      paused: true,
      soldOut: false,
      createdAt: atOf(1),
      partition: PARTITION,
      position: 7,
    },
  ]);
});

test('a resumed campaign is not paused, and one without gifticons is sold out', async () => {
  await projected(
    created(SPRING, 1),
    paused(SPRING),
    resumed(SPRING),
    requested(SPRING),
    issued(SPRING, 1),
    soldOut(SPRING),
    requested(SPRING),
  );
  expect(await campaignQueries({ prisma }).byIds([SPRING])).toEqual([
    expect.objectContaining({ closesAt: null, paused: false, issued: 1, soldOut: true, position: 6 }),
  ]);
});

test('the newest campaigns come first, in the requested number', async () => {
  const campaigns = campaignQueries({ prisma });
  expect(await campaigns.newest(10)).toEqual([]);
  await projected(created(SPRING, 1), created(AUTUMN, 5), issued(SPRING, 1));
  expect((await campaigns.newest(10)).map(({ id }) => id)).toEqual([AUTUMN, SPRING]);
  expect((await campaigns.newest(1)).map(({ id }) => id)).toEqual([AUTUMN]);
});

interface Step {
  readonly campaign: CampaignId;
  readonly what: 'request' | 'load' | 'pause' | 'resume';
  readonly amount: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  campaign: fc.constantFrom(SPRING, AUTUMN),
  what: fc.constantFrom('request', 'request', 'request', 'load', 'pause', 'resume'),
  amount: fc.integer({ min: 1, max: 6 }),
});

type Expected = Pick<Campaign, 'stock' | 'issued' | 'paused' | 'soldOut'> & { readonly position: number };

/** The events of two campaigns, and the state of each afterwards, counted event by event. */
function history(
  steps: readonly Step[],
  stocks: readonly [number, number],
): { readonly events: readonly DomainEvent[]; readonly stands: ReadonlyMap<CampaignId, Expected> } {
  const events: DomainEvent[] = [];
  const stands = new Map<CampaignId, Expected>();
  const happens = (campaign: CampaignId, event: DomainEvent, change: Partial<Expected>): void => {
    events.push(event);
    stands.set(campaign, { ...stands.get(campaign)!, position: events.length, ...change });
  };
  for (const [index, campaign] of [SPRING, AUTUMN].entries()) {
    const stock = stocks[index]!;
    happens(campaign, created(campaign, stock), { stock, issued: 0, paused: false, soldOut: false });
  }
  for (const { campaign, what, amount } of steps) {
    const now = stands.get(campaign)!;
    if (what === 'pause' && !now.paused) happens(campaign, paused(campaign), { paused: true });
    if (what === 'resume' && now.paused) happens(campaign, resumed(campaign), { paused: false });
    if (what === 'load' && !now.soldOut)
      happens(campaign, loaded(campaign, now.stock + 1, amount), { stock: now.stock + amount });
    for (let n = 0; what === 'request' && n < amount && !now.paused; n++) {
      const { stock, issued: given, soldOut: gone } = stands.get(campaign)!;
      events.push(requested(campaign));
      if (gone || given === stock) continue;
      happens(campaign, issued(campaign, given + 1), { issued: given + 1 });
      if (given + 1 === stock) happens(campaign, soldOut(campaign), { soldOut: true });
    }
  }
  return { events, stands };
}

test('in all batches and repeats, campaigns are as counted', async () => {
  const store = postgresProjectionStore(database.pool);
  const queries = campaignQueries({ prisma });
  const again = async (events: readonly RecordedEvent[]): Promise<void> => {
    const handled = handledBy(campaigns, events);
    if (handled.length > 0) await campaigns.apply(database.pool, handled);
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 12 })),
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (steps, stocks, sizes, part) => {
        await database.pool.query('TRUNCATE projection_checkpoints, campaigns');
        const { events: told, stands } = history(steps, stocks);
        const events = recorded(...told);
        const middle = Math.round(part * events.length);
        // A run that was broken off, another that was set back, and the late events.
        await project(store, [campaigns], events.slice(0, middle), sizes);
        await database.pool.query('UPDATE projection_checkpoints SET position = $1', [position(middle >> 1)]);
        await project(store, [campaigns], events, [...sizes].reverse());
        await again(events.slice(middle));
        await again(events.slice(0, middle));

        const found = await queries.byIds([...stands.keys()]);
        expect(found).toEqual([...stands].map(([id, stand]) => expect.objectContaining({ id, ...stand })));
      },
    ),
    { numRuns: 60 },
  );
});
