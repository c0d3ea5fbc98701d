import { randomBytes } from 'node:crypto';
import type { KafkaMessage, Message, Producer } from 'kafkajs';
import { CompressionTypes, Kafka, logLevel, Partitioners } from 'kafkajs';
import { FIRST_EPOCH, position } from '../../src/engine/domain/ids.js';
import { MAX_BATCH_BYTES } from '../../src/engine/kafka/decompress.js';
import { openKafkaCommandLog } from '../../src/engine/kafka/command-log.js';
import type { KafkaConnection } from '../../src/engine/kafka/connection.js';
import { openKafka } from '../../src/engine/kafka/connection.js';
import { openKafkaEventFeed } from '../../src/engine/kafka/event-feed.js';
import type { CommandLog } from '../../src/engine/log/command-log.js';
import type { FeedBatch } from '../../src/engine/log/event-feed.js';
import { until } from '../support/conditions.js';
import { registerForeignCodecs } from '../support/foreign-codecs.js';
import { CONTRACT_EVENTS, decided } from '../../src/engine/testing/contracts/event-feed.js';
import { Delivered, keyIn } from '../../src/engine/testing/contracts/command-tail.js';
import { command, createReleases, Ledger, PARTITIONS, quietLog } from '../../src/engine/testing/contracts/log-site.js';

registerForeignCodecs();

const brokers = process.env.TEST_KAFKA_BROKERS!.split(',');
const outsider = new Kafka({ clientId: 'outsider', brokers, logLevel: logLevel.NOTHING });

let open: ReturnType<typeof createReleases>;
let kafka: KafkaConnection;
let log: CommandLog;
let topic: string;

beforeEach(async () => {
  open = createReleases();
  const prefix = `foreign-${randomBytes(6).toString('hex')}`;
  const admin = outsider.admin();
  await admin.connect();
  open.defer(() => admin.disconnect());
  open.defer(async () =>
    admin.deleteTopics({ topics: (await admin.listTopics()).filter((name) => name.startsWith(`${prefix}.`)) }),
  );
  kafka = await openKafka({ brokers, prefix, partitions: PARTITIONS, sessionTimeoutMs: 6_000, log: quietLog });
  open.defer(() => kafka.stop());
  log = await openKafkaCommandLog({ kafka, queue: 'commands', drainMs: 500, forceMs: 2_000 });
  open.defer(() => log.stop());
  topic = `${prefix}.commands`;
});
afterEach(() => open.releaseAll());

const foreign = (key: string, data: unknown): Message & { readonly partition: number } => {
  const sent = command(key, data);
  return { key, value: JSON.stringify(sent), partition: keyIn.indexOf(key) };
};

async function producerOf(options: Parameters<Kafka['producer']>[0] = {}): Promise<Producer> {
  const producer = outsider.producer({ createPartitioner: Partitioners.DefaultPartitioner, ...options });
  await producer.connect();
  open.defer(() => producer.disconnect());
  return producer;
}

test('commands that other programs compressed are read, by deciders and followers', async () => {
  const [ledger, heard] = [new Ledger(), new Delivered()];
  await log.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
  await log.tail(heard.from());
  const producer = await producerOf();
  const sent: string[] = [];
  for (const compression of [
    CompressionTypes.ZSTD,
    CompressionTypes.LZ4,
    CompressionTypes.Snappy,
    CompressionTypes.GZIP,
  ]) {
    const messages = keyIn.map((key) => foreign(key, '마당 '.repeat(100)));
    for (const { value } of messages) sent.push((JSON.parse(String(value)) as { commandId: string }).commandId);
    await producer.send({ topic, compression, messages });
  }
  await until(() => ledger.count === 16 && heard.count === 16, 'all of them');
  expect([...ledger.ids].sort()).toEqual(sent.toSorted());
});

test('a batch that unpacks to too much is one unreadable record; the rest goes on', async () => {
  const [ledger, heard] = [new Ledger(), new Delivered()];
  await log.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
  await log.tail(heard.from());
  const producer = await producerOf();
  const bomb = { key: keyIn[1]!, value: Buffer.alloc(MAX_BATCH_BYTES), partition: 1 };
  await producer.send({ topic, compression: CompressionTypes.GZIP, messages: [foreign(keyIn[1]!, 'with it'), bomb] });
  const after = command(keyIn[1]!);
  await log.append(after);
  await until(() => ledger.count === 2 && heard.count === 2, 'both');
  expect(ledger.records.get(1)).toMatchObject([
    { offset: 1, unreadable: { reason: expect.stringContaining('offsets 0 to 1') as string } },
    { offset: 2, command: { commandId: after.commandId } },
  ]);
});

test('the end of a transaction is no record: a reader to the end reaches it', async () => {
  const producer = await producerOf({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 });
  for (const end of ['commit', 'abort', 'commit'] as const) {
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [foreign(keyIn[2]!, end)] });
    await transaction[end]();
  }
  const ledger = new Ledger();
  await log.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
  const heard = new Delivered();
  const tail = await log.tail(heard.from());
  const { 2: end } = await log.ends();
  expect(end).toBe(6);
  await until(() => tail.next(2) === end && ledger.next[2] === end, 'the end, in both');
  expect(heard.offsets(2)).toEqual([0, 2, 4]);
  expect(ledger.records.get(2)!.map(({ offset }) => offset)).toEqual([0, 2, 4]);
});

test('an open transaction of another program holds nobody up', async () => {
  const ledger = new Ledger();
  await log.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
  const producer = await producerOf({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 });
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: [foreign(keyIn[3]!, 'open')] });
  const sent = command(keyIn[3]!);
  await log.append(sent);
  expect((await log.ends())[3]).toBe(2);
  await until(() => ledger.ids.includes(sent.commandId), 'the command behind it');
  await transaction.abort();
});

