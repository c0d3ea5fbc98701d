import { randomUUID } from 'node:crypto';
import type { Position } from '../../src/engine/domain/ids.js';
import { position } from '../../src/engine/domain/ids.js';
import { campaignId } from '../../src/events/ids.js';
import { until } from '../support/conditions.js';
import { ask, newId, openRequestsSite } from '../support/gifticon-requests-site.js';
import { ann, never, code, users } from '../support/gifticon-request-names.js';

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

  test('that may be open, by the error of the clock, is left to the issuer', async () => {
    await using site = await openRequestsSite();
    const opensAt = new Date(Date.now() + 600_000);
    const closesAt = new Date(opensAt.getTime() + 60_000);
    let [at, clockErrorMs] = [opensAt.getTime() - 5_000, 4_000];
    const { gifticonRequests } = await site.openServer({ now: () => at, clockErrorMs: () => clockErrorMs });
    const campaign = await site.createCampaign(5, { opensAt, closesAt });
    await until(async () => (await gifticonRequests.campaign(campaign)) !== null, 'the campaign is known');
    expect(code(await ask(gifticonRequests, campaign, 'ann'))).toBe('CAMPAIGN_NOT_OPEN');
    clockErrorMs = 6_000;
    expect((await ask(gifticonRequests, campaign, 'ann')).status).toBe('QUEUED');
    at = closesAt.getTime() + 5_000;
    expect((await ask(gifticonRequests, campaign, 'ben')).status).toBe('QUEUED');
    clockErrorMs = 4_000;
    expect(code(await ask(gifticonRequests, campaign, 'cho'))).toBe('CAMPAIGN_CLOSED');
    // Before the first reading of the log's clock.
    clockErrorMs = Number.POSITIVE_INFINITY;
    expect((await ask(gifticonRequests, campaign, 'cho')).status).toBe('QUEUED');
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
