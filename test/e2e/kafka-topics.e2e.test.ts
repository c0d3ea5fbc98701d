import { Kafka, logLevel } from 'kafkajs';
import type { KafkaMessage } from 'kafkajs';
import { partitionOf } from '../../src/engine/log/partitioning.js';
import { createRoom, joinRoom, sendMessage, signIn } from '../support/chat-client.js';
import { until } from '../support/conditions.js';
import { openDeployment } from '../support/deployment.js';

interface Seen {
  readonly partition: number;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: string;
}

const seen = (partition: number, { key, value, headers }: KafkaMessage): Seen => ({
  partition,
  key: key?.toString() ?? null,
  headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)])),
  value: value?.toString() ?? '',
});

/** Reads topics from their beginning like any Kafka client, by their names alone. */
async function listen(kafka: Kafka, topics: readonly string[]) {
  const records = new Map<string, Seen[]>(topics.map((topic) => [topic, []]));
  const consumer = kafka.consumer({ groupId: `outsider-${topics[0]}` });
  await consumer.connect();
  await consumer.subscribe({ topics: [...topics], fromBeginning: true });
  await consumer.run({
    eachMessage: ({ topic, partition, message }) =>
      Promise.resolve(void records.get(topic)!.push(seen(partition, message))),
  });
  return {
    of: (topic: string): readonly Seen[] => records.get(topic)!,
    [Symbol.asyncDispose]: () => consumer.disconnect(),
  };
}

test('any Kafka client can read the topics; its bad records become dead letters', async () => {
  await using deployment = await openDeployment('kafka');
  await using madang = await deployment.start();
  const prefix = deployment.env.MADANG_TOPIC_PREFIX!;
  const kafka = new Kafka({
    clientId: 'outsider',
    brokers: [deployment.env.KAFKA_BROKERS!],
    logLevel: logLevel.NOTHING,
  });
  const [commands, events, dead] = [`${prefix}.commands`, `${prefix}.events`, `${prefix}.dead`] as const;
  await using topics = await listen(kafka, [commands, events, dead]);
  await using mina = await signIn(madang.url, 'mina');
  await using jun = await signIn(madang.url, 'jun');
  const { roomId } = await createRoom(mina, '마당');
  expect((await joinRoom(mina, roomId)).rejection?.code).toBe('ALREADY_A_MEMBER');
  await joinRoom(jun, roomId);
  const { receipt } = await sendMessage(jun, { roomId, body: '안녕하세요 🎁' });

  await until(
    () =>
      topics
        .of(events)
        .some(({ headers }) => headers.type === 'CommandReceipt' && headers.commandId === receipt.commandId),
    'the receipt is on the topic',
  );
  // A consumer reads several topics in no common order.
  await until(
    () => topics.of(commands).some(({ headers }) => headers.commandId === receipt.commandId),
    'the command is on the topic',
  );
  const command = topics.of(commands).find(({ headers }) => headers.commandId === receipt.commandId)!;
  const partition = partitionOf(roomId, 6);
  expect(command).toMatchObject({ key: roomId, partition, headers: { type: 'SendMessage', schema: '1' } });
  expect(JSON.parse(command.value)).toMatchObject({
    commandId: receipt.commandId,
    userId: jun.userId,
    data: { roomId, body: '안녕하세요 🎁' },
  });

  const ofRoom = topics.of(events).filter(({ key }) => key === roomId);
  expect(ofRoom.map(({ headers }) => headers.type)).toEqual([
    'RoomCreated',
    'MemberJoined',
    'CommandReceipt',
    'CommandReceipt',
    'MemberJoined',
    'CommandReceipt',
    'MessagePosted',
    'CommandReceipt',
  ]);
  expect(new Set(ofRoom.map((record) => record.partition))).toEqual(new Set([partition]));
  const positions = ofRoom
    .filter(({ headers }) => headers.type !== 'CommandReceipt')
    .map(({ headers }) => Number(headers.position));
  expect(positions).toEqual(positions.toSorted((a, b) => a - b));
  expect(JSON.parse(ofRoom.find(({ headers }) => headers.type === 'MessagePosted')!.value)).toMatchObject({
    type: 'MessagePosted',
    schema: 1,
    data: { seq: 1, body: '안녕하세요 🎁' },
  });

  const producer = kafka.producer();
  await producer.connect();
  await producer.send({
    topic: commands,
    messages: [
      { key: roomId, partition, value: 'not a command {' },
      { key: roomId, partition, value: null },
    ],
  });
  await producer.disconnect();
  await until(() => topics.of(dead).length === 2, 'both are dead letters');
  for (const letter of topics.of(dead)) {
    expect(letter.headers).toMatchObject({ type: 'DeadLetter', source: 'kafka:commands' });
    expect(JSON.parse(letter.value)).toMatchObject({
      partition,
      reason: expect.stringContaining('not JSON') as string,
    });
  }
  expect(JSON.parse(topics.of(dead)[0]!.value)).toMatchObject({ payload: 'not a command {' });
  expect((await sendMessage(mina, { roomId, body: 'and on it goes' })).message?.seq).toBe(2);
});
