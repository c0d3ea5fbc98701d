import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import type { CommandEnvelope } from '../../src/engine/domain/envelope.js';
import type { CampaignId } from '../../src/events/ids.js';
import { commandId, offset, traceId, userId } from '../../src/engine/domain/ids.js';
import { roomId } from '../../src/events/ids.js';
import { createLifecycle } from '../../src/engine/runtime/lifecycle.js';
import { createMetrics } from '../../src/metrics.js';
import type { CommandLog } from '../../src/engine/log/command-log.js';
import { startDecider } from '../../src/engine/decider/decider.js';
import { openClocks } from '../../src/wiring/clocks.js';
import { quietLogger, until } from '../support/conditions.js';
import { ask, openRequestsSite } from '../support/gifticon-requests-site.js';
import { openDeciderSite } from '../support/decider-site.js';

const never = new AbortController().signal;
const AHEAD_MS = 30_000;

describe.each(['postgres', 'kafka'] as const)('a server whose clock is 30 s ahead (%s)', (engine) => {
  const openCampaign = async (site: Awaited<ReturnType<typeof openRequestsSite>>): Promise<CampaignId> =>
    site.createCampaign(5, { opensAt: new Date(Date.now() + AHEAD_MS - 5_000) });

  test('gets no gifticon before the opening', async () => {
    await using site = await openRequestsSite({ engine });
    const { gifticonRequests } = await site.openServer({ now: () => Date.now() + AHEAD_MS });
    const campaign = await openCampaign(site);
    await until(
      async () => (await gifticonRequests.campaign(campaign))?.state === 'OPEN',
      'the server takes it for open',
    );
    const asked = await ask(gifticonRequests, campaign, 'ann');
    expect(asked.status).toBe('QUEUED');
    await site.startIssuer();
    expect(await gifticonRequests.outcome(asked.id, asked.userId, never)).toMatchObject({
      status: 'REJECTED',
      rejection: { code: 'CAMPAIGN_NOT_OPEN' },
    });
    expect(await gifticonRequests.campaign(campaign)).toMatchObject({ issued: 0 });
  });
});

describe.each(['postgres', 'kafka'] as const)('an issuer that takes a partition over (%s)', (engine) => {
  const inMinutes = (minutes: number): Date => new Date(Date.now() + minutes * 60_000);
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

  test('judges a waiting command by its time of queueing, not by later chat', async () => {
    await using site = await openRequestsSite({ engine });
    const { store } = site.events;
    const closing = await site.createCampaign(9, { closesAt: inMinutes(30) });
    const opening = await site.createCampaign(9, { opensAt: inMinutes(30) });
    const first = request(closing, 'ann');
    const waiting = [
      request(closing, 'bob'),
      request(opening, 'bob'),
      request(closing, 'cho'),
      request(opening, 'cho'),
    ];
    const codes = async (asked: readonly CommandEnvelope[]) => {
      const ids = asked.map((each) => each.commandId);
      await until(async () => (await store.receipts(ids)).size === ids.length, 'all are decided');
      const receipts = await store.receipts(ids);
      return ids.map((id) => receipts.get(id)?.rejection?.code ?? 'ok');
    };

    const before = await site.startIssuer();
    await site.requests.append(first);
    expect(await codes([first])).toEqual(['ok']);
    await before.stop();
    for (const each of waiting) await site.requests.append(each);
    for (const partition of (await store.heads()).keys()) {
      const room = roomId(randomUUID());
      const chat = {
        type: 'MessagePosted',
        data: { roomId: room, seq: 1, authorId: userId('mina'), body: '안녕' },
      } as const;
      await site.events.commit(partition, [chat], inMinutes(60));
    }
    await site.startIssuer();
    expect(await codes(waiting)).toEqual(['ok', 'CAMPAIGN_NOT_OPEN', 'ok', 'CAMPAIGN_NOT_OPEN']);
  });
});

