import { parse } from 'graphql';
import { codeOf, contextOf, schema, someone } from '../../../test/support/ask-schema.js';
import { campaignId } from '../../events/ids.js';
import type { SharedValues, ValueQuery } from '../../engine/fan-out/shared-values.js';
import type { Delivery, End, Sink, Subscriber } from '../../engine/fan-out/subscriber.js';
import type { CampaignProgress, GifticonQueue } from '../../gifticon/gifticon-requests.js';
import { LateAnswerError } from '../../gifticon/bulk-lookup.js';
import { subscribeShared } from '../shared-subscription.js';

const CAMPAIGN = campaignId('0b6f2c1e-93a0-5c7e-8a51-0d2f4b6a8c01');
const progress: CampaignProgress = {
  served: 40,
  issued: 30,
  stock: 30,
  queued: 2,
  ratePerSecond: 12.5,
  state: 'SOLD_OUT',
};
const sink: Sink = {
  transport: 'websocket',
  backlog: () => 0,
  next: () => undefined,
  deliver: (_delivery: Delivery) => true,
};

interface Begun {
  readonly query: ValueQuery<CampaignProgress>;
  readonly subscriber: Subscriber;
}

/** Subscribers whose values are recorded, and not pushed. */
function setup(campaign: GifticonQueue['campaign'] = () => Promise.resolve({ id: CAMPAIGN } as never)) {
  const begun: Begun[] = [];
  const campaignProgress: Pick<SharedValues<CampaignProgress>, 'subscribe'> = {
    subscribe: (query, subscriber) => void begun.push({ query, subscriber }),
  };
  const start = async (source: string, { user = 'ada', id = CAMPAIGN }: { user?: string | null; id?: string } = {}) => {
    const services = {
      gifticonRequests: { campaign },
      campaignProgress,
      isTransient: ((error: unknown) => error instanceof LateAnswerError) as never,
    };
    const context = contextOf({ viewer: user === null ? null : someone(user), services });
    const results = await subscribeShared({
      schema,
      document: parse(source),
      variableValues: { id },
      contextValue: { ...context, sink },
    });
    if (!(Symbol.asyncIterator in results)) return { refused: results, next: null };
    return { refused: null, next: results.next() };
  };
  return { begun, start };
}
const ALL = 'subscription ($id: ID!) { campaignProgress(campaignId: $id) { served issued stock queued state } }';

test('users with the same selection are one group, in any spelling', async () => {
  const { begun, start } = setup();
  await start(ALL);
  await start(ALL.replace('subscription', 'subscription Progress').replaceAll(' ', '  '), { user: 'ben' });
  await start(ALL, { user: 'cho', id: CAMPAIGN.toUpperCase() });
  await start('subscription ($id: ID!) { campaignProgress(campaignId: $id) { served } }');
  const groups = begun.map(({ query }) => query.group);
  expect(begun.every(({ query }) => query.key === CAMPAIGN)).toBe(true);
  expect(groups.slice(0, -1).every((group) => group === groups[0])).toBe(true);
  expect(groups.at(-1)).not.toBe(groups[0]);
});

test('the value is executed without a viewer', async () => {
  const { begun, start } = setup();
  await start(ALL.replace('state', 'state ratePerSecond __typename'));
  expect(JSON.parse(await begun[0]!.query.render(progress))).toEqual({
    data: { campaignProgress: { ...progress, __typename: 'CampaignProgress' } },
  });
});

test.each([
  ['cancelled', { reason: 'cancelled' }, null],
  ['stopping', { reason: 'stopping' }, 'UNAVAILABLE'],
  ['refused', { reason: 'refused', by: 'groups_of_room' }, 'TOO_MANY_REQUESTS'],
  ['a failure that may pass', { reason: 'failed', error: new LateAnswerError('late') }, 'UNAVAILABLE'],
] as const)('the end %s is reported', async (_what, end: End, code) => {
  const { begun, start } = setup();
  const { next } = await start(ALL);
  begun[0]!.subscriber.ended(end);
  if (code === null) expect(await next).toEqual({ done: true, value: undefined });
  else await expect(next).rejects.toMatchObject({ extensions: { code } });
});

test('it is refused without a caller and without such a campaign', async () => {
  const { begun, start } = setup((id) => Promise.resolve(id === CAMPAIGN ? null : ({ id } as never)));
  expect(codeOf((await start(ALL, { user: null })).refused!)).toBe('UNAUTHENTICATED');
  expect(codeOf((await start(ALL)).refused!)).toBe('NOT_FOUND');
  expect(codeOf((await start(ALL, { id: 'no id' })).refused!)).toBe('NOT_FOUND');
  expect(begun).toEqual([]);
});
