import { randomUUID } from 'node:crypto';
import { until } from '../support/conditions.js';
import type { ContractSite } from '../support/contract-site.js';
import { openContractSite } from '../support/contract-site.js';
import { WATCH, asAdmin, campaignOf, createCampaign, press, requestOf, through } from '../support/gifticons.js';
import type { WireUser } from '../support/wire.js';
import { codeOf, command, commanded, expectUnharmed, post, wireUser } from '../support/wire.js';
import { EVENTS, eventsOf, typesOf, hear, metric } from '../support/contract.js';

// The promises to clients, beside the schema itself. Two processes of one deployment; most requests go to the first.

let site: ContractSite;
beforeAll(async () => {
  site = await openContractSite();
});
afterAll(() => site?.[Symbol.asyncDispose]());

describe('subscriptions', () => {
  test('a member’s own leaving is the last event, and completes; others go on', async () => {
    const [mina, jun] = [await site.newUser(), await site.newUser(site.second.url)];
    const roomId = await site.newRoom(mina);
    const { position } = (await commanded(jun, 'joinRoom', { roomId })).receipt;
    const [leaving, staying] = [
      hear(jun, EVENTS, { roomId, after: position }),
      hear(mina, EVENTS, { roomId, after: position }),
    ];
    await until(
      async () => (await metric([site.second], 'subscribers')) === 1,
      'the subscription of the one who leaves stands',
    );
    await commanded(jun, 'leaveRoom', { roomId });
    await commanded(mina, 'sendMessage', { roomId, body: 'alone' });
    await until(() => leaving.completed() && staying.results.length === 2, 'both have heard');
    expect(eventsOf(leaving)).toMatchObject([{ __typename: 'MemberLeft', userId: jun.userId, roomId }]);
    expect(typesOf(staying)).toEqual(['MemberLeft', 'MessagePosted']);
    expect(staying.completed()).toBe(false);
    await Promise.all([leaving.stop(), staying.stop()]);
  });

  test('the same events come over WebSocket and SSE, from both processes, in order', async () => {
    const [mina, jun] = [await site.newUser(), await site.newUser(site.second.url)];
    const roomId = await site.newRoom(mina);
    const { position } = (await commanded(jun, 'joinRoom', { roomId })).receipt;
    const elsewhere = wireUser(site.second.url, mina.token, mina.userId);
    const all = [mina, elsewhere, jun].flatMap((user) =>
      (['websocket', 'sse'] as const).map((transport) => hear(user, EVENTS, { roomId, after: position }, transport)),
    );
    const { message } = await commanded(mina, 'sendMessage', { roomId, body: 'hello' });
    await commanded(jun, 'addReaction', { roomId, messageId: message!.id, emoji: '👍' });
    await commanded(jun, 'removeReaction', { roomId, messageId: message!.id, emoji: '👍' });
    const third = await site.newUser();
    await commanded(third, 'joinRoom', { roomId });
    await commanded(third, 'leaveRoom', { roomId });
    await until(() => all.every(({ results }) => results.length === 5), 'all have heard');
    expect(typesOf(all[0]!)).toEqual([
      'MessagePosted',
      'ReactionAdded',
      'ReactionRemoved',
      'MemberJoined',
      'MemberLeft',
    ]);
    for (const each of all) expect(each.results).toEqual(all[0]!.results);
    // Resumed from the middle, over the other transport and the other process.
    const middle = eventsOf(all[0]!)[1]!.position;
    const resumed = hear(elsewhere, EVENTS, { roomId, after: middle }, 'sse');
    await until(() => resumed.results.length === 3, 'the rest has come');
    expect(resumed.results).toEqual(all[0]!.results.slice(2));
    await Promise.all([...all, resumed].map((each) => each.stop()));
  });

  test('commandSettled: before the send and after the decision, from both processes', async () => {
    const SETTLED =
      'subscription ($id: ID!) { commandSettled(commandId: $id) ' +
      '{ commandId status position rejection { code message } } }';
    const [mina, jun] = await Promise.all([site.newUser(), site.newUser()]);
    const roomId = await site.newRoom(mina);
    const commandId = randomUUID();
    const elsewhere = wireUser(site.second.url, mina.token, mina.userId);
    const early = [mina, elsewhere].flatMap((user) =>
      (['websocket', 'sse'] as const).map((transport) => hear(user, SETTLED, { id: commandId }, transport)),
    );
    await until(
      async () =>
        (await metric([site.first, site.second], 'graphql_request_seconds_count', 'operation="subscription"')) >=
        early.length,
      'they are asked for',
    );
    const { receipt } = await commanded(mina, 'sendMessage', { roomId, body: 'x', commandId });
    const late = [hear(mina, SETTLED, { id: commandId }), hear(elsewhere, SETTLED, { id: commandId }, 'sse')];
    const foreign = hear(jun, SETTLED, { id: commandId });
    await until(() => [...early, ...late, foreign].every(({ completed }) => completed()), 'all are over');
    for (const each of [...early, ...late]) expect(each.results).toEqual([{ data: { commandSettled: receipt } }]);
    expect(foreign.results).toEqual([]);
    const rejected = await command(jun, 'sendMessage', { roomId, body: 'x', commandId: randomUUID() });
    const told = hear(jun, SETTLED, { id: rejected.result!.receipt.commandId });
    await until(() => told.completed(), 'a rejection settles it, too');
    expect(told.results).toEqual([
      {
        data: {
          commandSettled: {
            ...rejected.result!.receipt,
            status: 'REJECTED',
            rejection: { code: 'NOT_A_MEMBER', message: expect.any(String) },
          },
        },
      },
    ]);
    await Promise.all([...early, ...late, foreign, told].map((each) => each.stop()));
  });
});

