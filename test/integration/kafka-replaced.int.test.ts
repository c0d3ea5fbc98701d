import { randomBytes, randomUUID } from 'node:crypto';
import { Socket, connect as connectSocket } from 'node:net';
import { Kafka, Partitioners, logLevel } from 'kafkajs';
import type { Admin, ISocketFactory } from 'kafkajs';
import type { CommandEnvelope } from '../../src/engine/domain/envelope.js';
import { offset } from '../../src/engine/domain/ids.js';
import { openKafkaCommandLog } from '../../src/engine/kafka/command-log.js';
import type { KafkaOptions } from '../../src/engine/kafka/connection.js';
import { openKafka } from '../../src/engine/kafka/connection.js';
import type { LogMessage } from '../../src/engine/kafka/record-batches.js';
import { createRecordSource } from '../../src/engine/kafka/record-source.js';
import { partitionOf } from '../../src/engine/log/partitioning.js';
import type { CommandLog } from '../../src/engine/log/command-log.js';
import { startDecider } from '../../src/engine/decider/decider.js';
import { quietLogger, until } from '../support/conditions.js';
import { openDeciderSite } from '../support/decider-site.js';

const PARTITIONS = 3;
const brokers = (): string[] => process.env.TEST_KAFKA_BROKERS!.split(',');

async function withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Kafka({ brokers: brokers(), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** A decider's database, and a command log on Kafka whose topic can be replaced. */
async function openSite() {
  const site = await openDeciderSite();
  const prefix = `test-${randomBytes(6).toString('hex')}`;
  const topic = `${prefix}.commands`;
  const told = { lost: 0, replaced: 0 };
  const closes: (() => Promise<unknown>)[] = [];

  const connect = async (more: Partial<KafkaOptions> = {}) => {
    const kafka = await openKafka({ brokers: brokers(), prefix, partitions: PARTITIONS, log: quietLogger, ...more });
    closes.push(() => kafka.stop());
    return { kafka, topic };
  };
  /** Another process's log. */
  const openLog = async (more?: Partial<KafkaOptions>): Promise<CommandLog> => {
    const { kafka } = await connect(more);
    const log = await openKafkaCommandLog({
      kafka,
      queue: 'commands',
      onLost: (commands) => void (told.lost += commands),
      onReplaced: () => void told.replaced++,
    });
    closes.push(() => log.stop());
    return log;
  };
  const outcomes = async (commands: readonly CommandEnvelope[]): Promise<number> =>
    (await site.parts.store.receipts(commands.map(({ commandId }) => commandId))).size;
  const roomId = randomUUID();
  return {
    ...site,
    told,
    connect,
    openLog,
    partition: partitionOf(roomId, PARTITIONS),
    room: site.createRoom(roomId),
    messages: (count: number): readonly CommandEnvelope[] =>
      Array.from({ length: count }, (_, n) => site.send(roomId, `${n}`)),
    outcomes,
    async append(log: CommandLog, commands: readonly CommandEnvelope[]): Promise<void> {
      for (const command of commands) await log.append(command);
    },
    decide: (log: CommandLog) => startDecider({ ...site.parts, log }),
    decided: (commands: readonly CommandEnvelope[], what: string) =>
      until(async () => (await outcomes(commands)) === commands.length, what, 60_000),
    checkpoint: async () => site.parts.store.checkpoint('kafka:commands', partitionOf(roomId, PARTITIONS)),
    /** Deletes the topic, and recreates it with these commands, once `whenGone` has resolved. */
    async replace(commands: readonly CommandEnvelope[], whenGone?: () => Promise<void>): Promise<void> {
      await withAdmin(async (admin) => {
        await admin.deleteTopics({ topics: [topic] });
        await until(async () => !(await admin.listTopics()).includes(topic), 'the topic is gone');
      });
      await whenGone?.();
      const log = await openLog();
      for (const command of commands) await log.append(command);
    },
    /** Deletes records like retention. */
    deleteBelow: (partition: number, below: number) =>
      withAdmin(async (admin) => {
        await admin.fetchTopicOffsets(topic);
        await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(below) }] });
      }),
    /** Writes a record of another program. */
    async foreign(partition: number, value: string): Promise<void> {
      const producer = new Kafka({ brokers: brokers(), logLevel: logLevel.NOTHING }).producer({
        createPartitioner: Partitioners.DefaultPartitioner,
      });
      await producer.connect();
      await producer.send({ topic, messages: [{ partition, value }] });
      await producer.disconnect();
    },
    async [Symbol.asyncDispose]() {
      for (const close of closes.toReversed()) await close();
      await withAdmin((admin) => admin.deleteTopics({ topics: [topic] }));
      await site[Symbol.asyncDispose]();
    },
  };
}

