import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { ChatClient } from '../support/chat-client.js';
import { allMessages, createRoom, joinRoom, sendMessage, signIn } from '../support/chat-client.js';
import { runCli } from '../support/cli.js';
import { asAdmin, campaignOf, createCampaign, press, pressing, requestOf } from '../support/gifticons.js';
import { wireUser } from '../support/wire.js';
import { until } from '../support/conditions.js';
import type { Deployment } from '../support/deployment.js';
import { engines } from '../support/deployment.js';
import { startMadang } from '../support/madang.js';
import { openReplicatedPostgres } from '../support/standby.js';

const codeOf = (error: unknown): unknown =>
  (error as { errors?: readonly { extensions?: { code?: unknown } }[] }).errors?.[0]?.extensions?.code;

const bodies = async (client: ChatClient, roomId: string): Promise<readonly string[]> =>
  (await allMessages(client, roomId)).map(({ body }) => body);

/** The code of a query's error that must hold the position, or null. */
const atLeast = (client: ChatClient, roomId: string, position: string): Promise<unknown> =>
  client
    .query('query AtLeast($id: ID!, $at: Position) { room(id: $id, atLeast: $at) { id } }', {
      id: roomId,
      at: position,
    })
    .then(() => null, codeOf);

/** Retries until the database serves again, as clients do. */
const sendUntilAnswered = async (
  client: ChatClient,
  roomId: string,
  body: string,
  commandId: string,
): Promise<string> => {
  let position: string | null = null;
  await until(async () => {
    const sent = await sendMessage(client, { roomId, body, commandId }).catch(() => null);
    position = sent?.receipt.position ?? null;
    return position !== null;
  }, `${body} is decided`);
  return position!;
};

