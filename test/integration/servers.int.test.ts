import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import { Client } from 'pg';
import { startKafka } from '../../src/embedded/kafka.js';
import { DataDirInUseError } from '../../src/embedded/managed-server.js';
import type { ManagedServer, ServerLog, ServerOptions } from '../../src/embedded/managed-server.js';
import { systemAccount } from '../../src/embedded/postgres-account.js';
import { findPostgresBinaries } from '../../src/embedded/postgres-binaries.js';
import { startPostgres } from '../../src/embedded/postgres.js';
import { isAlive } from '../../src/embedded/processes.js';
import { startRedis } from '../../src/embedded/redis.js';
import { readRunningServers, removeRunningServers, writeRunningServers } from '../../src/embedded/running-servers.js';
import { compileServers } from './servers-compile.js';

interface Subject {
  readonly name: 'postgres' | 'redis' | 'kafka';
  readonly start: (options: ServerOptions) => Promise<ManagedServer>;
  /** Stores a word on the server, and returns all stored words. */
  readonly write: (url: string, word: string) => Promise<void>;
  readonly read: (url: string) => Promise<string[]>;
  readonly keepsData: boolean;
}

async function inPostgres<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function inRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url);
  redis.on('error', () => undefined);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

const kafkaAt = (broker: string): Kafka =>
  new Kafka({ clientId: 'test', brokers: [broker], logLevel: logLevel.NOTHING });

const postgres: Subject = {
  name: 'postgres',
  start: startPostgres,
  write: (url, word) =>
    inPostgres(url, async (client) => {
      await client.query('CREATE TABLE IF NOT EXISTS words (word text)');
      await client.query('INSERT INTO words VALUES ($1)', [word]);
    }),
  read: (url) =>
    inPostgres(url, async (client) =>
      (await client.query<{ word: string }>('SELECT word FROM words')).rows.map((row) => row.word),
    ),
  keepsData: true,
};

const redis: Subject = {
  name: 'redis',
  start: startRedis,
  write: (url, word) =>
    inRedis(url, async (client) => {
      await client.rpush('words', word);
    }),
  read: (url) => inRedis(url, (client) => client.lrange('words', 0, -1)),
  keepsData: false,
};

const kafka: Subject = {
  name: 'kafka',
  start: startKafka,
  write: async (url, word) => {
    const admin = kafkaAt(url).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 'words', numPartitions: 1 }], waitForLeaders: true });
    await admin.disconnect();
    const producer = kafkaAt(url).producer();
    await producer.connect();
    await producer.send({ topic: 'words', messages: [{ value: word }] });
    await producer.disconnect();
  },
  read: async (url) => {
    const admin = kafkaAt(url).admin();
    await admin.connect();
    const [end] = await admin.fetchTopicOffsets('words');
    await admin.disconnect();
    const consumer = kafkaAt(url).consumer({ groupId: `reader-${Date.now()}` });
    await consumer.connect();
    await consumer.subscribe({ topic: 'words', fromBeginning: true });
    const words: string[] = [];
    await new Promise<void>((resolve, reject) => {
      consumer
        .run({
          eachMessage: async ({ message }) => {
            words.push(String(message.value));
            if (words.length === Number(end?.high)) resolve();
          },
        })
        .catch(reject);
    });
    await consumer.disconnect();
    return words;
  },
  keepsData: true,
};

const quiet: ServerLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

let base: string;
let compiled: string;
let dataDir: string;
const servers: ManagedServer[] = [];

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'madang-servers-'));
  compiled = await compileServers(join(base, 'compiled'));
});

