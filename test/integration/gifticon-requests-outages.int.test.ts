import { RequestUnderWayError } from '../../src/gifticon/gifticon-requests.js';
import { randomUUID } from 'node:crypto';
import { position } from '../../src/engine/domain/ids.js';
import { partitionOf } from '../../src/engine/log/partitioning.js';
import { campaignId } from '../../src/events/ids.js';
import { until } from '../support/conditions.js';
import type { RequestsServer } from '../support/gifticon-requests-site.js';
import { ask, decision, follow, newId, openRequestsSite, openWay } from '../support/gifticon-requests-site.js';
import { ann, ben, never, code, places, users } from '../support/gifticon-request-names.js';

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

test('without the database nobody is told that a campaign has no codes yet', async () => {
  await using site = await openRequestsSite();
  await using way = await openWay(site.events.database.url);
  const { gifticonRequests } = await site.openServer({ databaseUrl: way.url });
  const campaign = await site.createCampaign(0);
  await until(async () => (await gifticonRequests.campaign(campaign)) !== null, 'the campaign is known');
  expect(code(await ask(gifticonRequests, campaign, 'ann'))).toBe('CAMPAIGN_NOT_OPEN');
  way.cut();
  const asked = await ask(gifticonRequests, campaign, 'ann');
  expect(asked.status).toBe('QUEUED');
  way.open();
  await site.startIssuer();
  expect(code(await gifticonRequests.outcome(asked.id, ann, never()))).toBe('CAMPAIGN_NOT_OPEN');
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

test('an outcome that is being looked up when the log goes back is looked up anew', async () => {
  await using site = await openRequestsSite();
  const { gifticonRequests } = await site.openServer({ feed: 'silent' });
  const campaign = await site.createCampaign(1);
  const asked = [await ask(gifticonRequests, campaign, 'ann'), await ask(gifticonRequests, campaign, 'ben')];
  const partition = partitionOf(campaign, 3);
  /** Watches requests whose receipt then comes, while their event cannot be read. */
  const watchAndDecide = async () => {
    const watching = await Promise.all(asked.map((each) => follow(gifticonRequests, each)));
    await until(() => watching.every(({ seen }) => seen.length > 0), 'all see their place');
    for (const each of asked)
      gifticonRequests.onDecided(decision(each, { rejection: null, events: 2, position: position(1_000_000) }));
    return watching;
  };

  // Bounded, so that a watch that never ends leaves no database behind.
  const allEnded = async (watching: Awaited<ReturnType<typeof watchAndDecide>>): Promise<void> => {
    let ended = 0;
    for (const { over } of watching) void over.then(() => ended++);
    await until(() => ended === watching.length, 'the watches end');
  };

  const lost = await watchAndDecide();
  gifticonRequests.forked(partition);
  await allEnded(lost);
  expect(lost.map(({ last }) => last()?.status)).toEqual(['QUEUED', 'QUEUED']);
  await until(
    async () => (await gifticonRequests.requestStatus(asked[1]!.id, ben))?.status === 'QUEUED',
    'the queue has been read again',
  );

  const kept = await watchAndDecide();
  await site.startIssuer();
  await until(async () => (await site.events.store.receipts(asked.map(({ id }) => id))).size === 2, 'both are decided');
  gifticonRequests.forked(partition);
  await allEnded(kept);
  expect(kept.map(({ last }) => code(last()!))).toEqual(['ISSUED', 'SOLD_OUT']);
});
