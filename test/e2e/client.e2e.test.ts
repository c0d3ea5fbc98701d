import { randomUUID } from 'node:crypto';
import type { MadangError, RoomEvent } from '@madang/client';
import { TRANSPORTS } from '../support/client-transports.js';
import { until } from '../support/conditions.js';
import type { Deployment } from '../support/deployment.js';
import { openDeployment } from '../support/deployment.js';
import { asAdmin, campaignOf, createCampaign, press } from '../support/gifticons.js';
import type { MadangProcess } from '../support/madang.js';
import { holdOrRelease } from '../support/operator.js';
import type { WireUser } from '../support/wire.js';
import { signInOnWire } from '../support/wire.js';

// `@madang/client` as it is packed, over each client library, with a server that is killed and restarted.

const names = Object.keys(TRANSPORTS) as (keyof typeof TRANSPORTS)[];
const MESSAGES = 40;

let deployment: Deployment;
let server: MadangProcess;
let url: string;

const start = async (): Promise<void> => {
  server = await deployment.start(url ? { PORT: new URL(url).port } : {});
  url = server.url;
};

beforeAll(async () => {
  deployment = await openDeployment('embedded');
  await start();
});

afterAll(async () => {
  await server?.stop();
  await deployment?.[Symbol.asyncDispose]();
});

const handleOf = (name: string): string => `${name.toLowerCase().replace(/\W/g, '-')}-${randomUUID().slice(0, 6)}`;
const bodies = (events: readonly RoomEvent[]): readonly string[] =>
  events.flatMap((event) => (event.__typename === 'MessagePosted' ? [event.message.body] : []));
const readSeq = async (user: WireUser, id: string): Promise<number> =>
  (await user.ask<{ room: { myReadSeq: number } }>('query ($id: ID!) { room(id: $id) { myReadSeq } }', { id })).data!
    .room.myReadSeq;

