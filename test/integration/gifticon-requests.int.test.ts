import { RequestUnderWayError } from '../../src/gifticon/gifticon-requests.js';
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import type { Position } from '../../src/engine/domain/ids.js';
import { position, traceId, userId } from '../../src/engine/domain/ids.js';
import { campaignId } from '../../src/events/ids.js';
import type { RequestStatus } from '../../src/gifticon/gifticon-requests.js';
import type { EventStore } from '../../src/engine/store/event-store.js';
import { LogError } from '../../src/engine/log/command-log.js';
import { until } from '../support/conditions.js';
import type { RequestsServer, ServerOptions } from '../support/gifticon-requests-site.js';
import { ask, follow, lateTail, newId, openRequestsSite, openWay } from '../support/gifticon-requests-site.js';

const [ann, ben] = [userId('ann'), userId('ben')];
const never = (): AbortSignal => new AbortController().signal;
const code = (answer: RequestStatus | null): string =>
  answer === null ? 'none' : answer.status === 'REJECTED' ? answer.rejection.code : answer.status;
const places = ({ seen }: { readonly seen: readonly RequestStatus[] }) =>
  seen.map((each) => (each.status === 'QUEUED' ? each.ahead : code(each)));
const users = (count: number, name = 'user'): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${name}-${index}`);
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

describe('two servers', () => {
  test.each(['postgres', 'kafka'] as const)(
    '(%s) know each other’s requests, and refuse each other’s duplicates',
    async (engine) => {
      await using site = await openRequestsSite({ engine });
      const [here, there] = [await site.openServer(), await site.openServer({ where: 'with the issuer' })];
      const campaign = await site.createCampaign(2);
      const asked = await Promise.all(users(4).map((user) => ask(here.gifticonRequests, campaign, user)));
      // At once: the other server has to read the queue up to its end.
      const reconnected = await Promise.all(asked.map((each) => follow(there.gifticonRequests, each)));
      expect((await there.gifticonRequests.campaign(campaign))?.queued).toBe(4);
      expect(await there.gifticonRequests.requestStatus(asked[3]!.id, asked[3]!.userId)).toMatchObject({
        status: 'QUEUED',
        ahead: 3,
      });
      expect(await ask(there.gifticonRequests, campaign, 'user-2')).toMatchObject({
        rejection: { code: 'ALREADY_REQUESTED' },
        duplicateOf: asked[2]!.id,
      });
      expect(await ask(there.gifticonRequests, campaign, 'user-2', asked[2]!.id)).toMatchObject({
        status: 'QUEUED',
        ahead: 2,
      });
      expect(code(await ask(there.gifticonRequests, campaign, 'eve', asked[2]!.id))).toBe('COMMAND_ID_REUSED');
      await site.startIssuer();
      await Promise.all(reconnected.map(({ over }) => over));
      expect(reconnected.map((each) => code(each.last()!))).toEqual(['ISSUED', 'ISSUED', 'SOLD_OUT', 'SOLD_OUT']);
      for (const { gifticonRequests } of [here, there]) {
        await until(async () => (await gifticonRequests.campaign(campaign))?.queued === 0, 'nobody waits');
        await until(async () => (await gifticonRequests.campaign(campaign))?.state === 'SOLD_OUT', 'it is sold out');
        expect(await ask(gifticonRequests, campaign, 'user-3')).toMatchObject({
          rejection: { code: 'ALREADY_REQUESTED' },
          duplicateOf: asked[3]!.id,
        });
      }
    },
  );

  test('of which one reads the queue late: it does not deny unread requests', async () => {
    await using site = await openRequestsSite();
    const { requests, hold, release } = lateTail();
    const [here, there] = [await site.openServer(), await site.openServer({ requests })];
    const campaign = await site.createCampaign(5);
    hold();
    const asked = await ask(here.gifticonRequests, campaign, 'ann');
    await expect(there.gifticonRequests.requestStatus(asked.id, ann)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    // Its own requests are certain, and have the places of the queue.
    const own = await ask(there.gifticonRequests, campaign, 'ben');
    expect(own).toMatchObject({ status: 'QUEUED', ahead: 1 });
    expect(await there.gifticonRequests.requestStatus(own.id, ben)).toEqual(own);
    const current = there.gifticonRequests.requestStatus(asked.id, ann);
    release();
    expect(await current).toMatchObject({ status: 'QUEUED', ahead: 0 });
    expect(await there.gifticonRequests.requestStatus(newId(), ann)).toBeNull();
    await until(async () => (await there.gifticonRequests.campaign(campaign))?.queued === 2, 'everyone counts once');
  });

  test('that take the same request at the same moment keep the first one', async () => {
    await using site = await openRequestsSite();
    const [here, there] = [await site.openServer(), await site.openServer()];
    const campaign = await site.createCampaign(100);
    const ids = users(30).map(() => newId());
    const asks = ids.flatMap((id, index) => [
      ask(here.gifticonRequests, campaign, `user-${index}`, id),
      ask(there.gifticonRequests, campaign, `user-${index}`, id),
    ]);
    expect((await Promise.all(asks)).every(({ status }) => status === 'QUEUED')).toBe(true);
    const watching = await Promise.all(
      ids.flatMap((id, index) =>
        [here, there].map(({ gifticonRequests }) => follow(gifticonRequests, { id, userId: userId(`user-${index}`) })),
      ),
    );
    await site.startIssuer();
    await Promise.all(watching.map(({ over }) => over));
    for (const [index] of ids.entries()) expect(watching[2 * index]!.last()).toEqual(watching[2 * index + 1]!.last());
    expect(watching.every((each) => each.last()?.status === 'ISSUED')).toBe(true);
    for (const { gifticonRequests } of [here, there])
      await until(async () => (await gifticonRequests.campaign(campaign))?.queued === 0, 'nobody waits');
  });

  test('of which one is behind the other: no request is refused for one behind it', async () => {
    await using site = await openRequestsSite();
    const { requests, hold, release } = lateTail();
    const [here, there] = [await site.openServer(), await site.openServer({ requests })];
    const campaign = await site.createCampaign(5);
    for (const { gifticonRequests } of [here, there])
      await until(async () => (await gifticonRequests.campaign(campaign)) !== null, 'the campaign is known');
    hold();
    // The answer to this one was lost, so that its user sends it again, and gets the effect of an earlier second one.
    const first = await ask(here.gifticonRequests, campaign, 'ann');
    const second = await ask(there.gifticonRequests, campaign, 'ann');
    expect([first.status, second.status]).toEqual(['QUEUED', 'QUEUED']);
    // Neither refused for good nor queued once more: in a moment this server knows.
    await expect(ask(there.gifticonRequests, campaign, 'ann', first.id)).rejects.toMatchObject({
      code: 'REQUEST_UNDER_WAY',
      retryAfterMs: expect.any(Number) as number,
    });
    release();
    await until(
      async () => (await there.gifticonRequests.requestStatus(first.id, ann)) !== null,
      'the server has read the first',
    );
    expect(await ask(there.gifticonRequests, campaign, 'ann', first.id)).toMatchObject({ status: 'QUEUED', ahead: 0 });
    expect(await site.requests.ends()).toContain(2);
    await site.startIssuer();
    expect(await there.gifticonRequests.outcome(first.id, ann, never())).toMatchObject({ status: 'ISSUED', nth: 1 });
    expect(await there.gifticonRequests.outcome(second.id, ann, never())).toMatchObject({
      rejection: { code: 'ALREADY_REQUESTED' },
      duplicateOf: first.id,
    });
  });

  test('of which one is behind the other: no request in time is refused as closed', async () => {
    await using site = await openRequestsSite();
    const { requests, hold, release } = lateTail();
    const [here, there] = [await site.openServer(), await site.openServer({ requests })];
    const campaign = await site.createCampaign(5, { closesAt: new Date(Date.now() + 1_500) });
    for (const { gifticonRequests } of [here, there])
      await until(async () => (await gifticonRequests.campaign(campaign)) !== null, 'the campaign is known');
    hold();
    const first = await ask(here.gifticonRequests, campaign, 'ann');
    expect(first.status).toBe('QUEUED');
    await until(async () => (await there.gifticonRequests.campaign(campaign))?.state === 'CLOSED', 'it closes');
    const again = await ask(there.gifticonRequests, campaign, 'ann', first.id);
    const late = await ask(there.gifticonRequests, campaign, 'ben');
    expect([again.status, late.status]).toEqual(['QUEUED', 'QUEUED']);
    release();
    await site.startIssuer();
    expect(await there.gifticonRequests.outcome(first.id, ann, never())).toMatchObject({ status: 'ISSUED', nth: 1 });
    expect(code(await there.gifticonRequests.outcome(late.id, ben, never()))).toBe('CAMPAIGN_CLOSED');
    expect(await ask(there.gifticonRequests, campaign, 'cat')).toMatchObject({
      rejection: { code: 'CAMPAIGN_CLOSED' },
      receipt: null,
    });
  });

  test('of which one gets an id that another user sent: both answer right', async () => {
    await using site = await openRequestsSite();
    const [here, there] = [await site.openServer(), await site.openServer()];
    const campaign = await site.createCampaign(100);
    const ids = users(20).map(() => newId());
    const asked = await Promise.all(
      ids.map((id) =>
        Promise.all([
          ask(here.gifticonRequests, campaign, 'ann', id),
          ask(there.gifticonRequests, campaign, 'ben', id),
        ]),
      ),
    );
    const both = asked.filter((pair) => pair.every(({ status }) => status === 'QUEUED'));
    const outcomes = Promise.all(
      both.map((pair) =>
        Promise.all(
          pair.map((each, index) => [here, there][index]!.gifticonRequests.outcome(each.id, each.userId, never())),
        ),
      ),
    );
    await site.startIssuer();
    for (const pair of await outcomes) {
      const codes = pair.map(code);
      expect(codes.filter((each) => each === 'COMMAND_ID_REUSED' || each === 'none')).toHaveLength(1);
      expect(codes.filter((each) => each === 'ISSUED' || each === 'ALREADY_REQUESTED')).toHaveLength(1);
    }
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

test('a server that starts in the middle knows waiting, served and earlier requests', async () => {
  await using site = await openRequestsSite();
  const campaign = await site.createCampaign(50);
  const first = await site.openServer();
  const asked = await Promise.all(users(40).map((user) => ask(first.gifticonRequests, campaign, user)));
  const issuer = await site.startIssuer();
  await Promise.all(asked.map(({ id, userId: user }) => first.gifticonRequests.outcome(id, user, never())));
  await issuer.stop();
  const waiting: RequestStatus[] = [];
  for (const user of users(20, 'late')) waiting.push(await ask(first.gifticonRequests, campaign, user));
  await first[Symbol.asyncDispose]();

  const { gifticonRequests } = await site.openServer();
  expect(await gifticonRequests.campaign(campaign)).toMatchObject({ queued: 20, issued: 40, stock: 50, state: 'OPEN' });
  expect(await Promise.all(waiting.map(({ id, userId: user }) => gifticonRequests.requestStatus(id, user)))).toEqual(
    waiting.map((each, index) => ({ ...each, ahead: index, etaSeconds: null })),
  );
  const earlier = await Promise.all(asked.map(({ id, userId: user }) => gifticonRequests.requestStatus(id, user)));
  expect(earlier.every((each) => each?.status === 'ISSUED')).toBe(true);
  const watching = await Promise.all([...asked.slice(0, 3), ...waiting].map((each) => follow(gifticonRequests, each)));
  await site.startIssuer();
  await Promise.all(watching.map(({ over }) => over));
  expect(watching.map((each) => code(each.last()!))).toEqual([
    ...Array.from({ length: 13 }, () => 'ISSUED'),
    ...Array.from({ length: 10 }, () => 'SOLD_OUT'),
  ]);
  expect(watching.slice(0, 3).every(({ seen }) => seen.length === 1)).toBe(true);
  // Requests from before this server began to follow are in the store alone.
  await until(async () => (await gifticonRequests.campaign(campaign))?.state === 'SOLD_OUT', 'it is sold out');
  expect(await ask(gifticonRequests, campaign, 'user-7')).toMatchObject({
    rejection: { code: 'ALREADY_REQUESTED' },
    duplicateOf: asked[7]!.id,
  });
  expect(await ask(gifticonRequests, campaign, 'user-8', asked[8]!.id)).toEqual(earlier[8]);
});

test('a server that starts in the middle does not refuse a winner for a later request', async () => {
  await using site = await openRequestsSite();
  const campaign = await site.createCampaign(5);
  const issuer = await site.startIssuer();
  const first = newId();
  {
    await using server = await site.openServer();
    await ask(server.gifticonRequests, campaign, 'ann', first);
    expect(await server.gifticonRequests.outcome(first, ann, never())).toMatchObject({ status: 'ISSUED' });
  }
  await issuer.stop();
  // Another server took it at the same moment.
  const second = {
    commandId: newId(),
    type: 'RequestGifticon',
    schema: 1,
    key: campaign,
    userId: ann,
    traceId: traceId('0'.repeat(32)),
    at: new Date().toISOString(),
  };
  await site.requests.append({ ...second, data: { campaignId: campaign } });

  const { gifticonRequests } = await site.openServer();
  await until(async () => (await gifticonRequests.requestStatus(second.commandId, ann)) !== null, 'the second waits');
  expect(await ask(gifticonRequests, campaign, 'ann', first)).toMatchObject({ status: 'ISSUED', nth: 1 });
  expect(await ask(gifticonRequests, campaign, 'ann')).toMatchObject({ rejection: { code: 'ALREADY_REQUESTED' } });
});

test('outcomes that the feed does not bring at all are found', async () => {
  await using site = await openRequestsSite();
  const { gifticonRequests } = await site.openServer({ feed: 'silent' });
  const campaign = await site.createCampaign(2);
  const asked = await Promise.all(users(3).map((user) => ask(gifticonRequests, campaign, user)));
  const watching = await Promise.all(asked.slice(0, 2).map((each) => follow(gifticonRequests, each)));
  await site.startIssuer();
  await Promise.all(watching.map(({ over }) => over));
  expect(watching.map((each) => each.last())).toMatchObject([{ nth: 1 }, { nth: 2 }]);
  await until(async () => (await gifticonRequests.campaign(campaign))?.queued === 0, 'nobody waits');
  expect(await gifticonRequests.requestStatus(asked[2]!.id, asked[2]!.userId)).toMatchObject({ status: 'SOLD_OUT' });
});

describe('while the database is away', () => {
  /** A server whose link to the database can be cut; its queue has another one. */
  const openCutServer = async (site: Awaited<ReturnType<typeof openRequestsSite>>, how: 'cut' | 'hold') => {
    const way = await openWay(site.events.database.url);
    const server: RequestsServer = await site.openServer({ databaseUrl: way.url });
    return { way, server, go: () => way[how]() };
  };

  test.each(['cut', 'hold'] as const)(
    '(%s) requests are queued with their places, and get outcomes afterwards',
    async (how) => {
      await using site = await openRequestsSite();
      const { way, server, go } = await openCutServer(site, how);
      await using _way = way;
      const { gifticonRequests } = server;
      const campaign = await site.createCampaign(1);
      await until(async () => (await gifticonRequests.campaign(campaign)) !== null, 'the campaign is known');
      const soldOut = await site.createCampaign(1);
      const winner = await ask(gifticonRequests, soldOut, 'ann');
      const issuer = await site.startIssuer();
      await until(
        async () => (await gifticonRequests.campaign(soldOut))?.state === 'SOLD_OUT',
        'the other is sold out',
      );
      await issuer.stop();
      expect(await gifticonRequests.outcome(winner.id, ann, never())).toMatchObject({ status: 'ISSUED' });
      go();

      const asked = await Promise.all(['ann', 'ben'].map((user) => ask(gifticonRequests, campaign, user)));
      expect(asked.map((each) => each.status === 'QUEUED' && each.ahead).toSorted()).toEqual([0, 1]);
      const watching = await Promise.all(asked.map((each) => follow(gifticonRequests, each)));
      expect(await gifticonRequests.requestStatus(asked[1]!.id, ben)).toMatchObject({ status: 'QUEUED' });
      // A new request does not count. It is not known whether one that may have been sent before was decided.
      expect(await ask(gifticonRequests, campaign, 'ann')).toMatchObject({ rejection: { code: 'ALREADY_REQUESTED' } });
      await expect(ask(gifticonRequests, campaign, 'ann', newId())).rejects.toThrow(RequestUnderWayError);
      // An unknown campaign: the issuer has to refuse it.
      const began = performance.now();
      const [unknown] = await Promise.all([
        ask(gifticonRequests, campaignId(randomUUID()), 'ann'),
        ...users(50).map((user) => ask(gifticonRequests, campaignId(randomUUID()), user)),
      ]);
      expect(unknown.status).toBe('QUEUED');
      expect(performance.now() - began).toBeLessThan(2_000);
      // Requests in memory get their outcome; for all others the campaign is sold out.
      expect(await ask(gifticonRequests, soldOut, 'ann')).toMatchObject({
        rejection: { code: 'ALREADY_REQUESTED' },
        duplicateOf: winner.id,
      });
      expect(await ask(gifticonRequests, soldOut, 'ben')).toMatchObject({ status: 'SOLD_OUT' });
      await expect(gifticonRequests.requestStatus(newId(), ann)).rejects.toThrow();
      await expect(gifticonRequests.campaign(campaignId(randomUUID()))).rejects.toThrow();

      await site.startIssuer();
      way.open();
      await Promise.all(watching.map(({ over }) => over));
      expect(watching.map((each) => code(each.last()!)).toSorted()).toEqual(['ISSUED', 'SOLD_OUT']);
      await until(
        async () =>
          code(await gifticonRequests.outcome(unknown.id, ann, never()).catch(() => null)) === 'CAMPAIGN_NOT_FOUND',
        'the issuer has denied the campaign',
      );
    },
  );
});

describe('a campaign', () => {
  test('that does not exist is refused at admission, with few queries', async () => {
    await using site = await openRequestsSite();
    let questions = 0;
    const { gifticonRequests } = await site.openServer({
      campaigns: ({ byIds, newest }) => ({ newest, byIds: (ids) => (questions++, byIds(ids)) }),
    });
    const nowhere = campaignId(randomUUID());
    const answers = await Promise.all(users(200).map((user) => ask(gifticonRequests, nowhere, user)));
    expect(new Set(answers.map(code))).toEqual(new Set(['CAMPAIGN_NOT_FOUND']));
    expect(await ask(gifticonRequests, nowhere, 'ann')).toMatchObject({
      receipt: null,
      rejection: { code: 'CAMPAIGN_NOT_FOUND' },
    });
    // One, and one more after the read models have caught up.
    expect(questions).toBe(2);
    expect(await gifticonRequests.campaign(nowhere)).toBeNull();
    await Promise.all(users(500).map((user) => ask(gifticonRequests, campaignId(randomUUID()), user)));
    expect(questions).toBeLessThan(10);
    expect((await site.requests.ends()).every((end) => end === 0)).toBe(true);
  });

  test('whose events come while it is being loaded is as of the last of them', async () => {
    await using site = await openRequestsSite();
    const campaign = await site.createCampaign(3);
    const { gifticonRequests: other } = await site.openServer();
    await until(async () => (await other.campaign(campaign)) !== null, 'it is known');
    const row = await other.campaign(campaign);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const { gifticonRequests } = await site.openServer({
      // A row that was read a while ago, when it arrives at last.
      campaigns: () => ({ newest: () => Promise.resolve([]), byIds: (ids) => held.then(() => ids.map(() => row)) }),
    });
    const found = gifticonRequests.campaign(campaign);
    await site.pause(campaign);
    await site.resume(campaign);
    await site.startIssuer();
    await Promise.all(users(4).map((user) => ask(other, campaign, user)));
    await until(async () => (await other.campaign(campaign))?.state === 'SOLD_OUT', 'it is sold out');
    await until(async () => (await gifticonRequests.requestStatus(newId(), ann)) === null, 'the server reads along');
    release();
    await found;
    await until(
      async () => (await gifticonRequests.campaign(campaign))?.state === 'SOLD_OUT',
      'the row is followed by what happened since',
    );
    expect(await gifticonRequests.campaign(campaign)).toMatchObject({ issued: 3, paused: false, stock: 3 });
  });

  test('that the read models do not have yet is not denied', async () => {
    await using site = await openRequestsSite({ projector: 'away' });
    const before = await site.createCampaign(1);
    const { gifticonRequests } = await site.openServer();
    const after = await site.createCampaign(1);
    // Known through its event.
    expect(await gifticonRequests.campaign(after)).toMatchObject({ state: 'OPEN' });
    // It is not known whether it exists, so the answer is an error.
    await expect(gifticonRequests.campaign(before)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    const asked = ask(gifticonRequests, before, 'ann');
    await site.project();
    expect(await asked).toMatchObject({ status: 'QUEUED' });
    // That it is not known is remembered for a moment.
    await until(async () => (await gifticonRequests.campaign(before).catch(() => null))?.stock === 1, 'it is known');
  });

  test('that has not opened yet refuses at once, and leaves nothing in the queue', async () => {
    await using site = await openRequestsSite();
    const { gifticonRequests } = await site.openServer();
    const opensAt = new Date(Date.now() + 2_000);
    const [campaign, empty] = [await site.createCampaign(5, { opensAt }), await site.createCampaign(0)];
    for (const each of [campaign, empty])
      await until(async () => (await gifticonRequests.campaign(each))?.state === 'SCHEDULED', 'it is known');
    const early = newId();
    const refusals = await Promise.all([
      ...users(100, 'crowd').flatMap((user) => [
        ask(gifticonRequests, campaign, user),
        ask(gifticonRequests, empty, user),
      ]),
      ...users(500).map(() => ask(gifticonRequests, campaign, 'ann')),
      ask(gifticonRequests, campaign, 'ann', early),
    ]);
    expect(new Set(refusals.map(code))).toEqual(new Set(['CAMPAIGN_NOT_OPEN']));
    expect(refusals.every((each) => 'receipt' in each && each.receipt === null)).toBe(true);
    expect((await site.requests.ends()).every((end) => end === 0)).toBe(true);

    await until(async () => (await gifticonRequests.campaign(campaign))?.state === 'OPEN', 'it opens');
    // Refused requests leave no trace: not even the commandId was used.
    const counts = await ask(gifticonRequests, campaign, 'ann', early);
    expect(counts).toMatchObject({ status: 'QUEUED', ahead: 0 });
    await site.startIssuer();
    expect(await gifticonRequests.outcome(counts.id, ann, never())).toMatchObject({ status: 'ISSUED', nth: 1 });
  });

  test('that opens in a moment takes one request, which the issuer judges', async () => {
    await using site = await openRequestsSite();
    const opensAt = new Date(Date.now() + 600_000);
    const { gifticonRequests } = await site.openServer({ now: () => opensAt.getTime() - 100 });
    const campaign = await site.createCampaign(5, { opensAt });
    await until(async () => (await gifticonRequests.campaign(campaign)) !== null, 'the campaign is known');
    const early = await ask(gifticonRequests, campaign, 'ann');
    expect(early.status).toBe('QUEUED');
    // It will not be the deciding one, so another one is not refused for good.
    await expect(ask(gifticonRequests, campaign, 'ann')).rejects.toMatchObject({ code: 'REQUEST_UNDER_WAY' });
    expect((await site.requests.ends()).reduce((sum, end) => sum + end, 0)).toBe(1);
    await site.startIssuer();
    expect(code(await gifticonRequests.outcome(early.id, ann, never()))).toBe('CAMPAIGN_NOT_OPEN');
    expect(code(await ask(gifticonRequests, campaign, 'ann', early.id))).toBe('CAMPAIGN_NOT_OPEN');
    expect((await ask(gifticonRequests, campaign, 'ann')).status).toBe('QUEUED');
  });

  test('with new codes is not denied to a user who got one of them elsewhere', async () => {
    await using site = await openRequestsSite();
    const here = await site.openServer();
    const campaign = await site.createCampaign(1);
    await until(async () => (await here.gifticonRequests.campaign(campaign))?.stock === 1, 'the campaign is known');
    const asked = await ask(here.gifticonRequests, campaign, 'ann');
    await site.startIssuer();
    expect(await here.gifticonRequests.outcome(asked.id, ann, never())).toMatchObject({ status: 'ISSUED' });
    // Like a server without the new codes, in spite of the events.
    const before = <R extends { readonly stock: number; readonly position: Position } | null>(row: R): R =>
      row && { ...row, stock: 0, soldOut: false, position: position(1e9) };
    const there = await site.openServer({
      campaigns: ({ newest, byIds }) => ({
        newest: async (count) => (await newest(count)).map(before),
        byIds: async (ids) => (await byIds(ids)).map(before),
      }),
    });
    expect(await there.gifticonRequests.campaign(campaign)).toMatchObject({ state: 'SCHEDULED' });
    expect(code(await ask(there.gifticonRequests, campaign, 'ben'))).toBe('CAMPAIGN_NOT_OPEN');
    expect(await ask(there.gifticonRequests, campaign, 'ann', asked.id)).toMatchObject({ status: 'ISSUED', nth: 1 });
  });

  test('that has closed refuses at admission, and requests in time still get one', async () => {
    await using site = await openRequestsSite();
    const { gifticonRequests } = await site.openServer();
    const campaign = await site.createCampaign(5, { closesAt: new Date(Date.now() + 1_000) });
    const intime = await ask(gifticonRequests, campaign, 'ann');
    await until(async () => (await gifticonRequests.campaign(campaign))?.state === 'CLOSED', 'it closes');
    expect(await ask(gifticonRequests, campaign, 'ben')).toMatchObject({
      rejection: { code: 'CAMPAIGN_CLOSED' },
      receipt: null,
      duplicateOf: null,
    });
    await site.startIssuer();
    expect(await gifticonRequests.outcome(intime.id, ann, never())).toMatchObject({ status: 'ISSUED' });
    expect(await ask(gifticonRequests, campaign, 'ann')).toMatchObject({
      rejection: { code: 'ALREADY_REQUESTED' },
      duplicateOf: intime.id,
    });
  });

  test('that is paused takes requests without an estimate, until it is resumed', async () => {
    await using site = await openRequestsSite();
    const { gifticonRequests } = await site.openServer();
    const campaign = await site.createCampaign(50);
    const issuer = await site.startIssuer();
    const warm = await Promise.all(users(20).map((user) => ask(gifticonRequests, campaign, user)));
    await Promise.all(warm.map(({ id, userId: user }) => gifticonRequests.outcome(id, user, never())));
    await site.pause(campaign);
    await until(async () => (await gifticonRequests.campaign(campaign))?.paused, 'it is held');
    const asked = await ask(gifticonRequests, campaign, 'ann');
    expect(asked).toMatchObject({ status: 'QUEUED', etaSeconds: null });
    // No decider runs while it is resumed: so its visible state is fixed.
    await issuer.stop();
    await site.resume(campaign);
    await until(async () => !(await gifticonRequests.campaign(campaign))?.paused, 'it goes on');
    const current = await gifticonRequests.requestStatus(asked.id, ann);
    expect(current).toMatchObject({ status: 'QUEUED', ahead: 0, etaSeconds: expect.any(Number) });
    expect(current).not.toMatchObject({ etaSeconds: 0 });
    await site.startIssuer();
    expect(await gifticonRequests.outcome(asked.id, ann, never())).toMatchObject({ status: 'ISSUED', nth: 21 });
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

test('a recreated queue is followed from its start, and no wait lasts for ever', async () => {
  await using site = await openRequestsSite();
  const { gifticonRequests } = await site.openServer();
  const campaign = await site.createCampaign(10);
  const issuer = await site.startIssuer();
  const before = await Promise.all(users(5).map((user) => ask(gifticonRequests, campaign, user)));
  await Promise.all(before.map(({ id, userId: user }) => gifticonRequests.outcome(id, user, never())));
  await issuer.stop();
  const lost = await Promise.all(users(2, 'lost').map((user) => ask(gifticonRequests, campaign, user)));
  const watching = await Promise.all(lost.map((each) => follow(gifticonRequests, each)));
  await site.events.database.pool.query(
    `WITH gone AS (DELETE FROM commands WHERE queue = 'gifticon.requests') DELETE ` +
      `FROM command_heads WHERE queue = 'gifticon.requests'`,
  );
  const asked = await ask(gifticonRequests, campaign, 'ann');
  expect(asked.status).toBe('QUEUED');
  await site.startIssuer();
  await Promise.all(watching.map(({ over }) => over));
  expect(watching.flatMap(places)).not.toContain('ISSUED');
  expect(await gifticonRequests.outcome(asked.id, ann, never())).toMatchObject({ status: 'ISSUED', nth: 6 });
  await until(async () => (await gifticonRequests.campaign(campaign))?.queued === 0, 'nobody waits');
});

test('an emptied queue prevents no new request', async () => {
  await using site = await openRequestsSite();
  let emptied: (partition: number) => void = () => undefined;
  const { gifticonRequests } = await site.openServer({
    requests: (log) => ({
      ...log,
      tail: (wanted) => {
        emptied = (partition) => wanted.replaced?.(partition);
        return log.tail(wanted);
      },
    }),
  });
  const campaign = await site.createCampaign(10);
  const lost = await ask(gifticonRequests, campaign, 'ann');
  const watching = await follow(gifticonRequests, lost);
  expect(code(await ask(gifticonRequests, campaign, 'ann'))).toBe('ALREADY_REQUESTED');
  await site.events.database.pool.query(
    `WITH gone AS (DELETE FROM commands WHERE queue = 'gifticon.requests')
     DELETE FROM command_heads WHERE queue = 'gifticon.requests'`,
  );
  for (const partition of [0, 1, 2]) emptied(partition);
  await watching.over;
  expect((await gifticonRequests.campaign(campaign))?.queued).toBe(0);
  const again = await ask(gifticonRequests, campaign, 'ann');
  expect(again.status).toBe('QUEUED');
  expect(watching.seen.map(code)).not.toContain('ISSUED');
});

test('a server that starts while the log is slow, or away for a moment, waits for it', async () => {
  await using site = await openRequestsSite();
  const id = await site.createCampaign(5);
  await using first = await site.openServer();
  const waiting = await ask(first.gifticonRequests, id, 'mina');
  let heard: () => void = () => undefined;
  const failed = new Promise<void>((resolve) => (heard = resolve));
  let asked = 0;
  await using late = await site.openServer({
    requests: (log) => ({
      ...log,
      async ends() {
        asked++;
        // It answers too late; then it is away; then it works.
        if (asked === 1) await failed;
        if (asked === 2) throw new LogError('LOG_UNAVAILABLE', 'no broker answers');
        return log.ends();
      },
    }),
    logger: pino(
      {},
      { write: (line: string) => line.includes('the end of the queue of gifticon requests') && heard() },
    ),
  });
  expect(asked).toBe(3);
  expect(await late.gifticonRequests.requestStatus(waiting.id, waiting.userId)).toMatchObject({
    status: 'QUEUED',
    ahead: 0,
  });
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