describe('waiting and reading', () => {
  const LAST =
    'query ($id: ID!, $at: Position) { room(id: $id, atLeast: $at) { unreadCount myReadSeq lastMessage { id body } } }';
  interface Last {
    readonly room: {
      readonly unreadCount: number;
      readonly myReadSeq: number;
      readonly lastMessage: { readonly id: string; readonly body: string };
    };
  }

  test('ACCEPTED says only that the command is safe; its outcome can be queried', async () => {
    const mina = await site.newUser();
    const roomId = await site.newRoom(mina);
    const commandId = randomUUID();
    const { result } = await command(mina, 'sendMessage', { roomId, body: 'on its way', commandId }, 'ACCEPTED');
    expect(result).toEqual({
      receipt: { commandId, status: 'ACCEPTED', position: null, rejection: null },
      message: null,
    });
    const status = async () =>
      (
        await mina.ask<{ command: { status: string } | null }>('query ($id: ID!) { command(id: $id) { status } }', {
          id: commandId,
        })
      ).data!.command?.status;
    await until(async () => (await status()) === 'SUCCEEDED', 'it is decided');
  });

  test('DECIDED gives position and message; PROJECTED lets every process read it at once', async () => {
    const mina = await site.newUser();
    const elsewhere = wireUser(site.second.url, mina.token, mina.userId);
    const roomId = await site.newRoom(mina);
    for (let round = 0; round < 10; round++) {
      const { receipt, message } = await commanded(
        mina,
        'sendMessage',
        { roomId, body: `round ${round}` },
        round % 2 ? 'DECIDED' : 'PROJECTED',
      );
      expect([receipt.position, message?.seq]).toEqual([expect.any(String), round + 1]);
      const { data } = await elsewhere.ask<Last>(LAST, { id: roomId, at: round % 2 ? receipt.position : null });
      expect(data!.room.lastMessage).toEqual({ id: message!.id, body: `round ${round}` });
      const here = await mina.ask<Last>(LAST, { id: roomId });
      expect(here.data!.room.lastMessage.id).toBe(message!.id);
    }
  });

  test('own messages count as read, others’ with markRead, which never goes back', async () => {
    const [mina, jun] = [await site.newUser(), await site.newUser(site.second.url)];
    const roomId = await site.newRoom(mina);
    await commanded(jun, 'joinRoom', { roomId });
    const counts = async (user: WireUser, at: string | null = null): Promise<unknown> => {
      const { room } = (await user.ask<Last>(LAST, { id: roomId, at })).data!;
      return [room.myReadSeq, room.unreadCount];
    };
    for (const body of ['1', '2', '3']) await commanded(mina, 'sendMessage', { roomId, body });
    const { position } = (await commanded(mina, 'sendMessage', { roomId, body: '4' })).receipt;
    expect(await counts(mina)).toEqual([4, 0]);
    expect(await counts(jun, position)).toEqual([0, 4]);
    await commanded(jun, 'markRead', { roomId, seq: 3 });
    expect(await counts(jun)).toEqual([3, 1]);
    await commanded(jun, 'markRead', { roomId, seq: 1 });
    expect(await counts(jun)).toEqual([3, 1]);
    const own = await commanded(jun, 'sendMessage', { roomId, body: '5' });
    expect(await counts(jun)).toEqual([5, 0]);
    expect(await counts(mina, own.receipt.position)).toEqual([4, 1]);
  });

  test('`mine` is each viewer’s own, in queries and in subscriptions to one room', async () => {
    const [mina, jun] = [await site.newUser(), await site.newUser()];
    const roomId = await site.newRoom(mina);
    const { position } = (await commanded(jun, 'joinRoom', { roomId })).receipt;
    const groups = (): Promise<number> => metric([site.first], 'fan_out_groups');
    await until(async () => (await groups()) === 0, 'the groups of other tests are gone');
    const heard = [mina, jun].map((user) => hear(user, EVENTS, { roomId, after: position }));
    const { message } = await commanded(mina, 'sendMessage', { roomId, body: 'react!' });
    const react = (user: WireUser, emoji: string) =>
      commanded(user, 'addReaction', { roomId, messageId: message!.id, emoji }, 'PROJECTED');
    await react(mina, '👍');
    await react(jun, '👍');
    await react(jun, '🎉');
    const REACTIONS =
      'query ($id: ID!) { room(id: $id) { lastMessage { reactions { emoji count mine } ' +
      '} messages(last: 1) { nodes { reactions { emoji count mine } } } } }';
    const [seenByMina, seenByJun] = await Promise.all(
      [mina, jun].map(async (user) => (await user.ask(REACTIONS, { id: roomId })).data),
    );
    const seen = (party: boolean) => {
      const reactions = [
        { emoji: '👍', count: 2, mine: true },
        { emoji: '🎉', count: 1, mine: party },
      ];
      return { room: { lastMessage: { reactions }, messages: { nodes: [{ reactions }] } } };
    };
    expect([seenByMina, seenByJun]).toEqual([seen(false), seen(true)]);
    await until(() => heard.every(({ results }) => results.length === 4), 'all is heard');
    for (const each of heard)
      expect(each.results.map(({ errors }) => errors)).toEqual([undefined, undefined, undefined, undefined]);
    expect(eventsOf(heard[0]!)).toEqual(eventsOf(heard[1]!));
    // A new message has no reactions, so that both are one group. The page of metrics is served for a while.
    await until(async () => (await groups()) > 0, 'the metrics are of now');
    expect(await groups()).toBe(1);
    await Promise.all(heard.map((each) => each.stop()));
  });
});

