import { randomUUID } from 'node:crypto';
import { position, traceId } from '../../src/engine/domain/ids.js';
import { campaignId } from '../../src/events/ids.js';
import type { RequestStatus } from '../../src/gifticon/gifticon-requests.js';
import type { EventStore } from '../../src/engine/store/event-store.js';
import { until } from '../support/conditions.js';
import type { RequestsServer, ServerOptions } from '../support/gifticon-requests-site.js';
import { ask, decision, follow, newId, openRequestsSite, openWay } from '../support/gifticon-requests-site.js';
import { ann, ben, never, code, users } from '../support/gifticon-request-names.js';

const everywhere: readonly Required<Pick<ServerOptions, 'where'>>[] = [
  { where: 'with the issuer' },
  { where: 'elsewhere' },
];

describe.each(everywhere)('a server $where', ({ where }) => {
  test('gives each request its place at once, then its moves, and then its outcome', async () => {
    await using site = await openRequestsSite();
    const { gifticonRequests } = await site.openServer({ where });
    const campaign = await site.createCampaign(3);
    const asked: RequestStatus[] = [];
    for (const user of users(5)) asked.push(await ask(gifticonRequests, campaign, user));
    expect(asked.map((each) => [each.status, each.status === 'QUEUED' && each.ahead])).toEqual(
      users(5).map((_, index) => ['QUEUED', index]),
    );
    expect(await gifticonRequests.campaign(campaign)).toMatchObject({
      state: 'OPEN',
      stock: 3,
      issued: 0,
      queued: 5,
      drainRatePerSecond: 0,
    });
    const watching = await Promise.all(asked.map((each) => follow(gifticonRequests, each)));
    const last = gifticonRequests.outcome(asked[4]!.id, asked[4]!.userId, never());
    await site.startIssuer();
    await Promise.all(watching.map(({ over }) => over));
    expect(watching.map(({ seen }) => seen[0])).toMatchObject(asked);
    expect(watching.map((each) => code(each.last()!))).toEqual(['ISSUED', 'ISSUED', 'ISSUED', 'SOLD_OUT', 'SOLD_OUT']);
    expect(watching.slice(0, 3).map((each) => each.last())).toMatchObject([{ nth: 1 }, { nth: 2 }, { nth: 3 }]);
    expect(await last).toEqual(watching[4]!.last());
    expect(await Promise.all(asked.map(({ id, userId: user }) => gifticonRequests.requestStatus(id, user)))).toEqual(
      watching.map((each) => each.last()),
    );
    await until(async () => (await gifticonRequests.campaign(campaign))?.queued === 0, 'nobody waits');
    expect(await gifticonRequests.campaign(campaign)).toMatchObject({ state: 'SOLD_OUT', issued: 3 });
  });

  test('refuses a second request after any outcome, and shows a repeat its first place', async () => {
    await using site = await openRequestsSite();
    const { gifticonRequests } = await site.openServer({ where });
    const campaign = await site.createCampaign(1);
    const first = await ask(gifticonRequests, campaign, 'ann');
    expect(await ask(gifticonRequests, campaign, 'ann', first.id)).toEqual(first);
    expect(await ask(gifticonRequests, campaign, 'ann')).toMatchObject({
      status: 'REJECTED',
      rejection: { code: 'ALREADY_REQUESTED' },
      duplicateOf: first.id,
      receipt: null,
    });
    await site.startIssuer();
    const outcome = await gifticonRequests.outcome(first.id, ann, never());
    expect(outcome).toMatchObject({ status: 'ISSUED', nth: 1 });
    await until(
      async () => (await gifticonRequests.campaign(campaign))?.state === 'SOLD_OUT',
      'the campaign is sold out',
    );
    expect(await ask(gifticonRequests, campaign, 'ann', first.id)).toEqual(outcome);
    expect(await ask(gifticonRequests, campaign, 'ann')).toMatchObject({
      rejection: { code: 'ALREADY_REQUESTED' },
      duplicateOf: first.id,
    });
    const late = await ask(gifticonRequests, campaign, 'ben');
    expect(late).toMatchObject({ status: 'SOLD_OUT', receipt: null, campaignId: campaign, userId: 'ben' });
    expect(await ask(gifticonRequests, campaign, 'ben')).toMatchObject({ status: 'SOLD_OUT' });
    expect(await site.requests.ends()).toContain(1);
  });

  test('never mixes up the users of a commandId', async () => {
    await using site = await openRequestsSite();
    const { gifticonRequests } = await site.openServer({ where });
    const [campaign, other] = [await site.createCampaign(5), await site.createCampaign(5)];
    const first = await ask(gifticonRequests, campaign, 'ann');
    const refusals = async () =>
      [await ask(gifticonRequests, campaign, 'ben', first.id), await ask(gifticonRequests, other, 'ann', first.id)].map(
        code,
      );
    expect(await refusals()).toEqual(['COMMAND_ID_REUSED', 'COMMAND_ID_REUSED']);
    expect(await gifticonRequests.requestStatus(first.id, ben)).toBeNull();
    await site.startIssuer();
    await gifticonRequests.outcome(first.id, ann, never());
    expect(await gifticonRequests.requestStatus(first.id, ben)).toBeNull();
    expect(await gifticonRequests.watch(first.id, ben, never())).toBeNull();
    // From memory, or from the issuer.
    const settled = await Promise.all(
      (
        await Promise.all([
          ask(gifticonRequests, campaign, 'ben', first.id),
          ask(gifticonRequests, other, 'ann', first.id),
        ])
      ).map(async (each) =>
        each.status === 'QUEUED' ? gifticonRequests.outcome(each.id, each.userId, never()) : each,
      ),
    );
    expect(settled.map((each) => each === null || code(each) === 'COMMAND_ID_REUSED')).not.toContain(false);
    expect(await gifticonRequests.requestStatus(first.id, ann)).toMatchObject({ status: 'ISSUED', nth: 1 });
  });

  test('forgets no request and keeps none, when many ask, watch and leave', async () => {
    await using site = await openRequestsSite();
    const { gifticonRequests } = await site.openServer({ where });
    const campaign = await site.createCampaign(400);
    const asked = await Promise.all(users(600).map((user) => ask(gifticonRequests, campaign, user)));
    expect((await gifticonRequests.campaign(campaign))?.queued).toBe(600);
    const watching = await Promise.all(
      asked.filter((_, index) => index % 3 === 0).map((each) => follow(gifticonRequests, each)),
    );
    watching.filter((_, index) => index % 2 === 0).forEach(({ connection }) => connection.abort());
    await site.startIssuer();
    await Promise.all(watching.map(({ over }) => over));
    const stayed = watching.filter((_, index) => index % 2 === 1).map((each) => code(each.last()!));
    expect(stayed.filter((each) => each !== 'ISSUED' && each !== 'SOLD_OUT')).toEqual([]);
    await until(async () => (await gifticonRequests.campaign(campaign))?.queued === 0, 'nobody waits');
    const all = await Promise.all(asked.map(({ id, userId: user }) => gifticonRequests.requestStatus(id, user)));
    const numbers = all.flatMap((each) => (each?.status === 'ISSUED' ? [each.nth] : []));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 400 }, (_, index) => index + 1));
    expect(all.filter((each) => each?.status === 'SOLD_OUT')).toHaveLength(200);
  });
});