test('a topic made anew that grew past the checkpoint is decided from its start', async () => {
  await using site = await openSite();
  const [before, after] = [[site.room, ...site.messages(3)], site.messages(6)];
  const log = await site.openLog();
  {
    await using _decider = await site.decide(log);
    await site.append(log, before);
    await site.decided(before, 'what the old topic had');
  }
  expect(await site.checkpoint()).toMatchObject({ next: 4, mark: { offset: 3 } });
  await site.replace([...after, before[1]!]);
  await using _decider = await site.decide(await site.openLog());
  await site.decided(after, 'what the new topic has');
  expect(site.told).toEqual({ lost: 0, replaced: 1 });
  await until(async () => (await site.checkpoint()).next === 7, 'its end');
  // A command that is in both has one effect.
  expect((await site.events(site.room.key)).filter(({ event }) => event.type === 'MessagePosted')).toHaveLength(9);
});

test('so is a topic that is replaced while its decider waits for commands', async () => {
  await using site = await openSite();
  const [before, after] = [[site.room, ...site.messages(3)], site.messages(6)];
  const log = await site.openLog();
  await using _decider = await site.decide(log);
  await site.append(log, before);
  await site.decided(before, 'what the old topic had');
  await site.replace(after);
  await site.decided(after, 'what the new topic has');
});

test('an unchanged topic is continued where it was left off', async () => {
  await using site = await openSite();
  const log = await site.openLog();
  const first = [site.room, ...site.messages(2)];
  for (const [commands, last] of [
    [first, 3],
    [site.messages(2), 6],
  ] as const) {
    await using _decider = await site.decide(await site.openLog());
    await site.append(log, commands);
    await site.decided(commands, 'what was appended');
    await site.foreign(site.partition, 'no command');
    await until(
      async () => (await site.checkpoint()).mark?.offset === last,
      'the record that is no command is behind the checkpoint',
    );
  }
  expect(site.told).toEqual({ lost: 0, replaced: 0 });
});

test('a checkpoint that the previous program version moved is believed', async () => {
  await using site = await openSite();
  const log = await site.openLog();
  const before = [site.room, ...site.messages(3)];
  {
    await using _decider = await site.decide(log);
    await site.append(log, before);
    await site.decided(before, 'the first');
  }
  // It has decided two more, and leaves the mark as it was.
  await site.append(log, site.messages(2));
  await site.database.pool.query('UPDATE command_checkpoints SET next_offset = 6 WHERE partition = $1', [
    site.partition,
  ]);
  expect(await site.checkpoint()).toMatchObject({ next: 6, mark: null });
  const after = site.messages(1);
  await site.append(log, after);
  await using _decider = await site.decide(await site.openLog());
  await site.decided(after, 'the next');
  expect(site.told).toEqual({ lost: 0, replaced: 0 });
});

test('commands that retention deleted while no decider ran are counted', async () => {
  await using site = await openSite();
  const log = await site.openLog();
  const before = [site.room, ...site.messages(1)];
  {
    await using _decider = await site.decide(log);
    await site.append(log, before);
    await site.decided(before, 'the first');
  }
  await site.append(log, site.messages(3));
  const after = site.messages(1);
  await site.append(log, after);
  await site.deleteBelow(site.partition, 5);
  await using _decider = await site.decide(await site.openLog());
  await site.decided(after, 'what is left');
  expect(site.told).toEqual({ lost: 3, replaced: 0 });
  expect(await site.checkpoint()).toMatchObject({ next: 6, mark: { offset: 5 } });
});

