import { randomBytes } from 'node:crypto';
import { connect as connectPlain, type Socket } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';
import { openKafkaCommandLog } from '../../src/platform/kafka/command-log.js';
import { openKafka } from '../../src/platform/kafka/connection.js';
import { openKafkaEventFeed } from '../../src/platform/kafka/event-feed.js';
import { commandLogContract } from './command-log.contract.js';
import { eventFeedContract } from './event-feed.contract.js';
import type { LogEngine } from './log-engine.js';
import { createReleases, PARTITIONS, quietLog } from './log-engine.js';

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

commandLogContract(kafka);
eventFeedContract(kafka);
