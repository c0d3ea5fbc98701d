import { Redis } from 'ioredis';
import { readRunningServers } from '../../src/embedded/running-servers.js';
import { createRoom, joinRoom, sendMessage, signIn } from '../support/chat-client.js';
import { runCli } from '../support/cli.js';
import { createDataDir, startMadang } from '../support/madang.js';
import { until } from '../support/conditions.js';

// Variables of a terminal for other servers, and for people, must not reach the embedded servers, nor change an answer.

const TERMINAL = {
  TZ: 'Asia/Seoul',
  PGTZ: 'Asia/Seoul',
  PGDATESTYLE: 'SQL, DMY',
  PGOPTIONS: '-c nonsense.setting=1 -c default_transaction_read_only=on',
  PGSSLMODE: 'require',
  PGSSLNEGOTIATION: 'direct',
  PGREPLICATION: 'database',
  PGCLIENTENCODING: 'LATIN1',
  PGUSER: 'somebody',
  PGPASSWORD: 'wrong',
  PGPASSFILE: '/nowhere',
  PGHOST: 'nowhere.invalid',
  PGPORT: '1',
  PGDATABASE: 'nothing',
  PGSERVICE: 'nothing',
  PGAPPNAME: 'something',
} as const;

const TIMES = `query Times($id: ID!) { room(id: $id) { createdAt messages(first: 10) { nodes { createdAt } } } }`;

interface Times {
  readonly room: {
    readonly createdAt: string;
    readonly messages: { readonly nodes: readonly { readonly createdAt: string }[] };
  };
}

test('an embedded system from a strange environment has the same times in both stores', async () => {
  await using data = await createDataDir();
  const env = { ...TERMINAL, MADANG_DATA_DIR: data.path, DATABASE_URL: '', REDIS_URL: '' };
  const before = Date.now();
  {
    await using madang = await startMadang({ env });
    await using mina = await signIn(madang.url, 'mina');
    const { roomId } = await createRoom(mina, '한국');
    await joinRoom(mina, roomId);
    await sendMessage(mina, { roomId, body: '안녕' });
    const after = Date.now();

    const cached = await mina.query<Times>(TIMES, { id: roomId });
    // With an empty Redis, and its read models not live, everything comes from PostgreSQL.
    const redis = new Redis((await readRunningServers(data.path))!.redisUrl!);
    await redis.flushall();
    const stored = await mina.query<Times>(TIMES, { id: roomId });
    redis.disconnect();
    expect(stored).toEqual(cached);
    const { room } = stored;
    for (const at of [room.createdAt, room.messages.nodes[0]!.createdAt]) {
      expect(Date.parse(at)).toBeGreaterThanOrEqual(before);
      expect(Date.parse(at)).toBeLessThanOrEqual(after);
    }

    const listed = await runCli(env, 'projections', 'list', '--json');
    expect({ code: listed.code, stderr: listed.stderr }).toEqual({ code: 0, stderr: '' });
    await until(
      async () => (await runCli(env, 'projections', 'verify', '--all')).code === 0,
      'the read models equal the events',
      60_000,
    );
  }
  // The servers were created in that environment; they serve the same in another one.
  await using again = await startMadang({
    env: { MADANG_DATA_DIR: data.path, DATABASE_URL: '', REDIS_URL: '', TZ: 'America/New_York' },
  });
  await using jun = await signIn(again.url, 'jun');
  expect(jun.userId).toBeTruthy();
}, 180_000);