describe.each(engines)('an asynchronous standby that lost the last commits is promoted, on %s', (engine) => {
  test('no wrong answer: lost positions are gone, subscriptions equal the record', async () => {
    await using database = await openReplicatedPostgres();
    const env: Record<string, string> = {
      DATABASE_URL: database.url,
      REDIS_URL: process.env.TEST_REDIS_URL!,
      ...(engine === 'kafka'
        ? { KAFKA_BROKERS: process.env.TEST_KAFKA_BROKERS!, MADANG_TOPIC_PREFIX: `t${randomBytes(6).toString('hex')}` }
        : { MADANG_LOG: 'embedded' }),
    };
    await using worker = await startMadang({ env });
    await using front = await startMadang({ env: { ...env, MADANG_ROLES: 'api' } });
    await using mina = await signIn(worker.url, 'mina');
    await using jun = await signIn(front.url, 'jun');
    const { roomId } = await createRoom(mina, '마당');
    const { roomId: quiet } = await createRoom(mina, '조용한 방');
    for (const room of [roomId, quiet]) await joinRoom(jun, room);
    const kept: string[] = [];
    for (const body of ['one', 'two', 'three'])
      kept.push((await sendMessage(mina, { roomId, body })).receipt.position!);
    const live = jun.events(roomId, kept.at(-1));
    const elsewhere = jun.events(quiet, (await sendMessage(mina, { roomId: quiet, body: 'here' })).receipt.position!);
    await sendMessage(mina, { roomId: quiet, body: 'there' });
    await until(() => elsewhere.received.length === 1, 'the other subscription stands');
    await until(async () => (await bodies(jun, roomId)).length === 3, 'the history is whole');
    await database.caughtUp();

    database.cutOff();
    const lost: string[] = [];
    for (let n = 1; n <= 10; n++) lost.push((await sendMessage(mina, { roomId, body: `lost ${n}` })).receipt.position!);
    await until(() => live.received.length === 10, 'the subscriber heard them');
    expect(await atLeast(jun, roomId, lost.at(-1)!)).toBeNull();
    await database.failOver();

    // Nothing is sent meanwhile: every process has to notice by itself.
    const again = engine === 'kafka' ? Array.from({ length: 10 }, (_, n) => `lost ${n + 1}`) : [];
    for (const client of [mina, jun]) {
      await until(async () => {
        const found = await bodies(client, roomId).catch(() => null);
        return found !== null && JSON.stringify(found) === JSON.stringify(['one', 'two', 'three', ...again]);
      }, 'the history is that of the record');
    }
    await until(() => live.errors.length === 1, 'the subscriber is told that it has heard what is no more');
    expect(codeOf(live.errors[0])).toBe('POSITION_GONE');
    expect(await atLeast(jun, roomId, lost.at(-1)!)).toBe('POSITION_GONE');
    expect(await atLeast(mina, roomId, lost[0]!)).toBe('POSITION_GONE');

    // New events, beyond the positions of the lost ones.
    const later = Array.from({ length: 12 }, (_, n) => `new ${n + 1}`);
    for (const body of later) await sendUntilAnswered(mina, roomId, body, crypto.randomUUID());
    const whole = ['one', 'two', 'three', ...again, ...later];
    for (const client of [mina, jun]) {
      await until(
        async () => JSON.stringify(await bodies(client, roomId)) === JSON.stringify(whole),
        'the history goes on',
      );
      expect(await atLeast(client, roomId, lost.at(-1)!)).toBe('POSITION_GONE');
      expect(await atLeast(client, roomId, kept.at(-1)!)).toBeNull();
      const gone = client.events(roomId, lost.at(-1));
      await until(() => gone.errors.length === 1, 'nobody goes on from there');
      expect(codeOf(gone.errors[0])).toBe('POSITION_GONE');
      const resumed = client.events(roomId, kept[0]);
      await until(() => resumed.received.length >= whole.length - 1, 'who resumes from before the fork hears all');
      expect(resumed.received.map(({ message }) => message?.body)).toEqual(whole.slice(1));
      expect(resumed.errors).toEqual([]);
      resumed.stop();
    }
    await sendUntilAnswered(mina, quiet, 'still here', crypto.randomUUID());
    await until(() => elsewhere.received.length > 1, 'a room that lost nothing goes on');
    expect(elsewhere.received.map(({ message }) => message?.body)).toEqual(['there', 'still here']);
    expect(elsewhere.errors).toEqual([]);

    const verified = await runCli(env, 'projections', 'verify', '--all');
    expect([verified.code, verified.stdout + verified.stderr]).toEqual([0, expect.any(String)]);
    const listed = await runCli(env, 'projections', 'list', '--json');
    expect(listed.code).toBe(0);
    for (const process of [worker, front]) {
      const counted = /madang_lost_events_total\{partition="\d+"\} ([1-9]\d*)/.exec(
        await (await fetch(`${process.url}/metrics`)).text(),
      );
      expect(Number(counted?.[1])).toBeGreaterThanOrEqual(10);
      expect(process.log.some(({ text }) => /"lostFrom":\d+,"lostTo":\d+.*went back in time/.test(text))).toBe(true);
    }
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query<{ lost: string }>(
      'SELECT lost_to - fork AS lost FROM event_epochs WHERE lost_to IS NOT NULL',
    );
    await client.end();
    expect(rows.map((row) => Number(row.lost))).toEqual([expect.any(Number)]);
    expect(Number(rows[0]!.lost)).toBeGreaterThanOrEqual(10);
  }, 180_000);
});

