import { randomUUID } from 'node:crypto';
import { until } from '../support/conditions.js';
import type { Deployment } from '../support/deployment.js';
import { engines, openDeployment } from '../support/deployment.js';
import type { MadangProcess } from '../support/madang.js';
import type { WireUser } from '../support/wire.js';
import {
  codeOf,
  command,
  commanded,
  endOf,
  expectServed,
  expectUnharmed,
  signInOnWire,
  wireUser,
} from '../support/wire.js';

const NIL = '00000000-0000-0000-0000-000000000000';
const LONE_SURROGATE = '\ud800';

describe('input that the domain cannot take', () => {
  let deployment: Deployment;
  let madang: MadangProcess;
  let mina: WireUser;
  let jun: WireUser;
  let roomId: string;
  let otherRoomId: string;
  let messageId: string;
  let otherMessageId: string;

  beforeAll(async () => {
    deployment = await openDeployment('embedded');
    madang = await deployment.start({ SEND_LIMIT_PER_SECOND: '0' });
    [mina, jun] = await Promise.all([signInOnWire(madang.url, 'mina'), signInOnWire(madang.url, 'jun')]);
    [roomId, otherRoomId] = (await Promise.all(
      [mina, jun].map(async (user) => (await commanded(user, 'createRoom', { title: '마당' })).room!.id),
    )) as [string, string];
    messageId = (await commanded(mina, 'sendMessage', { roomId, body: 'first' })).message!.id;
    otherMessageId = (await commanded(jun, 'sendMessage', { roomId: otherRoomId, body: 'first' })).message!.id;
  });
  afterAll(async () => {
    await madang?.stop();
    await deployment?.[Symbol.asyncDispose]();
  });
  afterEach(() => expectServed(mina, roomId));

  const refused = async (name: string, input: Record<string, unknown>): Promise<unknown> => {
    const { errors, result, status } = await command(mina, name, input);
    const [error] = errors;
    // The message names the field, explains the error, and repeats none of the input.
    expect(error?.message).toMatch(new RegExp(`^${error?.extensions.field}: \\S.{10,200}$`));
    return { status, result, code: error?.extensions.code, field: error?.extensions.field, errors: errors.length };
  };
  const badInput = (field: string) => ({ status: 200, result: null, code: 'BAD_USER_INPUT', field, errors: 1 });

  test.each([
    ['empty', ''],
    ['white space', ' \n\t\u3000'],
    ['characters that cannot be seen', '\u200b\u2060'],
    ['4,001 characters', 'x'.repeat(4_001)],
    ['4,001 emojis', '😀'.repeat(4_001)],
    ['200,000 characters', 'x'.repeat(200_000)],
    ['NUL', 'a\0b'],
    ['a control character', 'a\u0007b'],
    ['a carriage return', 'a\r\nb'],
    ['a lone surrogate', LONE_SURROGATE],
    ['a lone surrogate within', `a${LONE_SURROGATE}b`],
  ])('a message with %s is refused', async (_what, body) => {
    expect(await refused('sendMessage', { roomId, body })).toEqual(badInput('body'));
  });

  test('4,000 emojis are a message, and come back as they were sent', async () => {
    const body = '😀'.repeat(4_000);
    const { message } = await commanded(mina, 'sendMessage', { roomId, body });
    expect(message?.body).toBe(body);
  });

  test.each([
    ['empty', ''],
    ['white space', '   '],
    ['201 characters', 'x'.repeat(201)],
    ['a line break', 'a\nb'],
    ['NUL', 'a\0'],
    ['a lone surrogate', LONE_SURROGATE],
    ['a turn of direction', 'a\u202eb'],
  ])('a title with %s is refused', async (_what, title) => {
    expect(await refused('createRoom', { title })).toEqual(badInput('title'));
  });

  test.each([
    ['empty', ''],
    ['white space', ' '],
    ['31 characters', 'x'.repeat(31)],
    ['100,000 characters', 'x'.repeat(100_000)],
    ['a space', 'a b'],
    ['NUL', 'a\0'],
    ['a lone surrogate', `a${LONE_SURROGATE}`],
    ['a hyphen first', '-a'],
    ['an emoji', '😀'],
    ['letters that cannot be seen', '\u3164'],
  ])('a handle with %s is refused', async (_what, handle) => {
    const answer = await mina.ask('mutation ($handle: String!) { signIn(handle: $handle) { token } }', { handle });
    expect(answer.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: 'handle' } }]);
    expect(answer.data).toBeNull();
  });

  test.each([
    ['empty', ''],
    ['a word', 'smile'],
    ['two emojis', '😀😀'],
    ['a digit', '1'],
    ['NUL', '\0'],
    ['a lone surrogate', LONE_SURROGATE],
    ['a long short code', `:${'x'.repeat(80)}:`],
  ])('a reaction with %s is refused', async (_what, emoji) => {
    for (const name of ['addReaction', 'removeReaction'])
      expect(await refused(name, { roomId, messageId, emoji })).toEqual(badInput('emoji'));
  });

  test.each([
    ['empty', ''],
    ['a word', 'lobby'],
    ['NUL', '\0'],
    ['a lone surrogate', LONE_SURROGATE],
    ['100,000 characters', 'x'.repeat(100_000)],
    ['SQL', "' OR 1=1 --"],
  ])('a room id that is %s is refused by commands, and names no room to queries', async (_what, malformed) => {
    for (const name of ['joinRoom', 'leaveRoom'])
      expect(await refused(name, { roomId: malformed })).toEqual(badInput('roomId'));
    expect(await refused('sendMessage', { roomId: malformed, body: 'x' })).toEqual(badInput('roomId'));
    expect(await refused('markRead', { roomId: malformed, seq: 1 })).toEqual(badInput('roomId'));
    expect(await refused('addReaction', { roomId: malformed, messageId, emoji: '👍' })).toEqual(badInput('roomId'));
    const answer = await mina.ask('query ($id: ID!) { room(id: $id) { id } }', { id: malformed });
    expect(answer).toMatchObject({ data: { room: null }, errors: [] });
  });

  test('a room that does not exist: null to queries, ROOM_NOT_FOUND to commands', async () => {
    for (const unknown of [randomUUID(), NIL]) {
      expect((await mina.ask('query ($id: ID!) { room(id: $id) { id } }', { id: unknown })).data).toEqual({
        room: null,
      });
      for (const name of ['joinRoom', 'leaveRoom'])
        expect(endOf(await command(mina, name, { roomId: unknown }))).toBe('ROOM_NOT_FOUND');
      expect(endOf(await command(mina, 'sendMessage', { roomId: unknown, body: 'x' }))).toBe('ROOM_NOT_FOUND');
      expect(endOf(await command(mina, 'markRead', { roomId: unknown, seq: 1 }))).toBe('ROOM_NOT_FOUND');
      for (const name of ['addReaction', 'removeReaction']) {
        expect(endOf(await command(mina, name, { roomId: unknown, messageId, emoji: '👍' }))).toBe('ROOM_NOT_FOUND');
      }
    }
  });

  test('a message that does not exist, or is in another room: MESSAGE_NOT_FOUND', async () => {
    const unknown = [
      '',
      'nonsense',
      '\0',
      LONE_SURROGATE,
      `${roomId}.0`,
      `${roomId}.999999`,
      `${roomId}.9999999999999999`,
      `${roomId}.1.1`,
      randomUUID(),
      otherMessageId,
    ];
    for (const messageId of unknown) {
      for (const name of ['addReaction', 'removeReaction']) {
        const { result } = await command(mina, name, { roomId, messageId, emoji: '👍' });
        expect([messageId, result?.receipt]).toMatchObject([
          messageId,
          { status: 'REJECTED', position: null, rejection: { code: 'MESSAGE_NOT_FOUND' } },
        ]);
      }
    }
    expect(await refused('addReaction', { roomId, messageId: 'x'.repeat(65), emoji: '👍' })).toEqual(
      badInput('messageId'),
    );
  });

  test('a read mark beyond the last message is rejected, one before the first is refused', async () => {
    expect(endOf(await command(mina, 'markRead', { roomId, seq: 1_000_000 }))).toBe('SEQ_OUT_OF_RANGE');
    expect(endOf(await command(mina, 'markRead', { roomId, seq: 2_147_483_647 }))).toBe('SEQ_OUT_OF_RANGE');
    expect(await refused('markRead', { roomId, seq: -1 })).toEqual(badInput('seq'));
    for (const seq of [1.5, 2 ** 31, 'two', null])
      expect(codeOf(await command(mina, 'markRead', { roomId, seq }))).toBe('BAD_USER_INPUT');
  });

  test.each([
    ['empty', ''],
    ['a word', 'mine'],
    ['the nil UUID', NIL],
    ['300 characters', 'a'.repeat(300)],
    ['a UUID with something behind it', `${randomUUID()}x`],
    ['a lone surrogate', LONE_SURROGATE],
    ['a number', 7],
  ])('a commandId that is %s is refused in every place', async (_what, commandId) => {
    expect(await refused('sendMessage', { roomId, body: 'x', commandId })).toEqual(badInput('commandId'));
    expect(await refused('createRoom', { title: 'x', commandId })).toEqual(badInput('commandId'));
    const asked = await mina.ask('query ($id: ID!) { command(id: $id) { status } }', { id: commandId });
    expect(asked.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: 'id' } }]);
  });

  test('an unused commandId is unknown, not an error', async () => {
    expect((await mina.ask('query ($id: ID!) { command(id: $id) { status } }', { id: randomUUID() })).data).toEqual({
      command: null,
    });
  });

  test('a stranger reads and writes nothing in a room', async () => {
    const { position } = (await commanded(mina, 'sendMessage', { roomId, body: 'secret' })).receipt;
    for (const field of ['messages { nodes { body } }', 'members { nodes { handle } }']) {
      const answer = await jun.ask(`query ($id: ID!) { room(id: $id) { ${field} } }`, { id: roomId });
      expect([field, codeOf(answer)]).toEqual([field, 'FORBIDDEN']);
      expect(answer.text).not.toMatch(/secret|mina/);
    }
    const seen = await jun.ask(
      'query ($id: ID!, $at: Position) { room(id: $id, atLeast: $at) { myReadSeq unreadCount lastMessage { body } } }',
      { id: roomId, at: position },
    );
    expect(seen).toMatchObject({
      data: { room: { myReadSeq: null, unreadCount: null, lastMessage: null } },
      errors: [],
    });
    for (const [name, input] of [
      ['sendMessage', { roomId, body: 'x' }],
      ['addReaction', { roomId, messageId, emoji: '👍' }],
      ['removeReaction', { roomId, messageId: 'nonsense', emoji: '👍' }],
      ['markRead', { roomId, seq: 1 }],
      ['leaveRoom', { roomId }],
    ] as const) {
      expect([name, endOf(await command(jun, name, input))]).toEqual([name, 'NOT_A_MEMBER']);
    }
  });

  test('without a token every operation but signIn is UNAUTHENTICATED', async () => {
    const nobody: WireUser = {
      ...wireUser(madang.url, '', ''),
      ask: (query, variables) => mina.ask(query, variables, { authorization: '' }),
    };
    // An empty header is no token.
    const answers = await Promise.all([
      nobody.ask('{ me { id } }'),
      nobody.ask('{ rooms { nodes { id } } }'),
      nobody.ask('query ($id: ID!) { room(id: $id) { title } }', { id: roomId }),
      nobody.ask('query ($id: ID!) { command(id: $id) { status } }', { id: randomUUID() }),
      command(nobody, 'sendMessage', { roomId, body: 'x' }),
      command(nobody, 'createRoom', { title: 'x' }),
    ]);
    expect(answers.map(codeOf)).toEqual(answers.map(() => 'UNAUTHENTICATED'));
  });

  test('a repeated action is rejected, and changes nothing', async () => {
    await commanded(mina, 'addReaction', { roomId, messageId, emoji: '👍' });
    expect(endOf(await command(mina, 'addReaction', { roomId, messageId, emoji: '👍' }))).toBe('ALREADY_REACTED');
    await commanded(mina, 'removeReaction', { roomId, messageId, emoji: '👍' });
    expect(endOf(await command(mina, 'removeReaction', { roomId, messageId, emoji: '👍' }))).toBe('REACTION_NOT_FOUND');
    expect(endOf(await command(mina, 'joinRoom', { roomId }))).toBe('ALREADY_A_MEMBER');
  });

  test('the process is unharmed', () => expectUnharmed(madang));
});

