import { randomUUID } from 'node:crypto';
import type { ChatClient, Receipt } from '../support/chat-client.js';
import { connect, createRoom, joinRoom, sendMessage, signIn } from '../support/chat-client.js';
import { until } from '../support/conditions.js';
import type { MadangProcess } from '../support/madang.js';
import { startMadang } from '../support/madang.js';
import type { ReplicatedPostgres } from '../support/standby.js';
import { openReplicatedPostgres } from '../support/standby.js';

// A real standby. Its replay is paused to make it lag, and each step is done through another process than the one that
// is asked: that one has no memory of it.

/** Redis has the newest 200 messages of a room, and the tables have all. */
const MESSAGES = 205;
const OLDEST = `query ($id: ID!, $at: Position) { room(id: $id, atLeast: $at) {
  messages(first: 3) { nodes { body reactions { emoji count } } } } }`;
const MEMBERS = 'query ($id: ID!) { room(id: $id) { members { nodes { handle } } } }';
const ROOMS = 'query { rooms(mine: true) { nodes { id } } }';

type Outcome = 'replica' | 'behind' | 'failed' | 'unusable';

const metricsOf = async ({ url }: MadangProcess): Promise<string> => (await fetch(`${url}/metrics`)).text();
const counted = async (process: MadangProcess, outcome: Outcome): Promise<number> =>
  Number(
    new RegExp(`madang_replica_reads_total{outcome="${outcome}"} (\\d+)`).exec(await metricsOf(process))?.[1] ?? 0,
  );
const usable = async (process: MadangProcess): Promise<string | undefined> =>
  /^madang_replica_usable (\d)$/m.exec(await metricsOf(process))?.[1];

const codeOf = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => null,
    (error: { errors?: readonly { extensions?: { code?: unknown } }[] }) => error.errors?.[0]?.extensions?.code,
  );

const command = async (client: ChatClient, name: string, input: string, fields: object): Promise<Receipt> =>
  (
    await client.mutate<Record<string, { readonly receipt: Receipt }>>(
      `mutation ($input: ${input}!) { ${name}(input: $input, waitFor: PROJECTED) { receipt {
        commandId status position rejection { code } } } }`,
      { input: { commandId: randomUUID(), ...fields } },
    )
  )[name]!.receipt;

interface Page {
  readonly room: { readonly messages: { readonly nodes: readonly { readonly body: string }[] } };
}
/** The rooms of the client, newest first. */
const roomsOf = async (client: ChatClient): Promise<readonly string[]> =>
  (await client.query<{ rooms: { nodes: readonly { readonly id: string }[] } }>(ROOMS)).rooms.nodes.map(({ id }) => id);
const oldest = async (client: ChatClient, id: string, at: string | null = null) =>
  (await client.query<Page>(OLDEST, { id, at })).room.messages.nodes;