describe.each(engines)('the gifticon of a campaign was issued in the lost part, on %s', (engine) => {
  test("no answer has a sell-out that did not last, and nobody gets another's code", async () => {
    await using database = await openReplicatedPostgres();
    const env: Record<string, string> = {
      DATABASE_URL: database.url,
      REDIS_URL: process.env.TEST_REDIS_URL!,
      ...(engine === 'kafka'
        ? { KAFKA_BROKERS: process.env.TEST_KAFKA_BROKERS!, MADANG_TOPIC_PREFIX: `t${randomBytes(6).toString('hex')}` }
        : { MADANG_LOG: 'embedded' }),
    };
    await using madang = await startMadang({ env });
    await using mina = await signIn(madang.url, 'mina');
    await using jun = await signIn(madang.url, 'jun');
    const [first, second] = [mina, jun].map(({ token, userId }) => wireUser(madang.url, token, userId)) as [
      ReturnType<typeof wireUser>,
      ReturnType<typeof wireUser>,
    ];
    const admin = await asAdmin({ env } as unknown as Deployment, first);
    const campaign = await createCampaign(admin, { stock: 1, opensAt: new Date(Date.now() - 60_000).toISOString() });
    await until(async () => (await campaignOf(first, campaign.id))?.state === 'OPEN', 'the campaign is open');
    await database.caughtUp();

    database.cutOff();
    const commandId = crypto.randomUUID();
    expect((await press(first, campaign.id, { commandId, waitFor: 'PROJECTED' })).request.status).toBe('ISSUED');
    expect((await press(second, campaign.id)).request.status).toBe('SOLD_OUT');
    await database.failOver();
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const issuedNumbers = async (): Promise<readonly unknown[]> =>
      (await client.query("SELECT data->>'nth' AS nth FROM events WHERE type = 'GifticonIssued'")).rows;

    if (engine === 'kafka') {
      // The request is still in the queue, and is decided again. Until the process has noticed, it answers from memory.
      await until(async () => (await issuedNumbers()).length > 0, 'the gifticon is issued again');
      await until(
        async () => (await requestOf(first, commandId).catch(() => null))?.status === 'ISSUED',
        'the request has its outcome again',
      );
      await until(
        async () => (await campaignOf(second, campaign.id).catch(() => null))?.issued === 1,
        'the campaign is what the record says',
      );
      expect((await press(second, campaign.id)).request.status).toBe('SOLD_OUT');
    } else {
      await until(async () => {
        const found = await campaignOf(second, campaign.id).catch(() => null);
        return found?.state === 'OPEN' && found.issued === 0;
      }, 'the campaign is what the record says');
      await until(
        async () => (await requestOf(first, commandId).catch(() => 'unknown')) === null,
        'the request is gone with the queue',
      );
      let issued: string | undefined;
      const own = crypto.randomUUID();
      await until(async () => {
        const { data } = await pressing(second, campaign.id, { commandId: own, waitFor: 'DECIDED' });
        issued = data?.requestGifticon.request.status;
        return issued !== undefined && issued !== 'QUEUED';
      }, 'the other one is answered');
      expect(issued).toBe('ISSUED');
      expect((await press(first, campaign.id, { commandId, waitFor: 'DECIDED' })).request.status).toBe('SOLD_OUT');
    }
    expect(await issuedNumbers()).toEqual([{ nth: '1' }]);
    await client.end();
  }, 120_000);
});

test('a failover that loses nothing changes nothing: positions stay valid', async () => {
  await using database = await openReplicatedPostgres();
  const env = { DATABASE_URL: database.url, REDIS_URL: process.env.TEST_REDIS_URL!, MADANG_LOG: 'embedded' };
  await using madang = await startMadang({ env });
  await using mina = await signIn(madang.url, 'mina');
  const { roomId, position } = await createRoom(mina, '마당');
  const first = (await sendMessage(mina, { roomId, body: 'one' })).receipt.position!;
  const live = mina.events(roomId, position);
  await until(() => live.received.length === 1, 'the subscription stands');
  await until(() => atLeast(mina, roomId, first).then((code) => code === null), 'it can be read');
  await database.caughtUp();
  await database.failOver();
  const second = await sendUntilAnswered(mina, roomId, 'two', crypto.randomUUID());
  await until(() => live.received.length === 2, 'the subscriber hears on');
  expect(live.received.map(({ message }) => message?.body)).toEqual(['one', 'two']);
  expect(live.errors).toEqual([]);
  live.stop();
  for (const at of [position, first, second]) expect(await atLeast(mina, roomId, at)).toBeNull();
  const resumed = mina.events(roomId, position);
  await until(() => resumed.received.length === 2, 'and so does who resumes');
  expect(resumed.received.map((event) => event.position)).toEqual([first, second]);
  expect(madang.log.filter(({ text }) => /went back in time|MaxListenersExceeded/.test(text))).toEqual([]);
  expect(await (await fetch(`${madang.url}/metrics`)).text()).not.toMatch(/madang_lost_events_total\{[^}]*\} [1-9]/);
}, 120_000);