describe.each(engines)('a repeated commandId, on %s', (engine) => {
  let deployment: Deployment;
  let processes: readonly [MadangProcess, MadangProcess];
  let mina: WireUser;
  let elsewhere: WireUser;
  let jun: WireUser;
  let roomId: string;

  beforeAll(async () => {
    deployment = await openDeployment(engine);
    const first = await deployment.start({ SEND_LIMIT_PER_SECOND: '0' });
    processes = [first, await deployment.start({ SEND_LIMIT_PER_SECOND: '0' })];
    [mina, jun] = await Promise.all([signInOnWire(first.url, 'mina'), signInOnWire(first.url, 'jun')]);
    elsewhere = wireUser(processes[1].url, mina.token, mina.userId);
    roomId = (await commanded(mina, 'createRoom', { title: '마당' })).room!.id;
    await commanded(jun, 'joinRoom', { roomId });
  }, 120_000);
  afterAll(async () => {
    await Promise.all(processes?.map((each) => each.stop()) ?? []);
    await deployment?.[Symbol.asyncDispose]();
  });
  afterEach(() => expectServed(mina, roomId));

  const messages = async (): Promise<readonly { id: string; body: string }[]> => {
    const { data } = await mina.ask<{ room: { messages: { nodes: { id: string; body: string }[] } } }>(
      'query ($id: ID!) { room(id: $id) { messages(last: 100) { nodes { id body } } } }',
      { id: roomId },
    );
    return data!.room.messages.nodes;
  };

  test('with the same content: one receipt and one message, from every process', async () => {
    const commandId = randomUUID();
    const input = { roomId, body: `once ${commandId}`, commandId };
    const first = await commanded(mina, 'sendMessage', input);
    const repeats = await Promise.all(
      [mina, elsewhere].flatMap((user) =>
        ['ACCEPTED', 'DECIDED', 'PROJECTED'].map((stage) => command(user, 'sendMessage', input, stage)),
      ),
    );
    for (const { result } of repeats) expect(result).toEqual(first);
    expect((await command(mina, 'sendMessage', { ...input, commandId: commandId.toUpperCase() })).result).toEqual(
      first,
    );
    expect((await messages()).filter(({ body }) => body === input.body)).toEqual([
      { id: first.message!.id, body: input.body },
    ]);
    for (const user of [mina, elsewhere]) {
      const asked = await user.ask(
        'query ($id: ID!) { command(id: $id) { commandId status position rejection { code message } } }',
        { id: commandId },
      );
      expect(asked.data).toEqual({ command: first.receipt });
    }
  });

  test('at the same time through both processes: one message', async () => {
    const commandId = randomUUID();
    const input = { roomId, body: `storm ${commandId}`, commandId };
    const storm = await Promise.all(
      Array.from({ length: 24 }, (_, index) =>
        command([mina, elsewhere][index % 2]!, 'sendMessage', input, ['ACCEPTED', 'DECIDED', 'PROJECTED'][index % 3]),
      ),
    );
    const decided = storm.flatMap(({ result }) => (result!.receipt.status === 'SUCCEEDED' ? [result] : []));
    expect(decided.length).toBeGreaterThanOrEqual(16);
    expect(new Set(decided.map((result) => JSON.stringify(result))).size).toBe(1);
    await until(async () => (await messages()).some(({ body }) => body === input.body), 'the message can be read');
    // Every earlier command of the room has been decided once a later one is.
    await commanded(mina, 'sendMessage', { roomId, body: 'after the storm' }, 'PROJECTED');
    expect((await messages()).filter(({ body }) => body === input.body)).toHaveLength(1);
  });

  test('with other content or command: COMMAND_ID_REUSED, without an effect', async () => {
    const commandId = randomUUID();
    const first = await commanded(mina, 'sendMessage', { roomId, body: 'original', commandId });
    const before = await messages();
    for (const stage of ['ACCEPTED', 'DECIDED', 'PROJECTED']) {
      for (const user of [mina, elsewhere]) {
        expect(endOf(await command(user, 'sendMessage', { roomId, body: 'changed', commandId }, stage))).toBe(
          'COMMAND_ID_REUSED',
        );
        expect(endOf(await command(user, 'createRoom', { title: 'original', commandId }, stage))).toBe(
          'COMMAND_ID_REUSED',
        );
      }
    }
    expect(await messages()).toEqual(before);
    expect(
      (
        await mina.ask(
          'query ($id: ID!) { command(id: $id) { commandId status position rejection { code message } } }',
          { id: commandId },
        )
      ).data,
    ).toEqual({ command: first.receipt });
  });

  test('from another user: no part of the first receipt is shown, without an effect', async () => {
    const commandId = randomUUID();
    const { receipt, message } = await commanded(mina, 'sendMessage', { roomId, body: 'mine alone', commandId });
    for (const stage of ['ACCEPTED', 'DECIDED', 'PROJECTED']) {
      const answer = await command(jun, 'sendMessage', { roomId, body: 'mine alone', commandId }, stage);
      expect(endOf(answer)).toBe('COMMAND_ID_REUSED');
      expect(answer.result).toMatchObject({ receipt: { position: null }, message: null });
      expect(answer.text).not.toContain(receipt.position!);
      expect(answer.text).not.toContain(message!.id);
    }
    expect((await jun.ask('query ($id: ID!) { command(id: $id) { status } }', { id: commandId })).data).toEqual({
      command: null,
    });
    expect((await messages()).filter(({ body }) => body === 'mine alone')).toHaveLength(1);
  });

  test('a rejection stays one, even after its cause is gone', async () => {
    const commandId = randomUUID();
    const stranger = await signInOnWire(processes[0].url, 'sora');
    const input = { roomId, body: 'let me in', commandId };
    expect(endOf(await command(stranger, 'sendMessage', input))).toBe('NOT_A_MEMBER');
    await commanded(stranger, 'joinRoom', { roomId });
    expect(endOf(await command(stranger, 'sendMessage', input))).toBe('NOT_A_MEMBER');
    expect(endOf(await command(stranger, 'sendMessage', { ...input, commandId: randomUUID() }))).toBe('SUCCEEDED');
  });

  test('both processes are unharmed', async () => {
    for (const each of processes) await expectUnharmed(each);
  });
});
