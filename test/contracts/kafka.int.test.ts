import { randomBytes } from 'node:crypto';
import { connect as connectPlain, type Socket } from 'node:net';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { openKafkaCommandLog } from '../../src/platform/kafka/command-log.js';
import { openKafka } from '../../src/platform/kafka/connection.js';
import { openKafkaEventFeed } from '../../src/platform/kafka/event-feed.js';
import { isLogError } from '../../src/platform/ports/command-log.js';
import { commandLogContract } from './command-log.contract.js';
import { eventFeedContract } from './event-feed.contract.js';
import type { LogEngine, LogSite } from './log-engine.js';
import { until } from '../support/conditions.js';
import { command, createReleases, Ledger, PARTITIONS, quietLog } from './log-engine.js';

const sessionTimeoutMs = 6_000;

function brokers(): string[] {
  const given = process.env.TEST_KAFKA_BROKERS;
  if (given === undefined) throw new Error('TEST_KAFKA_BROKERS is missing: run this test in the project "integration"');
  return given.split(',');
}

async function removeTopics(prefix: string): Promise<void> {
  const admin = new Kafka({ brokers: brokers(), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(`${prefix}.`));
    if (topics.length > 0) await admin.deleteTopics({ topics });
  } finally {
    await admin.disconnect();
  }
}

const kafka: LogEngine = {
  name: 'Kafka',
  createSite() {
    const prefix = `test-${randomBytes(6).toString('hex')}`;
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
        const log = await openKafkaCommandLog({ kafka: await connect(partitions), queue, drainMs: 500, forceMs: 2_000 });
        open.defer(() => log.stop());
        return log;
      },
      async openFeed() {
        const feed = await openKafkaEventFeed({ kafka: await connect() });
        open.defer(() => feed.stop());
        return feed;
      },
      member: { engine: 'kafka', brokers: brokers(), prefix, queue: 'commands', partitions: PARTITIONS, sessionTimeoutMs },
      disturb() {
        for (const socket of sockets) socket.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
        return Promise.resolve();
      },
      [Symbol.asyncDispose]: () => open.releaseAll(),
    });
  },
};

describe('what only Kafka has', () => {
  let site: LogSite;
  beforeEach(async () => void (site = await kafka.createSite()));
  afterEach(() => site[Symbol.asyncDispose]());

  test('a topic with another number of partitions is refused, with both numbers in the message', async () => {
    await site.openLog('commands', 4);
    const error = await site.openLog('commands', 6).catch((reason: unknown) => reason);
    expect(isLogError(error, 'LOG_MISMATCH')).toBe(true);
    expect((error as Error).message).toMatch(/4 partitions.*6/);
  });

  test('commands that retention deleted undecided are told of loudly, and the rest is decided', async () => {
    const log = await site.openLog();
    const admin = new Kafka({ brokers: brokers(), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      let partition = 0;
      for (let index = 0; index < 5; index++) ({ partition } = await log.append(command('room', index)));
      const topic = `${String(site.member.prefix)}.commands`;
      // kafkajs wants to have heard of the topic.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: '3' }] });
      const ledger = new Ledger();
      await log.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
      await until(() => ledger.count === 2, 'the two that are left');
      expect(ledger.records.get(partition)!.map((record) => record.offset)).toEqual([3, 4]);
    } finally {
      await admin.disconnect();
    }
  });

  test('a record that is no command comes as it is, and those around it are decided', async () => {
    const log = await site.openLog();
    const producer = new Kafka({ brokers: brokers(), logLevel: logLevel.NOTHING }).producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    try {
      const { partition } = await log.append(command('room'));
      await producer.send({ topic: `${String(site.member.prefix)}.commands`, messages: [{ partition, key: 'room', value: '{"hello":' }] });
      await log.append(command('room'));
      const ledger = new Ledger();
      await log.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
      await until(() => ledger.count === 3, 'all three');
      expect(ledger.records.get(partition)![1]).toMatchObject({ offset: 1, unreadable: { payload: '{"hello":', key: 'room' } });
    } finally {
      await producer.disconnect();
    }
  });

  test('an append is refused in bounded time when no broker answers', async () => {
    let away = false;
    const connection = await openKafka({
      brokers: brokers(),
      prefix: String(site.member.prefix),
      partitions: PARTITIONS,
      log: quietLog,
      // Once away, the connections that are there fall silent, and new ones are not answered.
      socketFactory: ({ host, port, onConnect }) => {
        const socket = connectPlain(port, host, onConnect);
        const write = socket.write.bind(socket);
        socket.write = ((...given: Parameters<typeof write>) => (away ? true : write(...given))) as typeof socket.write;
        return socket;
      },
    });
    const log = await openKafkaCommandLog({ kafka: connection, queue: 'commands' });
    try {
      await log.append(command('room'));
      away = true;
      const began = performance.now();
      const error = await log.append(command('room')).catch((reason: unknown) => reason);
      expect(isLogError(error, 'LOG_UNAVAILABLE')).toBe(true);
      expect(performance.now() - began).toBeLessThan(12_000);
      away = false;
      for (let taken = false; !taken; ) taken = await log.append(command('room')).then(() => true, () => false);
    } finally {
      await log.stop();
      await connection.stop();
    }
  });
});

commandLogContract(kafka);
eventFeedContract(kafka);
