import { MADANG_EVENTS } from '../../src/events/definitions.js';
import { randomBytes } from 'node:crypto';
import { Socket, connect } from 'node:net';
import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
import type { ConsumerHealth } from '../../src/engine/log/consumer-health.js';
import { createConsumerHealth } from '../../src/engine/log/consumer-health.js';
import { openKafkaCommandLog } from '../../src/engine/kafka/command-log.js';
import type { KafkaOptions } from '../../src/engine/kafka/connection.js';
import { openKafka } from '../../src/engine/kafka/connection.js';
import { createTopics } from '../../src/engine/kafka/topics.js';
import { openKafkaEventFeed } from '../../src/engine/kafka/event-feed.js';
import { until } from '../support/conditions.js';
import { command, createReleases, Ledger, PARTITIONS, quietLog } from '../../src/engine/testing/contracts/log-site.js';
import { keyIn } from '../../src/engine/testing/contracts/command-tail.js';

const brokers = process.env.TEST_KAFKA_BROKERS!.split(',');
const admin = new Kafka({ clientId: 'operator', brokers, logLevel: logLevel.NOTHING }).admin();
beforeAll(() => admin.connect());
afterAll(() => admin.disconnect());

let open: ReturnType<typeof createReleases>;
let prefix: string;
beforeEach(() => {
  open = createReleases();
  prefix = `topics-${randomBytes(6).toString('hex')}`;
  open.defer(async () =>
    admin.deleteTopics({ topics: (await admin.listTopics()).filter((name) => name.startsWith(`${prefix}.`)) }),
  );
});
afterEach(() => open.releaseAll());

async function connection(more: Partial<KafkaOptions> = {}) {
  const kafka = await openKafka({
    brokers,
    prefix,
    partitions: PARTITIONS,
    sessionTimeoutMs: 6_000,
    log: quietLog,
    ...more,
  });
  open.defer(() => kafka.stop());
  return kafka;
}

async function openLog(more: Partial<KafkaOptions> = {}) {
  const log = await openKafkaCommandLog({
    kafka: await connection(more),
    queue: 'commands',
    drainMs: 500,
    forceMs: 2_000,
  });
  open.defer(() => log.stop());
  return log;
}

const make = (name: string, settings: Readonly<Record<string, string>>) =>
  admin.createTopics({
    waitForLeaders: true,
    topics: [
      {
        topic: `${prefix}.${name}`,
        numPartitions: PARTITIONS,
        replicationFactor: 1,
        configEntries: Object.entries(settings).map(([key, value]) => ({ name: key, value })),
      },
    ],
  });

const GOOD = { 'retention.ms': '604800000', 'message.timestamp.type': 'LogAppendTime', 'segment.ms': '86400000' };

test("a topic is made with its own settings, against the cluster's defaults", async () => {
  await openLog();
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: `${prefix}.commands` }],
  });
  const own = resources[0]!.configEntries
    .filter(({ configSource }) => String(configSource) === OF_THE_TOPIC)
    .map(({ configName, configValue }) => [configName, configValue]);
  expect(Object.fromEntries(own)).toEqual({
    'cleanup.policy': 'delete',
    'compression.type': 'producer',
    'max.message.bytes': '4194304',
    'message.timestamp.type': 'LogAppendTime',
    'min.insync.replicas': '1',
    'retention.bytes': '-1',
    'retention.ms': '604800000',
    'segment.ms': '86400000',
    'unclean.leader.election.enable': 'false',
  });
});

const OF_THE_TOPIC = '1';

test.each([
  ['cleanup.policy', 'compact'],
  ['retention.bytes', '1000000'],
  ['retention.ms', '60000'],
  ['message.timestamp.type', 'CreateTime'],
  ['min.insync.replicas', '2'],
])('a command topic made with %s=%s is refused by that name, with the remedy', async (setting, value) => {
  await make('commands', { ...GOOD, [setting]: value });
  await expect(openLog()).rejects.toMatchObject({
    code: 'LOG_MISMATCH',
    message: expect.stringMatching(
      `^topic ${prefix}.commands has ${setting}=${value}: .*--entity-name ${prefix}.commands ` +
        `--add-config ${setting}=`,
    ) as string,
  });
});

test("a topic of the program's own broker gets the required settings", async () => {
  await make('commands', { ...GOOD, 'message.timestamp.type': 'CreateTime', 'segment.ms': '3600000' });
  const said: object[] = [];
  await openLog({ mendsTopics: true, log: { ...quietLog, info: (fields: object) => void said.push(fields) } });
  expect(said).toContainEqual({
    topic: `${prefix}.commands`,
    settings: [{ setting: 'message.timestamp.type', from: 'CreateTime', to: 'LogAppendTime' }],
  });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: `${prefix}.commands` }],
  });
  const settings = new Map(resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]));
  expect([settings.get('message.timestamp.type'), settings.get('segment.ms')]).toEqual(['LogAppendTime', '3600000']);
  // Valid from now on, also for a process that changes no settings.
  await openLog();
});