beforeEach(async () => {
  dataDir = await mkdtemp(join(base, 'data-'));
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

afterAll(() => rm(base, { recursive: true, force: true }));

async function started(subject: Subject, options: Partial<ServerOptions> = {}): Promise<ManagedServer> {
  const server = await subject.start({ dataDir, log: quiet, ...options });
  servers.push(server);
  return server;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(20);
}

async function killed(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await until(async () => !(await isAlive(pid)));
}

/** A process that starts the server and is then killed together with its process group, as from a terminal. */
async function startedByAParentThatWasKilled(subject: Subject): Promise<{ url: string; pid: number }> {
  const script = fileURLToPath(new URL('servers-parent.js', import.meta.url));
  const parent: ChildProcess = fork(script, [join(compiled, `${subject.name}.js`), subject.start.name, dataDir], {
    detached: true,
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [message] = (await once(parent, 'message')) as [{ url: string; pid: number }];
  const exited = once(parent, 'exit');
  process.kill(-(parent.pid ?? Number.NaN), 'SIGKILL');
  await exited;
  return message;
}

async function strangerOn(port: number): Promise<Server> {
  const stranger = createServer((socket) => socket.destroy());
  stranger.listen(port, '127.0.0.1');
  await once(stranger, 'listening');
  return stranger;
}

describe.each([postgres, redis, kafka])('the embedded $name', (subject) => {
  test('serves, leaves no process when stopped, and restarts at the same address', async () => {
    const first = await started(subject);
    await subject.write(first.url, 'hello');
    expect(await subject.read(first.url)).toEqual(['hello']);
    await Promise.all([first.stop(), first.stop()]);
    await first.stop();
    expect(await isAlive(first.pid)).toBe(false);

    const second = await started(subject);
    expect(second).toMatchObject({ url: first.url, adopted: false });
    if (subject.keepsData) expect(await subject.read(second.url)).toEqual(['hello']);
  });

  test('outlives a parent that was killed with its group, and is adopted by the next', async () => {
    const orphan = await startedByAParentThatWasKilled(subject);
    await subject.write(orphan.url, 'before');
    const adopted = await started(subject);
    expect(adopted).toMatchObject({ url: orphan.url, pid: orphan.pid, adopted: true });
    expect(await subject.read(adopted.url)).toEqual(['before']);
    await adopted.stop();
    expect(await isAlive(orphan.pid)).toBe(false);
  });

  test('takes another port when a stranger has the remembered one', async () => {
    const first = await started(subject);
    await first.stop();
    const stranger = await strangerOn(first.port);
    try {
      const second = await started(subject);
      expect(second.port).not.toBe(first.port);
      await subject.write(second.url, 'there');
      expect(await subject.read(second.url)).toEqual(['there']);
    } finally {
      stranger.close();
    }
  });
});

describe('a server that was killed', () => {
  test('is started again at the same address when supervised, with what was committed', async () => {
    const server = await started(postgres, { supervise: true });
    await postgres.write(server.url, 'committed');
    const before = server.pid;
    process.kill(before, 'SIGKILL');
    await until(async () => server.pid !== before && (await isAlive(server.pid)));
    expect(await postgres.read(server.url)).toEqual(['committed']);
    await server.stop();
    expect(await isAlive(server.pid)).toBe(false);
  });

  test('is started again when it was adopted', async () => {
    const orphan = await startedByAParentThatWasKilled(redis);
    const server = await started(redis, { supervise: true });
    process.kill(orphan.pid, 'SIGKILL');
    await until(async () => server.pid !== orphan.pid && (await isAlive(server.pid)));
    expect(server.url).toBe(orphan.url);
  });

  test('does not prevent a later start', async () => {
    const first = await started(postgres);
    await postgres.write(first.url, 'committed');
    await killed(first.pid);
    await first.stop();
    const second = await started(postgres);
    expect(second.adopted).toBe(false);
    expect(await postgres.read(second.url)).toEqual(['committed']);
  });

  test("leaves pid files that prevent no start when the number is another process's", async () => {
    const first = await started(postgres);
    await postgres.write(first.url, 'committed');
    await killed(first.pid);
    await first.stop();
    // PostgreSQL ignores its own parents.
    const stranger = spawn('sleep', ['60']);
    for (const file of ['data/postmaster.pid', `.s.PGSQL.${first.port}.lock`]) {
      const pidFile = join(dataDir, 'postgres', file);
      await writeFile(pidFile, (await readFile(pidFile, 'utf8')).replace(/^\d+/, String(stranger.pid)));
    }
    const second = await started(postgres);
    stranger.kill();
    expect(await postgres.read(second.url)).toEqual(['committed']);
  });

  test('is woken when it was only stopped', async () => {
    const orphan = await startedByAParentThatWasKilled(redis);
    process.kill(orphan.pid, 'SIGSTOP');
    const server = await started(redis);
    expect(server).toMatchObject({ adopted: true, pid: orphan.pid });
    process.kill(orphan.pid, 'SIGSTOP');
    await server.stop();
    expect(await isAlive(orphan.pid)).toBe(false);
  });
});

describe('starting', () => {
  test('is refused while another handle has the directory, and possible afterwards', async () => {
    const first = await started(redis);
    await expect(started(redis)).rejects.toBeInstanceOf(DataDirInUseError);
    await redis.write(first.url, 'undisturbed');
    await first.stop();
    await started(redis);
  });

  test('on a requested port that is taken is an error', async () => {
    const stranger = await strangerOn(0);
    const { port } = stranger.address() as { port: number };
    await expect(started(redis, { port })).rejects.toThrow(`port ${port}, asked for redis, is taken`);
    stranger.close();
  });

  test('a server that refuses its settings reports its last lines and the remedy', async () => {
    await expect(started(postgres, { settings: { shared_buffers: 'plenty' } })).rejects.toThrow(
      /invalid value for parameter "shared_buffers"[\s\S]*DATABASE_URL/,
    );
    await started(postgres);
  });

  test('that is aborted leaves no process', async () => {
    const abort = new AbortController();
    const starting = started(kafka, { signal: abort.signal });
    const pidFile = join(dataDir, 'kafka/kafka.pid');
    await until(async () => (await stat(pidFile).catch(() => undefined)) !== undefined);
    abort.abort();
    await expect(starting).rejects.toThrow('aborted');
    expect(await isAlive(Number(await readFile(pidFile, 'utf8')))).toBe(false);
  });

  test('empties a log that has grown past ten megabytes', async () => {
    const first = await started(redis);
    await first.stop();
    const log = join(dataDir, 'redis/redis.log');
    await truncate(log, 11 * 1024 * 1024);
    await started(redis);
    expect((await stat(log)).size).toBeLessThan(1024 * 1024);
  });

  test('listens on loopback only and keeps strangers out by password', async () => {
    const [db, cache] = await Promise.all([started(postgres), started(redis)]);
    await expect(inPostgres(db.url.replace(/:[0-9a-f]{48}@/, ':wrong@'), async () => undefined)).rejects.toThrow(
      'password authentication failed',
    );
    const addresses = await inPostgres(
      db.url,
      async (client) => (await client.query<{ a: string }>("SELECT current_setting('listen_addresses') AS a")).rows,
    );
    expect(addresses).toEqual([{ a: '127.0.0.1' }]);
    expect(await inRedis(cache.url, (client) => client.config('GET', 'bind'))).toEqual(['bind', '127.0.0.1']);
    await expect(inRedis(`redis://127.0.0.1:${cache.port}`, (client) => client.get('x'))).rejects.toThrow('NOAUTH');
  });
});

describe('PostgreSQL', () => {
  const addressOf = (url: string): Promise<string | null> =>
    inPostgres(
      url,
      async (client) => (await client.query<{ a: string | null }>('SELECT host(inet_client_addr()) AS a')).rows[0]!.a,
    );

  test('is reached through a socket in its folder, and over TCP', async () => {
    const { url, port } = await started(postgres);
    expect(await addressOf(url)).toBeNull();
    expect(await addressOf(Object.assign(new URL(url), { search: '' }).href)).toBe('127.0.0.1');
    expect((await stat(join(dataDir, `postgres/.s.PGSQL.${port}`))).isSocket()).toBe(true);
  });

  test.each([
    ['is too deep for a socket', 'deep'.repeat(25)],
    ['has a name that would be several addresses', 'a,b'],
  ])('is reached over TCP where its folder %s', async (_why, folder) => {
    const { url } = await started(postgres, { dataDir: join(dataDir, folder) });
    expect(await addressOf(url)).toBe('127.0.0.1');
  });

  test('is reached over TCP where its folder holds no sockets', async () => {
    await mkdir(join(dataDir, 'postgres/.s.probe'), { recursive: true, mode: 0o700 });
    const { url } = await started(postgres);
    expect(await addressOf(url)).toBe('127.0.0.1');
  });
});

const whenRoot = process.getuid?.() === 0 ? describe : describe.skip;

whenRoot('root, where user namespaces are forbidden', () => {
  test('gets an error when the other user cannot enter the folder', async () => {
    const { postgres: binary } = await findPostgresBinaries();
    await expect(systemAccount(dataDir, binary)).rejects.toThrow(/cannot enter .* DATABASE_URL/);
  });
});

describe('the list of running servers', () => {
  test('exists for the command-line tool until it is removed', async () => {
    expect(await readRunningServers(dataDir)).toBeUndefined();
    await writeRunningServers(dataDir, { databaseUrl: 'postgres://x', redisUrl: 'redis://y' });
    expect(await readRunningServers(dataDir)).toEqual({
      databaseUrl: 'postgres://x',
      redisUrl: 'redis://y',
      pid: process.pid,
      ownerAlive: true,
    });
    await removeRunningServers(dataDir);
    expect(await readRunningServers(dataDir)).toBeUndefined();
  });

  test('shows when the process that wrote it is gone', async () => {
    await writeRunningServers(dataDir, { redisUrl: 'redis://y' });
    const file = join(dataDir, 'servers.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace(/"started": ".*"/, '"started": "1"'));
    expect(await readRunningServers(dataDir)).toMatchObject({ redisUrl: 'redis://y', ownerAlive: false });
  });
});
