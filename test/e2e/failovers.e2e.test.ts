import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { ChatClient } from '../support/chat-client.js';
import { allMessages, createRoom, joinRoom, sendMessage, signIn } from '../support/chat-client.js';
import { runCli, startCli } from '../support/cli.js';
import { until } from '../support/conditions.js';
import { engines } from '../support/deployment.js';
import { sendSignal } from '../../src/embedded/processes.js';
import { startMadang } from '../support/madang.js';
import { openReplicatedPostgres } from '../support/standby.js';

const environment = (engine: (typeof engines)[number], databaseUrl: string): Record<string, string> => ({
  DATABASE_URL: databaseUrl,
  REDIS_URL: process.env.TEST_REDIS_URL!,
  ...(engine === 'kafka'
    ? { KAFKA_BROKERS: process.env.TEST_KAFKA_BROKERS!, MADANG_TOPIC_PREFIX: `t${randomBytes(6).toString('hex')}` }
    : { MADANG_LOG: 'embedded' }),
});

const codeOf = (error: unknown): unknown =>
  (error as { errors?: readonly { extensions?: { code?: unknown } }[] }).errors?.[0]?.extensions?.code;

const atLeast = (client: ChatClient, roomId: string, position: string): Promise<unknown> =>
  client
    .query('query AtLeast($id: ID!, $at: Position) { room(id: $id, atLeast: $at) { id } }', {
      id: roomId,
      at: position,
    })
    .then(() => null, codeOf);

const reads = (client: ChatClient, roomId: string, bodies: readonly string[]): Promise<unknown> =>
  until(
    async () => {
      const found = await allMessages(client, roomId).catch(() => null);
      return found !== null && JSON.stringify(found.map(({ body }) => body)) === JSON.stringify(bodies);
    },
    `the history is ${bodies.join(', ')}`,
  );

const send = async (client: ChatClient, roomId: string, ...bodies: readonly string[]): Promise<readonly string[]> => {
  const positions: string[] = [];
  for (const body of bodies) positions.push((await sendMessage(client, { roomId, body })).receipt.position!);
  return positions;
};

/** Retries until the database serves again. */
const sendUntilAnswered = async (
  client: ChatClient,
  roomId: string,
  ...bodies: readonly string[]
): Promise<readonly string[]> => {
  const positions: string[] = [];
  for (const body of bodies) {
    const commandId = crypto.randomUUID();
    await until(async () => {
      const position = (await sendMessage(client, { roomId, body, commandId }).catch(() => null))?.receipt.position;
      if (position) positions.push(position);
      return Boolean(position);
    }, `${body} is decided`);
  }
  return positions;
};

test.each(engines)(
  'two promotions that lose commits, around a frozen and a restarted process, on %s',
  async (engine) => {
    await using database = await openReplicatedPostgres();
    const env = environment(engine, database.url);
    await using worker = await startMadang({ env });
    await using front = await startMadang({ env: { ...env, MADANG_ROLES: 'api' } });
    await using mina = await signIn(worker.url, 'mina');
    await using jun = await signIn(front.url, 'jun');
    const { roomId } = await createRoom(mina, '마당');
    await joinRoom(jun, roomId);
    const kept = await send(mina, roomId, 'one', 'two');
    await reads(jun, roomId, ['one', 'two']);
    await database.caughtUp();
    database.cutOff();
    const lost = [...(await send(mina, roomId, 'lost 1', 'lost 2', 'lost 3'))];
    await reads(jun, roomId, ['one', 'two', 'lost 1', 'lost 2', 'lost 3']);
    const again = engine === 'kafka' ? ['lost 1', 'lost 2', 'lost 3'] : [];

    sendSignal(front.pid, 'SIGSTOP');
    try {
      await database.failOver();
      const between = await sendUntilAnswered(mina, roomId, 'between 1', 'between 2');
      await reads(mina, roomId, ['one', 'two', ...again, 'between 1', 'between 2']);
      await database.addStandby();
      await database.caughtUp();
      database.cutOff();
      lost.push(...(await send(mina, roomId, 'gone 1', 'gone 2')));
      await database.failOver();
      await sendUntilAnswered(mina, roomId, 'at last');
      expect(await atLeast(mina, roomId, between.at(-1)!)).toBeNull();
    } finally {
      sendSignal(front.pid, 'SIGCONT');
    }
    const whole = [
      'one',
      'two',
      ...again,
      'between 1',
      'between 2',
      ...(engine === 'kafka' ? ['gone 1', 'gone 2'] : []),
      'at last',
    ];
    await reads(mina, roomId, whole);
    await reads(jun, roomId, whole);

    await worker.stop();
    await using restarted = await startMadang({ env });
    await using hana = await signIn(restarted.url, 'hana');
    await joinRoom(hana, roomId);
    for (const client of [jun, hana]) {
      await reads(client, roomId, whole);
      for (const position of lost) expect(await atLeast(client, roomId, position)).toBe('POSITION_GONE');
      for (const position of kept) expect(await atLeast(client, roomId, position)).toBeNull();
      const resumed = client.events(roomId, kept[0]);
      await until(
        () => resumed.received.length >= whole.length - 1 || resumed.errors.length > 0,
        'who resumes from before the forks hears all',
      );
      expect(resumed.received.filter(({ message }) => message).map(({ message }) => message!.body)).toEqual(
        whole.slice(1),
      );
      resumed.stop();
    }
    for (const command of [
      ['verify', '--all'],
      ['rebuild', '--all', '--yes'],
      ['verify', '--all'],
    ]) {
      const ran = await runCli(env, 'projections', ...command);
      expect([command, ran.code, ran.code === 0 ? '' : ran.stdout + ran.stderr]).toEqual([command, 0, '']);
    }
    await reads(jun, roomId, whole);
  },
  240_000,
);

