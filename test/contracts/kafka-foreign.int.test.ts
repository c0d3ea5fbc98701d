import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Message, Producer } from 'kafkajs';
import kafkajs, { CompressionTypes, Kafka, logLevel, Partitioners } from 'kafkajs';
import snappyjs from 'snappyjs';
import { FIRST_EPOCH, position } from '../../src/events/ids.js';
import { MAX_BATCH_BYTES } from '../../src/platform/kafka/decompress.js';
import { openKafkaCommandLog } from '../../src/platform/kafka/command-log.js';
import type { KafkaConnection } from '../../src/platform/kafka/connection.js';
import { openKafka } from '../../src/platform/kafka/connection.js';
import { openKafkaEventFeed } from '../../src/platform/kafka/event-feed.js';
import type { CommandLog } from '../../src/platform/ports/command-log.js';
import type { News } from '../../src/platform/ports/event-feed.js';
import { until } from '../support/conditions.js';
import { lz4Frame, zstdFrame } from '../support/record-batches.js';
import { Heard, keyIn } from './command-tail.contract.js';
import { command, createReleases, Ledger, PARTITIONS, quietLog } from './log-engine.js';

const snappy = (bytes: Buffer): Buffer => snappyjs.compress(bytes);

// What other programs write with: kafkajs has gzip alone. It writes nothing here that it reads again.
const never = (): never => {
  throw new Error('not read in here');
};
const codec = (compress: (bytes: Buffer) => Buffer) => () => ({ compress: ({ buffer }: { buffer: Buffer }) => Promise.resolve(compress(buffer)), decompress: never });
kafkajs.CompressionCodecs[CompressionTypes.Snappy] = codec(snappy);
kafkajs.CompressionCodecs[CompressionTypes.LZ4] = codec(lz4Frame);
kafkajs.CompressionCodecs[CompressionTypes.ZSTD] = codec(zstdFrame);

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
  open.defer(async () => admin.deleteTopics({ topics: (await admin.listTopics()).filter((name) => name.startsWith(`${prefix}.`)) }));
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

test('commands that other programs compressed are read, by deciders and by those who follow', async () => {
  const [ledger, heard] = [new Ledger(), new Heard()];
  await log.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
  await log.tail(heard.from());
  const producer = await producerOf();
  const sent: string[] = [];
  for (const compression of [CompressionTypes.ZSTD, CompressionTypes.LZ4, CompressionTypes.Snappy, CompressionTypes.GZIP]) {
    const messages = keyIn.map((key) => foreign(key, '마당 '.repeat(100)));
    for (const { value } of messages) sent.push((JSON.parse(String(value)) as { commandId: string }).commandId);
    await producer.send({ topic, compression, messages });
  }
  await until(() => ledger.count === 16 && heard.count === 16, 'all of them');
  expect([...ledger.ids].sort()).toEqual(sent.toSorted());
});

test('a batch that becomes too large is one unreadable record, and its partition goes on', async () => {
  const [ledger, heard] = [new Ledger(), new Heard()];
  await log.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
  await log.tail(heard.from());
  const producer = await producerOf();
  const bomb = { key: keyIn[1]!, value: Buffer.alloc(MAX_BATCH_BYTES), partition: 1 };
  kafkajs.CompressionCodecs[CompressionTypes.GZIP] = codec((bytes) => gzipSync(bytes));
  await producer.send({ topic, compression: CompressionTypes.GZIP, messages: [foreign(keyIn[1]!, 'with it'), bomb] });
  const after = command(keyIn[1]!);
  await log.append(after);
  await until(() => ledger.count === 2 && heard.count === 2, 'both');
  expect(ledger.records.get(1)).toMatchObject([{ offset: 1, unreadable: { reason: expect.stringContaining('offsets 0 to 1') as string } }, { offset: 2, command: { commandId: after.commandId } }]);
});

test('the end of a transaction is no record: whoever goes up to the end gets there', async () => {
  const producer = await producerOf({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 });
  for (const end of ['commit', 'abort', 'commit'] as const) {
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [foreign(keyIn[2]!, end)] });
    await transaction[end]();
  }
  const ledger = new Ledger();
  await log.consume({ group: 'g', maxBatch: 10, handler: ledger.handler() });
  const heard = new Heard();
  const tail = await log.tail(heard.from());
  const { 2: end } = await log.ends();
  expect(end).toBe(6);
  await until(() => tail.next(2) === end && ledger.next[2] === end, 'the end, in both');
  expect(heard.offsets(2)).toEqual([0, 2, 4]);
  expect(ledger.records.get(2)!.map(({ offset }) => offset)).toEqual([0, 2, 4]);
});

test('a transaction that others leave open holds nobody up, and the end is behind what was appended since', async () => {
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

test('a batch of the event feed that cannot be read is passed, and what is published behind it is heard', async () => {
  const feed = await openKafkaEventFeed({ kafka });
  open.defer(() => feed.stop());
  const news: News[] = [];
  await feed.follow({ news: (heard) => void news.push(heard) });
  const producer = await producerOf();
  const bomb = { key: 'k', value: Buffer.alloc(MAX_BATCH_BYTES + 1), partition: 0, headers: { type: 'MessagePosted', position: '77' } };
  await producer.send({ topic: `${kafka.prefix}.events`, compression: CompressionTypes.ZSTD, messages: [{ ...bomb, value: 'x' }] });
  await producer.send({ topic: `${kafka.prefix}.events`, compression: CompressionTypes.GZIP, messages: [bomb] });
  await feed.publish({ partition: 0, epoch: FIRST_EPOCH, head: position(3), events: [], receipts: [receipt()] });
  await until(() => news.some(({ receipts }) => receipts.length === 1), 'the receipt');
});

function receipt(): News['receipts'][number] {
  const { commandId, userId, traceId, key } = command('k');
  return {
    commandId, userId, traceId, key, fingerprint: 'f', queue: 'kafka:commands', partition: 0, offset: 0 as never, rejection: null, position: position(3), events: 0,
    decidedAt: new Date(0),
  };
}
