import { randomUUID } from 'node:crypto';
import { commandId, traceId, userId } from '../../src/engine/domain/ids.js';
import type { CommandEnvelope } from '../../src/engine/domain/envelope.js';
import { partitionOf } from '../../src/engine/log/partitioning.js';
import type { CampaignId } from '../../src/events/ids.js';
import type { RequestStatus } from '../../src/gifticon/gifticon-requests.js';
import { until } from '../support/conditions.js';
import type { RequestsServer } from '../support/gifticon-requests-site.js';
import { ask, openRequestsSite, openWay } from '../support/gifticon-requests-site.js';

const users = (count: number, name = 'user'): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${name}-${index}`);
const numbers = ({ gifticonRequests }: RequestsServer, asked: readonly RequestStatus[]) =>
  Promise.all(asked.map(({ id, userId: user }) => gifticonRequests.number(id, user)));
const request = (campaign: CampaignId, user: string): CommandEnvelope => ({
  commandId: commandId(randomUUID()),
  type: 'RequestGifticon',
  schema: 1,
  key: campaign,
  userId: userId(user),
  traceId: traceId('0'.repeat(32)),
  at: new Date().toISOString(),
  data: { campaignId: campaign },
});

describe.each([{ engine: 'postgres' }, { engine: 'kafka' }] as const)(
  'numbers of requests on $engine',
  ({ engine }) => {
    test('every server has them, also of requests before its start, and after a takeover', async () => {
      await using site = await openRequestsSite({ engine });
      const server = await site.openServer();
      const [spring, autumn] = [await site.createCampaign(3), await site.createCampaign(2)];
      const first: RequestStatus[] = [];
      const second: RequestStatus[] = [];
      for (const user of users(4)) {
        first.push(await ask(server.gifticonRequests, spring, user));
        if (second.length < 3) second.push(await ask(server.gifticonRequests, autumn, user));
      }
      expect([await numbers(server, first), await numbers(server, second)]).toEqual([
        [1, 2, 3, 4],
        [1, 2, 3],
      ]);
      expect(await server.gifticonRequests.progress(spring)).toEqual({
        served: 0,
        issued: 0,
        stock: 3,
        queued: 4,
        ratePerSecond: 0,
        state: 'OPEN',
      });

      const issuer = await site.startIssuer();
      await until(
        async () => (await server.gifticonRequests.progress(spring))?.served === 4,
        'all of spring are served',
      );
      await until(
        async () => (await server.gifticonRequests.progress(autumn))?.served === 3,
        'all of autumn are served',
      );
      await issuer.stop();
      const more = await site.createCampaign(50);
      const waiting: RequestStatus[] = [];
      for (const user of users(3, 'late')) waiting.push(await ask(server.gifticonRequests, more, user));

      const later = await site.openServer();
      expect([await numbers(later, first), await numbers(later, second), await numbers(later, waiting)]).toEqual([
        [1, 2, 3, 4],
        [1, 2, 3],
        [1, 2, 3],
      ]);
      await site.startIssuer();
      await until(async () => (await later.gifticonRequests.progress(more))?.served === 3, 'they are served');
      for (const each of [server, later]) {
        await until(async () => (await each.gifticonRequests.progress(more))?.queued === 0, 'nobody waits any more');
        const next = await ask(each.gifticonRequests, more, `${each === later}`);
        expect(await each.gifticonRequests.number(next.id, next.userId)).toBe(each === server ? 4 : 5);
      }
      expect(await later.gifticonRequests.progress(spring)).toMatchObject({ served: 4, issued: 3, state: 'SOLD_OUT' });
    });

    test('a request that comes twice keeps its number, and places behind it are right', async () => {
      await using site = await openRequestsSite({ engine });
      const server = await site.openServer();
      const campaign = await site.createCampaign(10);
      const [ann, ben, cho] = [request(campaign, 'ann'), request(campaign, 'ben'), request(campaign, 'cho')];
      for (const each of [ann, ben, ann, cho]) await server.requests.append(each);
      const asked = [ann, ben, cho].map((each): RequestStatus => ({ ...each, id: each.commandId }) as never);
      await until(async () => (await server.gifticonRequests.campaign(campaign))?.queued === 3, 'all of them wait');
      expect(await numbers(server, asked)).toEqual([1, 2, 4]);
      await site.startIssuer();
      await until(async () => (await server.gifticonRequests.progress(campaign))?.served === 4, 'all are served');
      expect([await numbers(server, asked), await numbers(await site.openServer(), asked)]).toEqual([
        [1, 2, 4],
        [1, 2, 4],
      ]);
    });
  },
);

test('are those of the store again after the database went back in time', async () => {
  await using site = await openRequestsSite();
  const { pool } = site.events.database;
  const server = await site.openServer();
  const campaign = await site.createCampaign(10);
  const partition = partitionOf(campaign, 3);
  const asked: RequestStatus[] = [];
  const issuer = await site.startIssuer();
  for (const user of users(2)) asked.push(await ask(server.gifticonRequests, campaign, user));
  await until(async () => (await server.gifticonRequests.progress(campaign))?.served === 2, 'two are served');
  await issuer.stop();
  for (const user of users(2, 'late')) asked.push(await ask(server.gifticonRequests, campaign, user));
  expect(await numbers(server, asked)).toEqual([1, 2, 3, 4]);

  // The second decision is lost with what was written for it.
  const lost = asked[1]!.id;
  await pool.query(`DELETE FROM events WHERE command_id = $1`, [lost]);
  await pool.query(`DELETE FROM snapshots`);
  await pool.query(`DELETE FROM receipts WHERE command_id = $1`, [lost]);
  await pool.query(`UPDATE event_heads SET head = head - 2 WHERE partition = $1`, [partition]);
  await pool.query(`UPDATE command_counts SET decided = decided - 1 WHERE key = $1`, [campaign]);
  await pool.query(
    `UPDATE command_checkpoints SET next_offset = next_offset - 1, published_offset = published_offset - 1
      WHERE queue = 'postgres:gifticon.requests' AND partition = $1`,
    [partition],
  );
  server.gifticonRequests.forked(partition);
  await until(async () => (await server.gifticonRequests.campaign(campaign))?.queued === 3, 'three wait');
  expect(await server.gifticonRequests.progress(campaign)).toMatchObject({ served: 1, queued: 3 });
  expect(await numbers(server, asked.slice(1))).toEqual([2, 3, 4]);
  await site.startIssuer();
  await until(async () => (await server.gifticonRequests.progress(campaign))?.served === 4, 'all are served');
  expect(await numbers(await site.openServer(), asked)).toEqual([1, 2, 3, 4]);
});

test('are not known while the database is away, and known again once it is back', async () => {
  await using site = await openRequestsSite();
  await using way = await openWay(site.events.database.url);
  const server = await site.openServer({ databaseUrl: way.url });
  const campaign = await site.createCampaign(10);
  const asked = await ask(server.gifticonRequests, campaign, 'ann');
  way.cut();
  expect(await server.gifticonRequests.number(asked.id, asked.userId)).toBeNull();
  await expect(server.gifticonRequests.progress(campaign)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  way.open();
  await until(async () => (await server.gifticonRequests.number(asked.id, asked.userId)) === 1, 'it has its number');
  expect(await server.gifticonRequests.progress(campaign)).toMatchObject({ served: 0, queued: 1 });
});