describe('one user who asks under ever new ids', () => {
  const inQueue = async (site: Awaited<ReturnType<typeof openRequestsSite>>): Promise<number> =>
    (await site.requests.ends()).reduce((sum, end) => sum + end, 0);
  /** All at once, a hundred at each of the servers. */
  const storm = (servers: readonly RequestsServer[], campaign: ReturnType<typeof campaignId>) =>
    Promise.allSettled(
      servers.flatMap(({ gifticonRequests }) => users(100).map(() => ask(gifticonRequests, campaign, 'ann'))),
    );

  test.each(['postgres', 'kafka'] as const)(
    '(%s) has one request in the queue, in any state of the campaign',
    async (engine) => {
      await using site = await openRequestsSite({ engine });
      const server = await site.openServer();
      const { gifticonRequests } = server;
      const [open, held] = [await site.createCampaign(5), await site.createCampaign(5)];
      await site.pause(held);
      await until(async () => (await gifticonRequests.campaign(held))?.paused, 'it is held');
      for (const [count, campaign] of [open, held].entries()) {
        const answers = await storm([server], campaign);
        const taken = answers.filter((each) => each.status === 'fulfilled' && each.value.status === 'QUEUED');
        const refusedOnes = answers.filter((each) =>
          each.status === 'fulfilled'
            ? code(each.value) === 'ALREADY_REQUESTED'
            : (each.reason as { code?: string }).code === 'REQUEST_UNDER_WAY',
        );
        expect([taken.length, refusedOnes.length]).toEqual([1, 99]);
        expect(await inQueue(site)).toBe(count + 1);
        expect((await gifticonRequests.campaign(campaign))?.queued).toBe(1);
      }
      // Perhaps on the same partition: no request waits behind the refused ones.
      expect(await ask(gifticonRequests, open, 'ben')).toMatchObject({ status: 'QUEUED' });
      expect(await inQueue(site)).toBe(3);
    },
  );

  test.each(['postgres', 'kafka'] as const)(
    '(%s) at several servers at once has at most one at each, and later none more',
    async (engine) => {
      await using site = await openRequestsSite({ engine });
      const servers = [await site.openServer(), await site.openServer()];
      const campaign = await site.createCampaign(5);
      for (const { gifticonRequests } of servers)
        await until(async () => (await gifticonRequests.campaign(campaign)) !== null, 'the campaign is known');
      await storm(servers, campaign);
      const count = await inQueue(site);
      expect(count).toBeLessThanOrEqual(2);
      await storm(servers, campaign);
      expect(await inQueue(site)).toBe(count);
      await site.startIssuer();
      for (const { gifticonRequests } of servers)
        await until(async () => (await gifticonRequests.campaign(campaign))?.issued === 1, 'one is issued');
    },
  );

  test('has one in the queue of a campaign that the server cannot look up', async () => {
    await using site = await openRequestsSite();
    const way = await openWay(site.events.database.url);
    await using _way = way;
    const server = await site.openServer({ databaseUrl: way.url });
    way.cut();
    const unknown = campaignId(randomUUID());
    await storm([server], unknown);
    expect(await inQueue(site)).toBe(1);
    way.open();
  });
});

