import { pino } from 'pino';
import { traceId, userId } from '../../src/engine/domain/ids.js';
import type { RequestStatus } from '../../src/gifticon/gifticon-requests.js';
import { LogError } from '../../src/engine/log/command-log.js';
import { until } from '../support/conditions.js';
import { ask, follow, lateTail, newId, openRequestsSite } from '../support/gifticon-requests-site.js';
import { ann, ben, never, code, users } from '../support/gifticon-request-names.js';

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