test('an unreadable batch of the event feed is passed, and the next is delivered', async () => {
  const { feed, batches } = await recordedFeed();
  const producer = await producerOf();
  const bomb = {
    key: 'k',
    value: Buffer.alloc(MAX_BATCH_BYTES + 1),
    partition: 0,
    headers: { type: 'Said', position: '77' },
  };
  await producer.send({
    topic: `${kafka.prefix}.events`,
    compression: CompressionTypes.ZSTD,
    messages: [{ ...bomb, value: 'x' }],
  });
  await producer.send({ topic: `${kafka.prefix}.events`, compression: CompressionTypes.GZIP, messages: [bomb] });
  await feed.publish({ partition: 0, epoch: FIRST_EPOCH, head: position(3), events: [], receipts: [receipt()] });
  await until(() => batches.some(({ receipts }) => receipts.length === 1), 'the receipt');
});

async function recordedFeed(key = randomBytes(32)) {
  let foreign = 0;
  const feed = await openKafkaEventFeed({
    catalog: CONTRACT_EVENTS,
    kafka,
    key,
    onForeign: (records) => void (foreign += records),
  });
  open.defer(() => feed.stop());
  const batches: FeedBatch[] = [];
  await feed.follow({ onBatch: (heard) => void batches.push(heard) });
  return { feed, batches, foreign: () => foreign };
}

test('foreign records on the topic of events bring no event and no receipt', async () => {
  const { feed, batches, foreign } = await recordedFeed();
  const elsewhere = await recordedFeed();
  const { events, receipts } = decided(0, 3, 2);
  const ours = { partition: 0, epoch: FIRST_EPOCH, head: position(5), events, receipts };
  // Of another deployment, which has another key.
  await elsewhere.feed.publish({ ...ours, head: position(900) });
  await until(() => foreign() === 5, 'they were read');
  expect(batches).toEqual([doubt(0)]);
  await until(() => elsewhere.batches.length > 0, 'the other deployment receives its own');
  const copies = await recordsOf(`${kafka.prefix}.events`, 5);

  await feed.publish(ours);
  await until(() => batches.some(({ head }) => head === 5), 'our own is received');
  const [signed] = (await recordsOf(`${kafka.prefix}.events`, 6)).slice(5);
  const { key, value, headers } = signed!;
  const producer = await producerOf();
  const changed = [
    { headers: { ...headers, position: '77' } },
    { headers: { ...headers, epoch: '8' } },
    { headers: { ...headers, type: 'CommandReceipt' } },
    { headers: { ...headers, signature: '' } },
    { value: Buffer.from(String(value).replace('안녕', '안넝')) },
    { value: null },
    { partition: 1 },
    { headers: {}, key: null },
  ];
  const before = batches.length;
  await producer.send({
    topic: `${kafka.prefix}.events`,
    messages: changed.map((change) => ({ key, value, headers: headers!, partition: 0, ...change })),
  });
  await until(() => foreign() === 5 + changed.length, 'all of them were read');
  const since = batches.slice(before);
  expect(
    new Set(
      since.map(({ doubtful, head, events: none, receipts: neither }) =>
        JSON.stringify([doubtful, head, none, neither]),
      ),
    ),
  ).toEqual(new Set([JSON.stringify([true, 0, [], []])]));
  expect(copies).toHaveLength(5);
});

const doubt = (partition: number): FeedBatch => ({
  partition,
  epoch: null,
  doubtful: true,
  head: position(0),
  events: [],
  receipts: [],
});

async function recordsOf(of: string, count: number): Promise<readonly KafkaMessage[]> {
  const consumer = outsider.consumer({ groupId: `${of}.${randomBytes(4).toString('hex')}` });
  const found: KafkaMessage[] = [];
  await consumer.connect();
  try {
    await consumer.subscribe({ topic: of, fromBeginning: true });
    await consumer.run({ eachMessage: ({ message }) => Promise.resolve(void found.push(message)) });
    await until(() => found.length >= count, 'records of the topic');
  } finally {
    await consumer.disconnect();
  }
  return found;
}

test('a command in another partition than that of its key comes as misplaced', async () => {
  const [ledger, heard] = [new Ledger(), new Delivered()];
  await log.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
  await log.tail(heard.from());
  const producer = await producerOf();
  // The record's own key is not believed.
  await producer.send({
    topic,
    messages: [
      { ...foreign(keyIn[1]!, 'astray'), partition: 0 },
      { ...foreign(keyIn[1]!, 'at home'), key: keyIn[0]! },
      { ...foreign(keyIn[2]!, 'at home'), key: null },
    ],
  });
  await until(() => ledger.count === 3 && heard.count === 3, 'all of them');
  const misplaced = { partition: 0, belongs: 1 };
  expect(ledger.records.get(0)).toMatchObject([{ offset: 0, command: { data: 'astray' }, misplaced }]);
  expect([...ledger.records.get(1)!, ...ledger.records.get(2)!].map((record) => 'misplaced' in record)).toEqual([
    false,
    false,
  ]);
});

function receipt(): FeedBatch['receipts'][number] {
  const { commandId, userId, traceId, key } = command('k');
  return {
    commandId,
    userId,
    traceId,
    key,
    fingerprint: 'f',
    queue: 'kafka:commands',
    partition: 0,
    offset: 0 as never,
    rejection: null,
    position: position(3),
    events: 0,
    decidedAt: new Date(0),
  };
}