test('a commandId that was used for a command of another kind is refused', async () => {
  await using site = await openRequestsSite();
  const { gifticonRequests } = await site.openServer();
  const campaign = await site.createCampaign(5);
  const id = newId();
  const command = {
    commandId: id,
    type: 'PauseGifticonCampaign',
    schema: 1,
    key: campaign,
    userId: ann,
    traceId: traceId('0'.repeat(32)),
    at: new Date().toISOString(),
  };
  await site.commands.append({ ...command, data: { campaignId: campaign } });
  await until(async () => (await site.events.store.receipts([id])).size === 1, 'it is decided');
  await site.resume(campaign);
  const asked = await ask(gifticonRequests, campaign, 'ann', id);
  expect(asked.status).toBe('QUEUED');
  const outcome = gifticonRequests.outcome(id, ann, never());
  await site.startIssuer();
  expect(await outcome).toMatchObject({ status: 'REJECTED', rejection: { code: 'COMMAND_ID_REUSED' }, receipt: null });
  expect(await gifticonRequests.requestStatus(id, ann)).toBeNull();
});

test('outcomes of many share a query, and places cost none', async () => {
  await using site = await openRequestsSite();
  let questions = 0;
  const counted = (store: EventStore): EventStore => ({
    ...store,
    receipts: (ids) => (questions++, store.receipts(ids)),
    loadStreams: (streams) => (questions++, store.loadStreams(streams)),
    readPositions: (partition, positions) => (questions++, store.readPositions(partition, positions)),
  });
  const { gifticonRequests } = await site.openServer({ where: 'with the issuer', store: counted });
  const away = await site.openServer({ store: counted });
  const campaign = await site.createCampaign(1_000);
  const asked = await Promise.all(users(1_000).map((user) => ask(gifticonRequests, campaign, user)));
  const watching = await Promise.all(asked.map((each) => follow(gifticonRequests, each)));
  await Promise.all(asked.map(({ id, userId: user }) => gifticonRequests.requestStatus(id, user)));
  expect(questions).toBe(0);
  watching.push(...(await Promise.all(asked.map((each) => follow(away.gifticonRequests, each)))));
  questions = 0;
  await site.startIssuer();
  await Promise.all(watching.map(({ over }) => over));
  expect(watching.every((each) => each.last()?.status === 'ISSUED')).toBe(true);
  expect(questions).toBeLessThan(40);
});

test('an outcome that comes while a watcher begins is not missed', async () => {
  await using site = await openRequestsSite();
  const { gifticonRequests } = await site.openServer({ feed: 'silent' });
  const campaign = await site.createCampaign(10);
  const decide = (asked: RequestStatus): void =>
    gifticonRequests.onDecided(
      decision(asked, { rejection: { code: 'SOLD_OUT', message: '' }, events: 0, position: position(0) }),
    );
  const [first, second] = [await ask(gifticonRequests, campaign, 'ann'), await ask(gifticonRequests, campaign, 'ben')];
  expect([first.status, second.status]).toEqual(['QUEUED', 'QUEUED']);
  const watching = follow(gifticonRequests, first);
  decide(first);
  await until(async () => (await watching).last()?.status === 'SOLD_OUT', 'the watcher has the outcome');
  let outcome: RequestStatus | null | undefined;
  void gifticonRequests.outcome(second.id, second.userId, never()).then((found) => (outcome = found));
  decide(second);
  await until(() => outcome?.status === 'SOLD_OUT', 'the one who waits has the outcome');
});

test('a stop ends all watchers', async () => {
  await using site = await openRequestsSite();
  const { gifticonRequests } = await site.openServer();
  const campaign = await site.createCampaign(10);
  const asked = await ask(gifticonRequests, campaign, 'ann');
  const watching = await follow(gifticonRequests, asked);
  const outcome = gifticonRequests.outcome(asked.id, ann, never());
  await until(() => watching.seen.length === 1, 'where it stands');
  await Promise.all([gifticonRequests.stop(), gifticonRequests.stop()]);
  await watching.over;
  expect(await outcome).toBeNull();
});
