import { randomBytes, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type pg from 'pg';
import { openPool } from '../../src/engine/postgres/pool.js';
import { openRedis } from '../../src/engine/redis/client.js';
import { redisProjections, postgresProjections } from '../../src/projections/registry.js';
import type { ChatClient, Receipt } from '../support/chat-client.js';
import { connect, createRoom, joinRoom, sendMessage } from '../support/chat-client.js';
import { quietLogger, until } from '../support/conditions.js';
import { engines, openDeployment } from '../support/deployment.js';
import { tracesIn, tracesInRedis } from '../support/traces.js';

const SECRET = randomBytes(32).toString('hex');
const SAID = `said-${randomBytes(6).toString('hex')}`;

/** A user with a token of an identity provider. */
async function user(url: string, handle: string, name: string, id = `idp|${randomUUID()}`): Promise<ChatClient> {
  const token = await new SignJWT({ handle, name, roles: [] })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(id)
    .setExpirationTime('1h')
    .sign(Buffer.from(SECRET));
  return connect(url, token, id);
}

const deleteAccount = async (client: ChatClient): Promise<Receipt> =>
  (
    await client.mutate<{ deleteAccount: { receipt: Receipt } }>(
      'mutation Delete($input: DeleteAccountInput!) { deleteAccount(input: $input) { receipt ' +
        '{ commandId status position rejection { code } } } }',
      { input: {} },
    )
  ).deleteAccount.receipt;

const react = (client: ChatClient, roomId: string, messageId: string) =>
  client.mutate('mutation React($input: ReactionInput!) { addReaction(input: $input) { receipt { status } } }', {
    input: { roomId, messageId, emoji: '👍' },
  });

/** The reason of a refusal; '' for a user who is let in. */
async function whyNot(url: string, { token }: ChatClient): Promise<string> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const answer = (await (
    await fetch(`${url}/graphql`, { method: 'POST', headers, body: '{"query":"{ me { id } }"}' })
  ).json()) as { errors?: readonly { message: string; extensions: { code: string } }[] };
  return (answer.errors ?? []).map(({ message, extensions: { code } }) => `${code} ${message}`).join();
}

interface Shown {
  readonly room: {
    readonly memberCount: number;
    readonly messages: {
      readonly nodes: readonly {
        readonly seq: number;
        readonly body: string;
        readonly erased: boolean;
        readonly author: { readonly handle: string };
        readonly reactions: readonly { readonly count: number }[];
      }[];
    };
  };
}

const shown = async (client: ChatClient, id: string): Promise<Shown['room']> =>
  (
    await client.query<Shown>(
      'query Shown($id: ID!) { room(id: $id) { memberCount messages(first: 100) { nodes ' +
        '{ seq body erased author { handle } reactions { count } } } } }',
      { id },
    )
  ).room;

/** Every row of every read model. */
async function rowsOf(pool: pg.Pool): Promise<unknown> {
  const tables = postgresProjections.flatMap((projection) => projection.tables);
  const contents = await Promise.all(
    tables.map((table) =>
      pool.query<{ row: unknown }>(`SELECT to_jsonb(t) AS row FROM ${table} t ORDER BY to_jsonb(t)::text`),
    ),
  );
  return Object.fromEntries(tables.map((table, index) => [table, contents[index]!.rows]));
}