describe.each(names)('over %s', (name) => {
  test('a room is followed to its end: a bounded list, read marks, leaving', async () => {
    const host = await signInOnWire(url, handleOf('host'));
    await using hosting = TRANSPORTS[name](url, host.token);
    const { room } = await hosting.madang.send('createRoom', { title: name });
    const roomId = room!.id;
    const user = await signInOnWire(url, handleOf(name));
    await using open = TRANSPORTS[name](url, user.token);
    const { madang } = open;
    await madang.send('joinRoom', { roomId });
    const seen: RoomEvent[] = [];
    const following = await madang.follow(roomId, { keep: 3, onEvent: (event) => seen.push(event) });
    for (let n = 1; n <= 5; n++) await hosting.madang.send('sendMessage', { roomId, body: `${n}` });
    await until(() => bodies(seen).length === 5, 'five messages');
    expect(bodies(following.events)).toEqual(['3', '4', '5']);

    madang.markRead(roomId, 2);
    await until(async () => (await readSeq(user, roomId)) === 2, 'the first mark goes at once');
    madang.markRead(roomId, 5);
    await madang.flushRead(roomId);
    expect(await readSeq(user, roomId)).toBe(5);

    await madang.send('leaveRoom', { roomId });
    await following.ended;
    expect(seen.at(-1)).toMatchObject({ __typename: 'MemberLeft', userId: user.userId });
  });

  test('a refusal has its code in the receipt, or as an error', async () => {
    const user = await signInOnWire(url, handleOf(name));
    await using open = TRANSPORTS[name](url, user.token);
    const { receipt } = await open.madang.send('sendMessage', { roomId: randomUUID(), body: 'x' });
    expect(receipt).toMatchObject({ status: 'REJECTED', rejection: { code: 'ROOM_NOT_FOUND' } });
    await expect(open.madang.follow(randomUUID())).rejects.toMatchObject({ code: 'ROOM_NOT_FOUND', isPassing: false });
    await expect(open.madang.send('createRoom', { title: '' })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await using stranger = TRANSPORTS[name](url, 'not-a-token');
    await expect(stranger.madang.send('createRoom', { title: 'x' })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  test('a gifticon request is followed to its code; a second press gets the same', async () => {
    const admin = await asAdmin(deployment, await signInOnWire(url, 'admin'));
    const campaign = await createCampaign(admin, { stock: 5 });
    const user = await signInOnWire(url, handleOf(name));
    await using open = TRANSPORTS[name](url, user.token);
    const places: number[] = [];
    const first = await open.madang.press(campaign.id, { onChange: ({ ahead }) => places.push(ahead) });
    expect(first).toMatchObject({ status: 'ISSUED', campaignId: campaign.id });
    expect(first.code).toMatch(/\S{8,}/);
    expect(places.length).toBeGreaterThan(0);
    const again = await open.madang.press(campaign.id);
    expect([again.id, again.code]).toEqual([first.id, first.code]);
  });

  test('the place of a gifticon request comes from the progress of the campaign', async () => {
    const admin = await asAdmin(deployment, await signInOnWire(url, 'admin'));
    const campaign = await createCampaign(admin, { stock: 5 });
    const hold = async (held: boolean): Promise<void> => {
      await holdOrRelease(deployment, held ? 'PauseGifticonCampaign' : 'ResumeGifticonCampaign', campaign.id);
      await until(async () => (await campaignOf(admin, campaign.id))?.paused === held, 'the server knows it');
    };
    await hold(true);
    const told: { readonly number?: number | null; readonly ahead: number; readonly status: string }[] = [];
    for (const other of ['one', 'two']) await press(await signInOnWire(url, `${handleOf(name)}${other}`), campaign.id);
    await using open = TRANSPORTS[name](url, (await signInOnWire(url, handleOf(name))).token);
    const pressed = open.madang.press(campaign.id, { onChange: (request) => told.push(request) });
    await until(() => told.length > 0, 'the request is taken');
    expect(told[0]).toMatchObject({ number: 3, ahead: 2, status: 'QUEUED' });
    await hold(false);
    expect(await pressed).toMatchObject({ status: 'ISSUED', number: 3 });
    expect(told.slice(1).every(({ ahead }, n) => ahead <= told[n]!.ahead)).toBe(true);
  });
});

describe('over every library', () => {
  test('kill -9 of the server loses and repeats nothing', async () => {
    const expected = Array.from({ length: MESSAGES }, (_, n) => `${n}`);
    const { rooms, restarted } = await killedUnder(names, expected);
    for (const { name, seqs, events, interruptions, end } of rooms) {
      expect([name, seqs]).toEqual([name, expected.map((_, n) => n + 1)]);
      expect([name, bodies(events)]).toEqual([name, expected]);
      expect(events.some((event) => 'position' in event)).toBe(false);
      expect([name, interruptions.every((failure) => failure.isPassing)]).toEqual([name, true]);
      expect(interruptions.length).toBeGreaterThan(0);
      await end();
    }
    expect(restarted).toBe(1);
  }, 120_000);
});

/** Sends to a room of each library, and kills the server in the middle. */
async function killedUnder(libraries: readonly (keyof typeof TRANSPORTS)[], texts: readonly string[]) {
  let restarted = 0;
  let restarting: Promise<void> | undefined;
  const restart = async (): Promise<void> => {
    restarted += 1;
    await server.kill();
    await start();
  };
  const rooms = await Promise.all(
    libraries.map(async (name) => {
      const user = await signInOnWire(url, handleOf(name));
      const open = TRANSPORTS[name](url, user.token);
      const { madang } = open;
      const { room } = await madang.send('createRoom', { title: name });
      const interruptions: MadangError[] = [];
      const following = await madang.follow(room!.id, { onInterruption: (failure) => interruptions.push(failure) });
      const seqs: number[] = [];
      for (const [index, body] of texts.entries()) {
        if (index === texts.length / 2) restarting ??= restart();
        const { receipt, message } = await madang.send('sendMessage', { roomId: room!.id, body });
        expect([name, receipt.status]).toEqual([name, 'SUCCEEDED']);
        seqs.push(message!.seq);
      }
      await until(() => bodies(following.events).length >= texts.length, `${name} has followed to the end`);
      const end = async (): Promise<void> => {
        following.stop();
        await following.ended;
        await open[Symbol.asyncDispose]();
      };
      return { name, seqs, events: following.events, interruptions, end };
    }),
  );
  await restarting;
  return { rooms, restarted };
}
