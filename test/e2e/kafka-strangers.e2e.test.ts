import { randomBytes, randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import type { KafkaMessage, Producer } from 'kafkajs';
import { partitionOf } from '../../src/engine/log/partitioning.js';
import { allMessages, createRoom, sendMessage, signIn } from '../support/chat-client.js';
import { until } from '../support/conditions.js';
import type { Deployment } from '../support/deployment.js';
import { openDeployment } from '../support/deployment.js';
import type { MadangProcess } from '../support/madang.js';

const PARTITIONS = 6;

/** A program with its own Kafka client, and the right to write to the topics. */
async function stranger({ env }: Deployment) {
  const kafka = new Kafka({ clientId: 'stranger', brokers: [env.KAFKA_BROKERS!], logLevel: logLevel.NOTHING });
  const producers: Producer[] = [];
  const producer = async (options: Parameters<Kafka['producer']>[0] = {}): Promise<Producer> => {
    const made = kafka.producer(options);
    producers.push(made);
    await made.connect();
    return made;
  };
  const topic = (name: string): string => `${env.MADANG_TOPIC_PREFIX}.${name}`;
  return {
    topic,
    producer,
    async read(name: string, enough: (messages: readonly KafkaMessage[]) => boolean): Promise<readonly KafkaMessage[]> {
      const consumer = kafka.consumer({ groupId: `stranger-${randomBytes(4).toString('hex')}` });
      const found: KafkaMessage[] = [];
      await consumer.connect();
      try {
        await consumer.subscribe({ topic: topic(name), fromBeginning: true });
        await consumer.run({ eachMessage: ({ message }) => Promise.resolve(void found.push(message)) });
        await until(() => enough(found), `records of ${name}`);
      } finally {
        await consumer.disconnect();
      }
      return found;
    },
    [Symbol.asyncDispose]: async () => void (await Promise.all(producers.map((made) => made.disconnect()))),
  };
}

async function gauges({ url }: MadangProcess, name: string): Promise<readonly number[]> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return [...text.matchAll(new RegExp(`^madang_${name}(?:\\{[^}]*\\})? (.+)$`, 'gm'))].map(([, value]) =>
    Number(value),
  );
}

const header = (message: KafkaMessage, name: string): string => String(message.headers?.[name] ?? '');

test("a stranger's event is not pushed or projected, settles nothing, moves no gauge", async () => {
  await using deployment = await openDeployment('kafka');
  await using madang = await deployment.start();
  await using outside = await stranger(deployment);
  await using mina = await signIn(madang.url, 'mina');
  const { roomId, position } = await createRoom(mina, '마당');
  const events = mina.events(roomId, position);
  await sendMessage(mina, { roomId, body: 'one' });
  await until(() => events.received.length === 1, 'the first message is pushed');

  const partition = partitionOf(roomId, PARTITIONS);
  const [genuine] = (
    await outside.read('events', (found) => found.some((message) => header(message, 'type') === 'MessagePosted'))
  ).filter((message) => header(message, 'type') === 'MessagePosted');
  const { key, value, headers } = genuine!;
  const event = JSON.parse(String(value)) as { readonly position: number; readonly data: { readonly seq: number } };
  const forged = (place: number, body: string, without: readonly string[] = []) => ({
    key,
    partition,
    value: JSON.stringify({
      ...event,
      position: place,
      version: 2,
      commandId: randomUUID(),
      data: { ...event.data, seq: 2, body },
    }),
    headers: Object.fromEntries(
      Object.entries({ ...headers, position: String(place) }).filter(([name]) => !without.includes(name)),
    ),
  });
  const mine = randomUUID();
  const receipt = {
    commandId: mine,
    userId: mina.userId,
    traceId: '0'.repeat(32),
    fingerprint: 'f',
    queue: 'kafka:commands',
    key: roomId,
    partition,
    offset: 9,
    rejection: { code: 'NOT_A_MEMBER', message: 'no' },
    position: event.position,
    events: 0,
    decidedAt: new Date().toISOString(),
  };
  const producer = await outside.producer();
  await producer.send({
    topic: outside.topic('events'),
    messages: [
      forged(event.position + 1, 'forged'),
      forged(event.position + 1, 'forged without a signature', ['signature']),
      forged(1e9, 'far away'),
      forged(event.position + 2, 'of another epoch', ['epoch']),
      { key, partition: (partition + 1) % PARTITIONS, value, headers: headers! },
      {
        key,
        partition,
        value: JSON.stringify(receipt),
        headers: {
          type: 'CommandReceipt',
          schema: '1',
          commandId: mine,
          position: String(event.position),
          epoch: '0',
          traceId: receipt.traceId,
        },
      },
      { key: null, partition, value: null },
      { key, partition, value: 'x', headers: { position: '99999' } },
    ],
  });
  await until(async () => (await gauges(madang, 'foreign_records_total'))[0]! >= 8, 'they were read');

  expect((await sendMessage(mina, { roomId, body: 'two', commandId: mine })).receipt.status).toBe('SUCCEEDED');
  await sendMessage(mina, { roomId, body: 'three' });
  await until(() => events.received.length >= 3, 'what was really sent is pushed');
  expect(events.received.map(({ message }) => [message?.seq, message?.body])).toEqual([
    [1, 'one'],
    [2, 'two'],
    [3, 'three'],
  ]);
  expect((await allMessages(mina, roomId)).map(({ body }) => body)).toEqual(['one', 'two', 'three']);
  await until(
    async () =>
      (
        await Promise.all(
          ['feed_lag_events', 'projection_lag_events', 'process_manager_lag_events'].map((name) =>
            gauges(madang, name),
          ),
        )
      ).every((values) => values.length > 0 && values.every((lag) => lag === 0)),
    'nothing is behind',
  );
  expect(events.errors).toEqual([]);
  events.stop();
});