describe('an api process with a standby for its reads', () => {
  let database: ReplicatedPostgres;
  let worker: MadangProcess;
  let front: MadangProcess;
  const clients: ChatClient[] = [];
  let roomId: string;
  let [mina, jun, kim, lee]: ChatClient[] = [];

  /** The same user through the process with the replica. */
  const atFront = (client: ChatClient): ChatClient => {
    const other = connect(front.url, client.token, client.userId);
    clients.push(other);
    return other;
  };

  /** Reads that the primary answered in its place. */
  const missed = async (): Promise<number> =>
    (await counted(front, 'behind')) + (await counted(front, 'unusable')) + (await counted(front, 'failed'));

  const readsThere = async (client: ChatClient): Promise<void> => {
    await until(async () => {
      const before = await counted(front, 'replica');
      await oldest(client, roomId);
      return (await counted(front, 'replica')) > before;
    }, 'pages are read from the replica');
  };

  beforeAll(async () => {
    database = await openReplicatedPostgres();
    const env = { DATABASE_URL: database.url, REDIS_URL: process.env.TEST_REDIS_URL!, MADANG_LOG: 'embedded' };
    worker = await startMadang({ env });
    front = await startMadang({ env: { ...env, MADANG_ROLES: 'api', DATABASE_REPLICA_URL: database.standbyUrl } });
    for (const handle of ['mina', 'jun', 'kim', 'lee']) clients.push(await signIn(worker.url, handle));
    [mina, jun, kim, lee] = clients;
    ({ roomId } = await createRoom(mina!, '마당'));
    for (const client of [jun!, kim!, lee!]) await joinRoom(client, roomId);
    await sendMessage(kim!, { roomId, body: 'message 1' });
    await sendMessage(mina!, { roomId, body: 'message 2' });
    await Promise.all(
      Array.from({ length: MESSAGES - 2 }, (_, n) => sendMessage(mina!, { roomId, body: `message ${n + 3}` })),
    );
  }, 120_000);

  afterAll(async () => {
    for (const client of clients) await client[Symbol.asyncDispose]();
    await front?.stop();
    await worker?.stop();
    await database?.[Symbol.asyncDispose]();
  });

  test('pages and lists are read there, and are those of the primary', async () => {
    const there = atFront(jun!);
    // On a busy machine a standby may lag for a moment, and the primary answers.
    await until(async () => {
      const before = await counted(front, 'replica');
      expect(await oldest(there, roomId)).toEqual(await oldest(jun!, roomId));
      expect(await there.query(MEMBERS, { id: roomId })).toEqual(await jun!.query(MEMBERS, { id: roomId }));
      expect(await roomsOf(there)).toEqual([roomId]);
      return (await counted(front, 'replica')) === before + 3;
    }, 'the replica answers all of them');
  });

  test('while it lags, every position that is asked for is there, and so are own writes', async () => {
    const there = atFront(jun!);
    await readsThere(there);
    {
      await using _paused = await database.pauseReplay();
      const { messages } = (
        await jun!.query<{ room: { messages: { nodes: { id: string }[] } } }>(
          'query ($id: ID!) { room(id: $id) { messages(first: 1) { nodes { id } } } }',
          { id: roomId },
        )
      ).room;
      const [{ id: messageId }] = messages.nodes as [{ id: string }];
      const { position } = await command(mina!, 'addReaction', 'ReactionInput', { roomId, messageId, emoji: '👍' });
      const before = await missed();
      expect((await oldest(there, roomId, position))[0]).toMatchObject({ reactions: [{ emoji: '👍', count: 1 }] });
      // An answer of /metrics is served for a while.
      await until(async () => (await missed()) > before, 'the metric says so');
      // Shown once, it is not gone for a reader who asks for no position.
      expect((await oldest(there, roomId))[0]).toMatchObject({ reactions: [{ emoji: '👍', count: 1 }] });
      const { roomId: own } = await createRoom(there, 'of jun');
      expect(await roomsOf(there)).toEqual([own, roomId]);
    }
    await readsThere(there);
    expect((await oldest(there, roomId))[0]).toMatchObject({ reactions: [{ emoji: '👍', count: 1 }] });
  });

  test('while it lags, a user who has left through another process reads nothing', async () => {
    const there = atFront(lee!);
    await readsThere(there);
    {
      await using _paused = await database.pauseReplay();
      expect(await command(lee!, 'leaveRoom', 'LeaveRoomInput', { roomId })).toMatchObject({ status: 'SUCCEEDED' });
      expect(await codeOf(oldest(there, roomId))).toBe('FORBIDDEN');
      expect(await codeOf(there.query(MEMBERS, { id: roomId }))).toBe('FORBIDDEN');
      const stale = await database.askStandby(
        `SELECT count(*)::integer AS present FROM members WHERE room_id = '${roomId}' AND present`,
      );
      expect(stale).toEqual([{ present: 4 }]);
    }
    await readsThere(atFront(jun!));
  });

  test('while it lags, the messages of a deleted account are not shown', async () => {
    const there = atFront(jun!);
    await readsThere(there);
    expect((await oldest(there, roomId))[0]).toMatchObject({ body: 'message 1' });
    {
      await using _paused = await database.pauseReplay();
      expect(await command(kim!, 'deleteAccount', 'DeleteAccountInput', {})).toMatchObject({ status: 'SUCCEEDED' });
      await until(async () => (await oldest(there, roomId))[0]!.body === '', 'the deletion is known');
      for (let n = 0; n < 5; n++) expect((await oldest(there, roomId))[0]).toMatchObject({ body: '' });
      const stale = await database.askStandby(`SELECT body FROM messages WHERE room_id = '${roomId}' AND seq = 1`);
      expect(stale).toEqual([{ body: 'message 1' }]);
    }
    await readsThere(there);
  });

  test('while it is away the primary answers, without an error, and it is said once', async () => {
    const there = atFront(jun!);
    await readsThere(there);
    const saidBefore = front.log.length;
    await database.stopStandby();
    for (let n = 0; n < 20; n++) expect(await oldest(there, roomId)).toHaveLength(3);
    await until(async () => (await usable(front)) === '0', 'the metric says so');
    const lines = front.log.slice(saidBefore).map(({ msg }) => msg);
    expect(lines.filter((msg) => msg.includes('the replica of DATABASE_REPLICA_URL does not answer'))).toHaveLength(1);
    await database.startStandby();
    await readsThere(there);
    expect(await usable(front)).toBe('1');
  });

  test('on another branch of the log it is not read', async () => {
    const there = atFront(jun!);
    await readsThere(there);
    // As a standby is that was promoted, and served other processes for a while.
    await database.askStandby('SELECT pg_promote(true, 60)');
    await database.askStandby("UPDATE messages SET body = 'of another branch'");
    await database.askStandby('UPDATE projection_checkpoints SET position = position + 1000');
    await database.askStandby('UPDATE event_heads SET epoch = epoch + 1');
    expect((await oldest(there, roomId))[1]).toMatchObject({ body: 'message 2' });
    await until(async () => (await usable(front)) === '0', 'it is found out');
    expect((await oldest(there, roomId))[1]).toMatchObject({ body: 'message 2' });
    await until(
      () => front.log.some(({ msg }) => msg.includes('is not on the branch of the log')),
      'the operator is told',
    );
  });
});