describe('times of events', () => {
  test('never go back in a partition, with any clock and over a takeover', async () => {
    await using site = await openDeciderSite();
    // Like a broker or a database whose clock is set: by the hour, forwards and back.
    const jumps = [0, 3_600_000, -3_600_000, 0, -7_200_000];
    let jump = 0;
    const jumping: CommandLog = {
      ...site.log,
      consume: ({ handler, ...options }) =>
        site.log.consume({
          ...options,
          handler: {
            ...handler,
            handle: (batch, signal) =>
              handler.handle(
                {
                  ...batch,
                  records: batch.records.map((record) =>
                    'command' in record
                      ? {
                          ...record,
                          command: {
                            ...record.command,
                            at: new Date(Date.parse(record.command.at) + jump).toISOString(),
                          },
                        }
                      : record,
                  ),
                },
                signal,
              ),
          },
        }),
    };
    const roomId = randomUUID();
    await site.log.append(site.createRoom(roomId));
    for (const [index, next] of jumps.entries()) {
      // A decider of its own each time: it knows only the stored state.
      await using _decider = await startDecider({ ...site.parts, log: jumping });
      if (index === 0) await until(async () => (await site.events(roomId)).length > 0, 'the room is open');
      jump = next;
      for (let n = 0; n < 3; n++) await site.decided(site.send(roomId, `${index}.${n}`));
    }
    const times = (await site.events(roomId)).map(({ at }) => at.getTime());
    expect(times.length).toBe(2 + 3 * jumps.length);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test("are those of the embedded log's table, and the server's own for older rows", async () => {
    await using site = await openDeciderSite();
    const roomId = randomUUID();
    const future = new Date(Date.now() + 3_600_000);
    await site.log.append(site.createRoom(roomId));
    await site.database.pool.query('UPDATE command_heads SET last_at = $1', [future]);
    const { at } = await site.log.append(site.send(roomId, 'behind'));
    expect(at).toEqual(future);
    // A row of the version before, without the column; and a new one.
    const old = site.send(roomId, 'old', { at: '2999-01-01T00:00:00.000Z' });
    await site.log.append(old);
    await site.database.pool.query('UPDATE commands SET taken_at = NULL WHERE command_id = $1', [old.commandId]);
    await using reader = site.openLog();
    const read: string[] = [];
    const tail = await reader.tail({
      from: [0, 0, 0].map(offset),
      records: (_partition, records) =>
        void read.push(...records.flatMap((record) => ('command' in record ? [record.command.at] : []))),
    });
    await until(() => read.length === 3, 'all are read');
    expect(read.slice(1)).toEqual([future.toISOString(), '2999-01-01T00:00:00.000Z']);
    await tail.stop();
    const { rows } = await site.database.pool.query<{ recent: boolean }>(
      `WITH row AS (INSERT INTO commands (queue, partition, "offset", key, command_id, payload)
        VALUES ('other', 0, 0, 'k', 'c', '{}') RETURNING taken_at)
       SELECT taken_at BETWEEN clock_timestamp() - interval '10 s' AND clock_timestamp() AS recent FROM row`,
    );
    expect(rows).toEqual([{ recent: true }]);
  });
});

describe('a process', () => {
  test('logs once that its clock differs from the database’s, and when it agrees', async () => {
    await using site = await openDeciderSite();
    const lines: { readonly level: number; readonly of?: string; readonly aheadMs?: number }[] = [];
    const logger = pino(
      { level: 'info' },
      { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]) },
    );
    const lifecycle = createLifecycle(quietLogger);
    const metrics = createMetrics();
    const real = Date.now;
    const aheadSeconds = async () => (await metrics.clockOffset.get()).values[0]?.value;
    try {
      const clocks = await openClocks({
        pool: site.database.pool,
        log: 'embedded',
        lifecycle,
        logger,
        metrics,
        everyMs: 10,
      });
      expect(Math.abs((await aheadSeconds())!)).toBeLessThan(1);
      Date.now = () => real() + AHEAD_MS;
      await until(() => lines.length === 1, 'it is told');
      expect(lines[0]).toMatchObject({ level: 50, of: 'database' });
      expect(Math.round((await aheadSeconds())!)).toBe(30);
      // Decisions by the log's time are not affected.
      expect(Math.abs(clocks.ofLog.now() - real())).toBeLessThan(1_000);
      Date.now = real;
      await until(() => lines.length === 2, 'it is told again');
      expect(lines[1]).toMatchObject({ level: 30, of: 'database' });
    } finally {
      Date.now = real;
      await lifecycle.stop();
    }
  });
});