test('a good command in the wrong place gets only a receipt and a dead letter', async () => {
  await using deployment = await openDeployment('kafka');
  await using madang = await deployment.start();
  await using outside = await stranger(deployment);
  await using mina = await signIn(madang.url, 'mina');
  const { roomId } = await createRoom(mina, '마당');
  await sendMessage(mina, { roomId, body: 'one' });
  const partition = partitionOf(roomId, PARTITIONS);
  const good = (body: string) => ({
    commandId: randomUUID(),
    type: 'SendMessage',
    schema: 1,
    key: roomId,
    userId: mina.userId,
    traceId: '0'.repeat(32),
    at: new Date().toISOString(),
    data: { roomId, body },
  });
  const [astray, elsewhere, home] = [good('in another partition'), good('in another queue'), good('at home')];
  const producer = await outside.producer();
  await producer.send({
    topic: outside.topic('commands'),
    messages: [{ key: roomId, partition: (partition + 1) % PARTITIONS, value: JSON.stringify(astray) }],
  });
  await producer.send({
    topic: outside.topic('gifticon.requests'),
    messages: [{ key: roomId, partition, value: JSON.stringify(elsewhere) }],
  });
  await producer.send({
    topic: outside.topic('commands'),
    messages: [{ key: null, partition, value: JSON.stringify(home) }],
  });

  const letters = await outside.read('dead', (found) => found.length >= 2);
  expect(letters.map(({ value }) => (JSON.parse(String(value)) as { readonly reason: string }).reason)).toEqual(
    expect.arrayContaining([
      expect.stringContaining('SendMessage is a command of the queue commands'),
      expect.stringContaining(`${roomId} belongs to partition ${partition}, and this is in`),
    ]),
  );
  expect(letters).toHaveLength(2);
  // Sent again under the same id, it has that receipt.
  for (const { commandId, data } of [astray, elsewhere]) {
    expect((await sendMessage(mina, { ...data, commandId })).receipt).toMatchObject({
      status: 'REJECTED',
      rejection: { code: 'MALFORMED_COMMAND' },
    });
  }
  expect((await sendMessage(mina, { roomId, body: 'three' })).message?.seq).toBe(3);
  expect((await allMessages(mina, roomId)).map(({ seq, body }) => [seq, body])).toEqual([
    [1, 'one'],
    [2, 'at home'],
    [3, 'three'],
  ]);
});

test("strangers' transactions, ended or open, delay no start and move no gauge", async () => {
  await using deployment = await openDeployment('kafka');
  await using outside = await stranger(deployment);
  const everywhere = (value: string) =>
    Array.from({ length: PARTITIONS }, (_, partition) => ({ key: 'k', partition, value }));
  {
    await using madang = await deployment.start();
    await using _ = await signIn(madang.url, 'mina');
    const producer = await outside.producer({
      transactionalId: outside.topic('a'),
      idempotent: true,
      maxInFlightRequests: 1,
    });
    for (const end of ['commit', 'abort', 'commit'] as const) {
      const transaction = await producer.transaction();
      for (const name of ['commands', 'gifticon.requests', 'events'])
        await transaction.send({ topic: outside.topic(name), messages: everywhere('{}') });
      await transaction[end]();
    }
  }
  const open = await (
    await outside.producer({ transactionalId: outside.topic('b'), idempotent: true, maxInFlightRequests: 1 })
  ).transaction();
  for (const name of ['commands', 'gifticon.requests', 'events'])
    await open.send({ topic: outside.topic(name), messages: everywhere('open') });
  await using madang = await deployment.start();
  await using mina = await signIn(madang.url, 'mina');
  const { roomId } = await createRoom(mina, '마당');
  expect((await sendMessage(mina, { roomId, body: 'behind an open transaction' })).message?.seq).toBe(1);
  await until(async () => {
    const lags = await gauges(madang, 'decider_lag_commands');
    return lags.length === 2 * PARTITIONS && lags.every((lag) => lag === 0);
  }, 'everything is decided');
  await open.abort();
  expect((await sendMessage(mina, { roomId, body: 'and after it' })).message?.seq).toBe(2);
  await until(
    async () => (await gauges(madang, 'decider_lag_commands')).every((lag) => lag === 0),
    'and so is the end',
  );
}, 120_000);
