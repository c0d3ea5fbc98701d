import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { connect as connectPlain, type Socket } from 'node:net';
import type { Admin } from 'kafkajs';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { openKafkaCommandLog } from '../../src/engine/kafka/command-log.js';
import { openKafka } from '../../src/engine/kafka/connection.js';
import { openKafkaEventFeed } from '../../src/engine/kafka/event-feed.js';
import type { Partition } from '../../src/engine/domain/ids.js';
import type { CommandLog } from '../../src/engine/log/command-log.js';
import { isLogError } from '../../src/engine/log/command-log.js';
import { commandLogContract } from '../../src/engine/testing/contracts/command-log.js';
import { consumerGroupContract } from '../../src/engine/testing/contracts/consumer-group.js';
import { commandTailContract, Delivered, keyIn } from '../../src/engine/testing/contracts/command-tail.js';
import { CONTRACT_EVENTS, eventFeedContract } from '../../src/engine/testing/contracts/event-feed.js';
import type { LogEngine, LogSite } from '../../src/engine/testing/contracts/log-site.js';
import { longBatchContract } from '../../src/engine/testing/contracts/long-batch.js';
import { until } from '../support/conditions.js';
import { command, createReleases, Ledger, PARTITIONS, quietLog } from '../../src/engine/testing/contracts/log-site.js';

const sessionTimeoutMs = 6_000;

function brokers(): string[] {
  const given = process.env.TEST_KAFKA_BROKERS;
  if (given === undefined) throw new Error('TEST_KAFKA_BROKERS is missing: run this test in the project "integration"');
  return given.split(',');
}