test('a broker that does not know a new topic yet is asked again', async () => {
  let unheard = 2;
  const late: typeof admin = Object.assign(Object.create(admin) as typeof admin, {
    describeConfigs: (request: Parameters<typeof admin.describeConfigs>[0]) =>
      unheard-- > 0
        ? Promise.reject(Object.assign(new Error('no such topic here'), { type: 'UNKNOWN_TOPIC_OR_PARTITION' }))
        : admin.describeConfigs(request),
  });
  const topics = createTopics({ admin: late, prefix, partitions: PARTITIONS, mendsTopics: false, log: quietLog });
  expect(await topics.ensureTopic('commands', { isQueue: true, retentionMs: 604_800_000 })).toBe(`${prefix}.commands`);
  expect(unheard).toBe(-1);
});

test('an unusual setting is a warning, and so is one that only endangers copies', async () => {
  const said: string[] = [];
  const log = { ...quietLog, warn: (_: object, message: string) => void said.push(message) };
  await make('commands', { ...GOOD, 'compression.type': 'lz4' });
  await make('events', { ...GOOD, 'cleanup.policy': 'compact' });
  const kafka = await connection({ log });
  for (const opened of [
    await openKafkaCommandLog({ kafka, queue: 'commands' }),
    await openKafkaEventFeed({ catalog: MADANG_EVENTS, kafka, key: randomBytes(32) }),
  ])
    open.defer(() => opened.stop());
  expect(said).toEqual([
    expect.stringContaining(`topic ${prefix}.commands has compression.type=lz4: `),
    expect.stringContaining(`topic ${prefix}.events has cleanup.policy=compact: `),
  ]);
});

test('records that the broker compresses with another codec are decided', async () => {
  for (const codec of ['lz4', 'zstd', 'snappy']) {
    await make(codec, { ...GOOD, 'compression.type': codec });
    const log = await openKafkaCommandLog({ kafka: await connection(), queue: codec, drainMs: 500, forceMs: 2_000 });
    open.defer(() => log.stop());
    const own = new Ledger();
    await log.consume({ group: codec, maxBatch: 10, handler: own.handler() });
    const sent = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const one = command(keyIn[1]!, 'again and '.repeat(200));
        await log.append(one);
        return one.commandId;
      }),
    );
    await until(() => own.count === 50, `all that ${codec} holds`);
    expect([...own.ids].sort()).toEqual(sent.toSorted());
  }
});

test('an added partition has no owner: the others go on', async () => {
  const log = await openLog();
  const ledger = new Ledger();
  const consumer = await log.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
  await until(() => consumer.owned().length === PARTITIONS, 'all partitions are owned');
  await admin.createPartitions({ topicPartitions: [{ topic: `${prefix}.commands`, count: PARTITIONS + 2 }] });
  await using other = await openLog().catch(() => null);
  expect(other).toBeNull();
  const second = await log.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
  await until(
    () => consumer.owned().length + second.owned().length === PARTITIONS && second.owned().length > 0,
    'the group shares what there was',
  );
  await Promise.all(keyIn.map((key) => log.append(command(key))));
  await until(() => ledger.count === PARTITIONS, 'they are decided');
  expect(await log.ends()).toHaveLength(PARTITIONS);
});

/** The fifth byte of a request is its kind. */
const FETCH = 1;

test('a consumer that falls out of its group again and again is reported', async () => {
  let breaking = true;
  let restarts = 0;
  const health: ConsumerHealth = createConsumerHealth(() => restarts++);
  const log = await openLog({
    health,
    socketFactory: ({ host, port, onConnect }) => {
      const socket = connect({ host, port }, onConnect);
      const write = (chunk: Buffer): boolean => {
        if (!breaking || chunk.readInt16BE(4) !== FETCH) return Socket.prototype.write.call(socket, chunk);
        socket.destroy(new Error('cut'));
        return false;
      };
      return Object.assign(socket, { write });
    },
  });
  const ledger = new Ledger();
  await using consumer = await log.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
  await until(() => health.problems().length > 0, 'it is told of', 60_000);
  expect(health.problems()).toEqual([`the consumer of ${prefix}.commands restarts again and again: see the log`]);
  expect(restarts).toBeGreaterThanOrEqual(3);
  breaking = false;
  await log.append(command(keyIn[0]!));
  await until(() => ledger.count === 1, 'it works again', 20_000);
  await consumer.stop();
  expect(health.problems()).toEqual([]);
}, 120_000);

test('work that fails again and again is reported by partition, until it succeeds', async () => {
  let fails = true;
  const health = createConsumerHealth();
  const log = await openLog({ health });
  const ledger = new Ledger();
  const handler = ledger.handler();
  await log.consume({
    group: 'g',
    maxBatch: 10,
    handler: {
      ...handler,
      handle: (batch, signal) => (fails ? Promise.reject(new Error('no')) : handler.handle(batch, signal)),
    },
  });
  await log.append(command(keyIn[2]!));
  await until(() => health.problems().length > 0, 'it is told of', 60_000);
  expect(health.problems()).toEqual(['work on partition 2 of commands fails again and again: see the log']);
  fails = false;
  await until(() => health.problems().length === 0, 'it works');
  expect(ledger.count).toBe(1);
}, 120_000);