test('so are those that it deletes under a slow decider', async () => {
  await using site = await openSite();
  const log = await site.openLog();
  await site.append(log, [site.room, ...site.messages(5)]);
  const { kafka, topic } = await site.connect();
  const record = (at: number): LogMessage => ({
    offset: String(at),
    key: null,
    value: Buffer.from(String(at)),
    timestamp: '1',
    attributes: 0,
    headers: {},
  });
  let lost = 0;
  const source = createRecordSource({
    kafka,
    topic,
    partition: site.partition,
    group: 'g',
    fetching: { from: () => undefined, pause: () => undefined, resume: () => undefined, handled: () => undefined },
    onLost: (commands) => void (lost += commands),
    onReplaced: () => undefined,
  });
  await source.locate({ next: offset(0), mark: null }, new AbortController().signal);
  source.receive([record(0), record(1)], 6);
  await site.deleteBelow(site.partition, 4);
  // A deletion between two fetches; then a gap of a foreign transaction, which loses nothing.
  source.receive([record(5)], 6);
  source.receive([record(7)], 8);
  await until(() => lost > 0, 'they are counted');
  expect(lost).toBe(2);
  expect((await source.read(offset(0), 10, new AbortController().signal)).map((each) => each.offset)).toEqual([
    0, 1, 5, 7,
  ]);
  source.end();
});

/** A tail follows the topic, which is replaced. It has to hear all of the new one, in order. */
async function hearsBoth(
  site: Awaited<ReturnType<typeof openSite>>,
  log: CommandLog,
  replace: (after: readonly CommandEnvelope[]) => Promise<void>,
): Promise<void> {
  const heard: string[] = [];
  await using _tail = await log.tail({
    from: Array.from({ length: PARTITIONS }, () => offset(0)),
    records: (_partition, records) =>
      void heard.push(...records.flatMap((record) => ('command' in record ? [record.command.commandId] : []))),
  });
  const [before, after] = [site.messages(3), site.messages(5)];
  await site.append(log, before);
  await until(() => heard.length === 3, 'the old topic');
  await replace(after);
  await until(() => after.every(({ commandId }) => heard.includes(commandId)), 'the new topic', 60_000);
  expect(heard.slice(-5)).toEqual(after.map(({ commandId }) => commandId));
}

test('a tail begins again where the topic was made anew and has grown past its place', async () => {
  await using site = await openSite();
  await hearsBoth(site, await site.openLog(), site.replace);
});

/** The fifth byte of a request is its kind. */
const [FETCH, METADATA] = [1, 3];

/** Holds back the fetches of a connection from its next request for metadata on, which follows a failed fetch. */
function holdFetches() {
  let state: 'open' | 'armed' | 'held' = 'open';
  let held: (() => void)[] = [];
  const socketFactory: ISocketFactory = ({ host, port, onConnect }) => {
    const socket = connectSocket({ host, port }, onConnect);
    const write = (chunk: Buffer): boolean => {
      const send = (): boolean => Socket.prototype.write.call(socket, chunk);
      const kind = chunk.readInt16BE(4);
      if (kind === METADATA && state === 'armed') state = 'held';
      if (kind !== FETCH || state !== 'held') return send();
      held.push(send);
      return true;
    };
    return Object.assign(socket, { write });
  };
  return {
    socketFactory,
    arm: () => void (state = 'armed'),
    fetchesAgain: () => until(() => held.length > 0, 'the next fetch'),
    release() {
      state = 'open';
      for (const send of held) send();
      held = [];
    },
  };
}

test('a tail whose fetch failed once reads a topic made anew from its start', async () => {
  await using site = await openSite();
  const fetches = holdFetches();
  await hearsBoth(site, await site.openLog({ socketFactory: fetches.socketFactory }), async (after) => {
    fetches.arm();
    await site.replace(after, fetches.fetchesAgain);
    fetches.release();
  });
});

test('a tail of an emptied topic reports it, also while nothing comes', async () => {
  await using site = await openSite();
  const log = await site.openLog();
  await site.append(log, site.messages(3));
  let heard = 0;
  const replaced: number[] = [];
  const tail = await log.tail({
    from: Array.from({ length: PARTITIONS }, () => offset(0)),
    records: (_partition, records) => void (heard += records.length),
    replaced: (partition) => void replaced.push(partition),
  });
  await until(() => heard === 3, 'the tail has read it');
  await site.replace([]);
  await until(() => replaced.length > 0, 'the tail hears of it', 60_000);
  expect(replaced).toEqual([site.partition]);
  await tail.stop();
}, 120_000);