async function withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Kafka({ brokers: brokers(), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

const removeTopics = (prefix: string): Promise<void> =>
  withAdmin(async (admin) => {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(`${prefix}.`));
    if (topics.length > 0) await admin.deleteTopics({ topics });
  });

const kafka: LogEngine = {
  name: 'Kafka',
  createSite() {
    const prefix = `test-${randomBytes(6).toString('hex')}`;
    const key = randomBytes(32);
    const open = createReleases();
    const sockets = new Set<Socket>();
    open.defer(() => removeTopics(prefix));
    const connect = async (partitions = PARTITIONS) => {
      const connection = await openKafka({
        brokers: brokers(),
        prefix,
        partitions,
        sessionTimeoutMs,
        log: quietLog,
        socketFactory({ host, port, onConnect }) {
          const socket = connectPlain(port, host, onConnect);
          sockets.add(socket);
          socket.once('close', () => sockets.delete(socket));
          return socket;
        },
      });
      open.defer(() => connection.stop());
      return connection;
    };
    return Promise.resolve({
      async openLog(queue = 'commands', partitions) {
        const log = await openKafkaCommandLog({
          kafka: await connect(partitions),
          queue,
          drainMs: 500,
          forceMs: 2_000,
        });
        open.defer(() => log.stop());
        return log;
      },
      async openFeed() {
        const feed = await openKafkaEventFeed({ catalog: CONTRACT_EVENTS, kafka: await connect(), key });
        open.defer(() => feed.stop());
        return feed;
      },
      member: {
        program: join(process.cwd(), 'test/contracts/member.js'),
        options: {
          engine: 'kafka',
          brokers: brokers(),
          prefix,
          queue: 'commands',
          partitions: PARTITIONS,
          sessionTimeoutMs,
        },
      },
      disturb() {
        for (const socket of sockets)
          socket.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
        return Promise.resolve();
      },
      groups: () =>
        withAdmin(async (admin) => {
          const { groups } = await admin.listGroups();
          return groups
            .map(({ groupId }) => groupId)
            .filter((groupId) => groupId.startsWith(`${prefix}.`))
            .sort();
        }),
      timeoutMs: sessionTimeoutMs,
      [Symbol.asyncDispose]: () => open.releaseAll(),
    });
  },
};

describe('Kafka alone', () => {
  let site: LogSite;
  beforeEach(async () => void (site = await kafka.createSite()));
  afterEach(() => site[Symbol.asyncDispose]());

  /** Appends five commands to one partition and deletes those below the offset, as retention would. */
  async function appendThenDelete(log: CommandLog, below: number): Promise<Partition> {
    let partition = 0;
    for (let index = 0; index < 5; index++) ({ partition } = await log.append(command('room', index)));
    const topic = `${String(site.member.options.prefix)}.commands`;
    await withAdmin(async (admin) => {
      // kafkajs must have seen the topic.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(below) }] });
    });
    return partition;
  }

  /** While it is away, open connections fall silent, and new ones are not answered. */
  const openSilenced = (isAway: () => boolean) =>
    openKafka({
      brokers: brokers(),
      prefix: String(site.member.options.prefix),
      partitions: PARTITIONS,
      log: quietLog,
      socketFactory: ({ host, port, onConnect }) => {
        const socket = connectPlain(port, host, onConnect);
        const write = socket.write.bind(socket);
        socket.write = ((...given: Parameters<typeof write>) =>
          isAway() ? true : write(...given)) as typeof socket.write;
        return socket;
      },
    });

  test('a topic with another number of partitions is refused, with both numbers', async () => {
    await site.openLog('commands', 4);
    const error = await site.openLog('commands', 6).catch((reason: unknown) => reason);
    expect(isLogError(error, 'LOG_MISMATCH')).toBe(true);
    expect((error as Error).message).toMatch(/4 partitions.*6/);
  });

  test('undecided commands that retention deleted are reported, the rest is decided', async () => {
    const log = await site.openLog();
    const partition = await appendThenDelete(log, 3);
    const ledger = new Ledger();
    await log.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
    await until(() => ledger.count === 2, 'the two that are left');
    expect(ledger.records.get(partition)!.map((record) => record.offset)).toEqual([3, 4]);
  });

  test('a tail passes commands that retention deleted', async () => {
    const log = await site.openLog();
    const partition = await appendThenDelete(log, 3);
    const heard = new Delivered();
    await log.tail(heard.from());
    await until(() => heard.count === 2, 'the two that are left');
    expect(heard.offsets(partition)).toEqual([3, 4]);
  });

  test('a tail follows a topic that was deleted and recreated, from its beginning', async () => {
    const log = await site.openLog();
    const heard = new Delivered();
    const tail = await log.tail(heard.from());
    for (let index = 0; index < 3; index++) await log.append(command(keyIn[1]!, index));
    await until(() => heard.count === 3, 'the old topic');
    const topic = `${String(site.member.options.prefix)}.commands`;
    await withAdmin(async (admin) => {
      await admin.deleteTopics({ topics: [topic] });
      await until(async () => !(await admin.listTopics()).includes(topic), 'the topic to be gone');
    });
    const sent = command(keyIn[1]!, 'new');
    const again = await site.openLog();
    await again.append(sent);
    await until(() => heard.count === 4, 'the new topic', 40_000);
    expect(heard.offsets(1)).toEqual([0, 1, 2, 0]);
    expect(heard.ids(1).at(-1)).toBe(sent.commandId);
    expect(tail.next(1)).toBe(1);
  });

  test('a record that is no command comes as it is, and those around it are decided', async () => {
    const log = await site.openLog();
    const producer = new Kafka({ brokers: brokers(), logLevel: logLevel.NOTHING }).producer({
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    try {
      const { partition } = await log.append(command('room'));
      await producer.send({
        topic: `${String(site.member.options.prefix)}.commands`,
        messages: [{ partition, key: 'room', value: '{"hello":' }],
      });
      await log.append(command('room'));
      const ledger = new Ledger();
      await log.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
      await until(() => ledger.count === 3, 'all three');
      expect(ledger.records.get(partition)![1]).toMatchObject({
        offset: 1,
        unreadable: { payload: '{"hello":', key: 'room' },
      });
    } finally {
      await producer.disconnect();
    }
  });

  test('a consumer that is stopped before it connects is no member afterwards', async () => {
    let away = false;
    const connection = await openSilenced(() => away);
    const log = await openKafkaCommandLog({ kafka: connection, queue: 'commands' });
    const group = `${connection.prefix}.g`;
    try {
      away = true;
      const consumer = await log.consume({ group: 'g', maxBatch: 10, handler: new Ledger().handler() });
      await consumer.stop();
      away = false;
      // Empty, and no longer unknown: the driver's join has ended, and it has left.
      await until(
        async () => (await withAdmin((admin) => admin.describeGroups([group]))).groups[0]!.state === 'Empty',
        'nobody is left in the group',
        40_000,
      );
    } finally {
      away = false;
      await log.stop();
      await connection.stop();
    }
  });

  test('an append is refused in bounded time when no broker answers', async () => {
    let away = false;
    const connection = await openSilenced(() => away);
    const log = await openKafkaCommandLog({ kafka: connection, queue: 'commands' });
    try {
      await log.append(command('room'));
      away = true;
      const began = performance.now();
      const error = await log.append(command('room')).catch((reason: unknown) => reason);
      expect(isLogError(error, 'LOG_UNAVAILABLE')).toBe(true);
      expect(performance.now() - began).toBeLessThan(12_000);
      away = false;
      for (let taken = false; !taken;)
        taken = await log.append(command('room')).then(
          () => true,
          () => false,
        );
    } finally {
      await log.stop();
      await connection.stop();
    }
  });
});

commandLogContract(kafka);
consumerGroupContract(kafka);
commandTailContract(kafka);
longBatchContract(kafka);
eventFeedContract(kafka);