test.each(engines)(
  'an account is deleted in the lost part, on %s: it is back, or gone',
  async (engine) => {
    await using database = await openReplicatedPostgres();
    const env = environment(engine, database.url);
    await using madang = await startMadang({ env });
    await using mina = await signIn(madang.url, 'mina');
    await using fay = await signIn(madang.url, 'fay');
    const { roomId } = await createRoom(mina, '마당');
    await joinRoom(fay, roomId);
    await send(fay, roomId, 'my words');
    await reads(mina, roomId, ['my words']);
    await database.caughtUp();
    database.cutOff();
    const deletion =
      'mutation ($input: DeleteAccountInput!) { deleteAccount(input: $input, waitFor: PROJECTED) ' +
      '{ receipt { status } } }';
    await fay.mutate(deletion, { input: {} });
    const shown = async (): Promise<{ readonly body: string; readonly deleted: boolean } | null> => {
      const found = await mina
        .query<{ room: { messages: { nodes: readonly { body: string; author: { handle: string } }[] } } }>(
          'query ($id: ID!) { room(id: $id) { messages(last: 1) { nodes { body author { handle } } } } }',
          { id: roomId },
        )
        .catch(() => null);
      const [node] = found?.room.messages.nodes ?? [];
      return node ? { body: node.body, deleted: node.author.handle !== 'fay' } : null;
    };
    await until(async () => (await shown())?.deleted === true, 'fay is erased');
    await database.failOver();

    const expected = engine === 'kafka' ? { body: '', deleted: true } : { body: 'my words', deleted: false };
    await until(
      async () => JSON.stringify(await shown()) === JSON.stringify(expected),
      'the room is as the record says',
    );
    if (engine === 'embedded') {
      // Nothing is left of the deletion: the account works, and can be deleted again.
      await sendUntilAnswered(fay, roomId, 'I am back');
      await reads(mina, roomId, ['my words', 'I am back']);
      await fay.mutate(deletion, { input: {} });
      await until(async () => (await shown())?.deleted === true, 'fay is erased');
    }
    const ran = await runCli(env, 'projections', 'verify', '--all');
    expect([ran.code, ran.code === 0 ? '' : ran.stdout + ran.stderr]).toEqual([0, '']);
  },
  180_000,
);

test('a rebuild that runs during a promotion ends, and the next one continues', async () => {
  await using database = await openReplicatedPostgres();
  const env = environment('embedded', database.url);
  await using madang = await startMadang({ env });
  await using mina = await signIn(madang.url, 'mina');
  const { roomId } = await createRoom(mina, '마당');
  await send(mina, roomId, 'one', 'two', 'three');
  await database.caughtUp();
  database.cutOff();
  await send(mina, roomId, 'lost 1', 'lost 2', 'lost 3');
  // Built, and waiting for a table that another session reads.
  const reader = new pg.Client({ connectionString: database.url });
  reader.on('error', () => undefined);
  await reader.connect();
  await reader.query('BEGIN; SELECT FROM rooms');
  const rebuild = startCli(env, 'projections', 'rebuild', 'rooms', '--yes');
  await until(
    async () => (await runCli(env, 'projections', 'list', '--json')).stdout.includes('"phase":"swapping"'),
    'it is about to swap',
  );
  await database.failOver();
  const { code, stdout, stderr } = await rebuild.ended;
  expect([code, stdout + stderr]).toEqual([1, expect.stringContaining('run the command again')]);
  await sendUntilAnswered(mina, roomId, 'new 1', 'new 2');
  await reads(mina, roomId, ['one', 'two', 'three', 'new 1', 'new 2']);
  for (const command of [
    ['rebuild', '--all', '--yes'],
    ['verify', '--all'],
  ]) {
    const ran = await runCli(env, 'projections', ...command);
    expect([command, ran.code, ran.code === 0 ? '' : ran.stdout + ran.stderr]).toEqual([command, 0, '']);
  }
  await reads(mina, roomId, ['one', 'two', 'three', 'new 1', 'new 2']);
}, 180_000);