describe('gifticons', () => {
  const SETTLED =
    'subscription ($id: ID!) { commandSettled(commandId: $id) ' +
    '{ commandId status position rejection { code message } } }';
  const COMMAND = 'query ($id: ID!) { command(id: $id) { commandId status position rejection { code message } } }';
  const both = (user: WireUser): readonly WireUser[] => [user, through(site.second.url, user)];
  const campaignOfStock = async (stock: number): Promise<string> =>
    (await createCampaign(await asAdmin(site.deployment, await site.newUser()), { stock })).id;

  test('a request is a command: accepted by default, counted, and settled like any other', async () => {
    const [campaignId, mina] = [await campaignOfStock(1), await site.newUser()];
    const counted = ['accepted', 'decided'].map(
      (stage) => [`commands_${stage}_total`, 'type="RequestGifticon"'] as const,
    );
    const before = await Promise.all(counted.map(([name, labels]) => metric([site.first, site.second], name, labels)));
    const commandId = randomUUID();
    const early = both(mina).map((user) => hear(user, SETTLED, { id: commandId }, 'sse'));
    const { receipt } = await press(mina, campaignId, { commandId });
    expect(receipt).toEqual({ commandId, status: 'ACCEPTED', position: null, rejection: null });
    await until(() => early.every(({ completed }) => completed()), 'it is settled');
    const { receipt: settled } = await press(mina, campaignId, { commandId, waitFor: 'DECIDED' });
    expect(settled).toEqual({ commandId, status: 'SUCCEEDED', position: expect.any(String), rejection: null });
    for (const [index, user] of both(mina).entries()) {
      expect(early[index]!.results).toEqual([{ data: { commandSettled: settled } }]);
      expect((await user.ask(COMMAND, { id: commandId })).data).toEqual({ command: settled });
    }
    for (const [index, [name, labels]] of counted.entries())
      await until(
        async () => (await metric([site.first, site.second], name, labels)) > before[index]!,
        `${name} has grown`,
      );
    await Promise.all(early.map((each) => each.stop()));
  });

  test('a request is watched over either transport and process, also after its outcome', async () => {
    const [campaignId, mina] = [await campaignOfStock(1), await site.newUser()];
    const { request } = await press(mina, campaignId, { waitFor: 'DECIDED' });
    expect(request.status).toBe('ISSUED');
    const heard = both(mina).flatMap((user) =>
      (['websocket', 'sse'] as const).map((transport) => hear(user, WATCH, { id: request.id }, transport)),
    );
    await until(() => heard.every(({ completed }) => completed()), 'all are over');
    for (const { results } of heard) expect(results).toEqual([{ data: { gifticonRequest: request } }]);
    await Promise.all(heard.map((each) => each.stop()));
  });

  test('PROJECTED lets every process show it', async () => {
    const campaignId = await campaignOfStock(5);
    for (let issued = 1; issued <= 5; issued++) {
      const mina = await site.newUser();
      const { receipt, request } = await press(mina, campaignId, { waitFor: 'PROJECTED' });
      expect([receipt.status, request]).toEqual(['SUCCEEDED', await requestOf(mina, request.id)]);
      for (const user of both(mina)) {
        await until(
          async () => (await requestOf(user, request.id))?.status === 'ISSUED',
          'the request is issued',
          2_000,
        );
        await until(
          async () => (await campaignOf(user, campaignId))?.issued === issued,
          'the campaign counts it',
          2_000,
        );
      }
    }
  });
});

test('anonymous operations other than signIn are UNAUTHENTICATED', async () => {
  expect(codeOf(await post(site.first.url, '{"query":"{ me { id } }"}'))).toBe('UNAUTHENTICATED');
});

test('both processes are unharmed', async () => {
  for (const each of [site.first, site.second]) await expectUnharmed(each);
});