describe.each(engines)('a deleted account, on %s', (engine) => {
  test('is gone from every table and key, also after a crash and with refilled models', async () => {
    await using deployment = await openDeployment(engine);
    const auth = { AUTH_MODE: 'jwt', AUTH_JWT_SECRET: SECRET };
    const pool = openPool({ url: deployment.env.DATABASE_URL!, max: 2, name: 'erasure-test' });
    await using redis = await openRedis(deployment.env.REDIS_URL!, { log: quietLogger });
    const handle = `zq${randomBytes(5).toString('hex')}`;
    const secrets = [handle, `Name of ${handle}`, SAID];

    await using first = await deployment.start(auth);
    const logId = (await pool.query<{ value: string }>("SELECT value FROM settings WHERE name = 'log_id'")).rows[0]!
      .value;
    await using ben = await user(first.url, 'ben', 'Ben');
    await using fay = await user(first.url, handle, `Name of ${handle}`);
    const rooms: string[] = [];
    let began = '';
    for (let n = 0; n < 5; n++) {
      const { roomId, position } = await createRoom(n < 3 ? ben : fay, `Room ${n}`);
      began ||= position;
      rooms.push(roomId);
      await joinRoom(n < 3 ? fay : ben, roomId);
      const { message } = await sendMessage(ben, { roomId, body: 'of ben' });
      await sendMessage(fay, { roomId, body: `${SAID} 1` });
      await Promise.all([react(fay, roomId, message!.id), react(ben, roomId, message!.id)]);
    }
    await fay.mutate('mutation Leave($roomId: ID!) { leaveRoom(input: { roomId: $roomId }) { receipt { status } } }', {
      roomId: rooms[0],
    });
    expect(await tracesIn(pool, secrets)).toEqual(expect.arrayContaining(['events', 'messages', 'users']));
    expect(await tracesInRedis(redis, logId, secrets)).not.toEqual([]);

    // At the same moment, through the other process.
    const meanwhile = rooms.flatMap((roomId) =>
      Array.from({ length: 10 }, () => sendMessage(fay, { roomId, body: `${SAID} late` }).catch(() => null)),
    );
    const rushed = createRoom(fay, 'In a rush').catch(() => null);
    expect(await deleteAccount(fay)).toMatchObject({ status: 'SUCCEEDED' });
    await first.kill();
    await Promise.all([...meanwhile, rushed]);

    await using second = await deployment.start({ ...auth, MADANG_HANDLE_RESERVE_SECONDS: '0' });
    await using again = await user(second.url, handle, `Name of ${handle}`, fay.userId);
    // The partitions of a killed process are free only when its sessions with Kafka have timed out.
    await until(
      async () => /^UNAUTHENTICATED .*deleted/.test(await whyNot(second.url, again)),
      'the token is refused',
      60_000,
    );
    const nothingLeft = async (): Promise<boolean> => {
      // As if the minute before the first sweep had passed.
      await pool.query('UPDATE erased_accounts SET next_sweep_at = now()');
      return (await tracesIn(pool, secrets)).length === 0 && (await tracesInRedis(redis, logId, secrets)).length === 0;
    };
    await until(nothingLeft, 'nothing is left', 60_000);

    await using reader = await user(second.url, 'ben', 'Ben', ben.userId);
    for (const [n, roomId] of rooms.entries()) {
      const {
        memberCount,
        messages: { nodes },
      } = await shown(reader, roomId);
      expect(nodes.map(({ seq }) => seq)).toEqual(nodes.map((_, index) => index + 1));
      expect(nodes.slice(0, 2)).toMatchObject([
        { body: 'of ben', erased: false, author: { handle: 'ben' }, reactions: [{ count: 1 }] },
        { body: '', erased: true, author: { handle: '(deleted)' }, reactions: [] },
      ]);
      expect(nodes.slice(1).every(({ erased }) => erased)).toBe(true);
      expect([n, memberCount]).toEqual([n, 1]);
    }
    const replay = reader.events(rooms[0]!, began);
    await until(() => replay.received.some(({ __typename }) => __typename === 'MemberErased'), 'the room hears of it');
    expect(JSON.stringify(replay.received)).not.toMatch(new RegExp(secrets.join('|'), 'i'));
    replay.stop();

    // Read models that are folded from the first event once more.
    const before = await rowsOf(pool);
    await second.stop();
    await pool.query(
      `TRUNCATE projection_checkpoints, ${postgresProjections.flatMap(({ tables }) => tables).join(', ')}`,
    );
    await redis.ask(async (client) => client.unlink(...(await client.keys(`*${logId}*`))));
    await using third = await deployment.start({ ...auth, MADANG_HANDLE_RESERVE_SECONDS: '0' });
    const models = postgresProjections.length + redisProjections.length;
    await until(async () => (await fetch(`${third.url}/readyz`)).ok, 'it serves');
    await until(
      async () => JSON.stringify(await rowsOf(pool)) === JSON.stringify(before),
      `the ${models} read models are whole`,
    );
    expect(await tracesIn(pool, secrets)).toEqual([]);

    // The first deletion reserved the handle, unless the crash left that to the second process.
    await using thief = await user(third.url, handle, 'Thief');
    const [released] = (
      await pool.query<{ free_at: string }>(
        "SELECT data ->> 'freeAt' AS free_at FROM events WHERE type = 'HandleReleased'",
      )
    ).rows;
    const reserved = Date.parse(released!.free_at) > Date.now();
    if (reserved) expect(await whyNot(third.url, thief)).toMatch(/^FORBIDDEN .*kept back/);
    // Another handle that is given up, and free at once.
    const other = `${handle}x`;
    await using gone = await user(third.url, other, 'Gone');
    expect(await whyNot(third.url, gone)).toBe('');
    expect(await deleteAccount(gone)).toMatchObject({ status: 'SUCCEEDED' });
    await until(async () => /deleted/.test(await whyNot(third.url, gone)), 'the token is refused', 60_000);
    await using next = await user(third.url, other, 'Next');
    await until(async () => (await whyNot(third.url, next)) === '', 'the handle is free', 60_000);
    const { me, rooms: own } = await next.query<{ me: { id: string; name: string }; rooms: { nodes: unknown[] } }>(
      'query Own { me { id name } rooms(mine: true) { nodes { id } } }',
    );
    expect([me, own.nodes]).toEqual([{ __typename: 'User', id: next.userId, name: 'Next' }, []]);
    await pool.end();
  }, 180_000);
});
