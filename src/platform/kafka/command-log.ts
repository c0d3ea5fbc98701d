import type { KafkaMessage } from 'kafkajs';
import type { CommandEnvelope } from '../../commands/envelope.js';
import type { Offset, Partition } from '../../events/ids.js';
import { offset } from '../../events/ids.js';
import { encodeCommand } from '../command-json.js';
import { partitionOf } from '../partitioning.js';
import type { PartitionWorker, RecordSource } from '../partition-worker.js';
import type { RemoteClock } from '../remote-clock.js';
import { startPartitionWorker } from '../partition-worker.js';
import type { CommandLog, CommandRecord, Consumer, ConsumeOptions, PassedRecord, Tail, TailOptions } from '../ports/command-log.js';
import { LogError } from '../ports/command-log.js';
import { startKafkaTail } from './command-tail.js';
import type { KafkaConnection } from './connection.js';
import { DAY_MS } from './topic-settings.js';
import type { Fetching, ReaderPartition } from './group-reader.js';
import { startGroupReader } from './group-reader.js';
import { openProducer } from './producer.js';
import { recordOf } from './records.js';

export interface KafkaCommandLogOptions {
  readonly kafka: KafkaConnection;
  /** The topic is `<prefix>.<queue>`. */
  readonly queue: string;
  /** How long a running batch may go on when its partition is given up, and how long once its signal is aborted. */
  readonly drainMs?: number;
  readonly forceMs?: number;
  /** Hears of the broker's. */
  readonly clock?: Pick<RemoteClock, 'read'> | undefined;
  /** Called when retention has deleted commands that were not decided: for a metric that somebody is woken by. */
  onLost?(partition: Partition, from: Offset, to: Offset): void;
}

/** Fetched records that wait, in bytes: past it, fetching pauses. */
const BUFFER_BYTES = 4 * 2 ** 20;

/** @throws {LogError} LOG_MISMATCH where the topic has another number of partitions; LOG_UNAVAILABLE */
export async function openKafkaCommandLog(options: KafkaCommandLogOptions): Promise<CommandLog> {
  const { kafka, queue, drainMs = 5_000, forceMs = 5_000, clock } = options;
  const { partitions, log } = kafka;
  // Undecided commands must outlive a long outage of the deciders.
  const topic = await kafka.ensureTopic(queue, { isQueue: true, retentionMs: 7 * DAY_MS });
  const producer = await openProducer(kafka, topic, clock);
  const consumers = new Set<Consumer>();
  const tails = new Set<Tail>();
  let stopping: Promise<void> | undefined;

  function createSource(partition: Partition, group: string, fetching: Fetching): RecordSource & Pick<ReaderPartition, 'receive' | 'position'> {
    let buffer: KafkaMessage[] = [];
    let bytes = 0;
    let paused = false;
    /** The next offset to come in. */
    let expected: number | undefined;
    let broken: LogError | undefined;
    let wake: (() => void) | undefined;

    return {
      position: () => expected,
      receive(messages, high) {
        if (expected === undefined) return;
        if (high < expected) {
          broken = new LogError('LOG_MISMATCH', `topic ${topic}, partition ${partition}, ends at ${high}, before ${expected}: it was made anew`);
        }
        for (const message of messages) {
          if (Number(message.offset) < expected) continue;
          expected = Number(message.offset) + 1;
          buffer.push(message);
          bytes += (message.value?.length ?? 0) + 100;
        }
        if (bytes > BUFFER_BYTES && !paused) {
          paused = true;
          fetching.pause();
        }
        wake?.();
      },
      async locate(wanted) {
        expected = undefined;
        buffer = [];
        bytes = 0;
        broken = undefined;
        const { low, high } = (await kafka.watermarks(topic))[partition]!;
        let next = Number(wanted);
        if (next > high) {
          log.error({ topic, partition, group, wanted, low, high }, 'the command topic ends before the group’s checkpoint: it is another one; going on from its beginning');
          next = low;
        } else if (next < low) {
          const err = new LogError('LOG_MISMATCH', `commands ${next} to ${low - 1} of ${topic}, partition ${partition}, were deleted by retention before they were decided`);
          log.error({ err, topic, partition, group }, 'commands are lost: raise retention.ms of the topic; going on after them');
          options.onLost?.(partition, wanted, offset(low));
          next = low;
        }
        expected = next;
        paused = false;
        fetching.from(next);
        return offset(next);
      },
      async read(from, max, signal): Promise<readonly (CommandRecord | PassedRecord)[]> {
        while (buffer.length === 0 && !broken && !signal.aborted) {
          await new Promise<void>((resolve) => {
            wake = () => {
              signal.removeEventListener('abort', wake!);
              resolve();
            };
            signal.addEventListener('abort', wake);
          });
        }
        if (signal.aborted) return [];
        if (broken) throw broken;
        const taken = buffer.slice(0, max);
        buffer = buffer.slice(max);
        for (const { value } of taken) bytes -= (value?.length ?? 0) + 100;
        if (paused && bytes < BUFFER_BYTES / 2) {
          paused = false;
          fetching.resume();
        }
        return taken.map((message) => recordOf(message, partition, partitions));
      },
      handled: (next) => fetching.handled(next),
    };
  }

  function consume({ group, maxBatch, handler }: ConsumeOptions): Consumer {
    const workers = new Map<Partition, PartitionWorker>();
    const reader = startGroupReader({
      kafka,
      topic,
      groupId: `${kafka.prefix}.${group}`,
      fromBeginning: true,
      acquire(partition, fetching) {
        const source = createSource(partition, group, fetching);
        const worker = startPartitionWorker({ partition, maxBatch, handler, source, log, queue, health: kafka.health, drainMs, forceMs });
        workers.set(partition, worker);
        const release: ReaderPartition['release'] = (how) => {
          if (workers.get(partition) === worker) workers.delete(partition);
          return worker.end(how);
        };
        return { receive: source.receive, position: source.position, release };
      },
    });
    const stop = (): Promise<void> => reader.stop().finally(() => consumers.delete(consumer));
    const resume = (partition: Partition): void => workers.get(partition)?.again();
    const consumer: Consumer = { owned: reader.owned, resume, stop, [Symbol.asyncDispose]: stop };
    consumers.add(consumer);
    return consumer;
  }

  function refuseWhenStopping(): void {
    if (stopping) throw new LogError('LOG_UNAVAILABLE', `the log of ${queue} is being closed: send the same again to another server`);
  }

  async function follow(wanted: TailOptions): Promise<Tail> {
    refuseWhenStopping();
    const { tail, stands } = startKafkaTail({ kafka, queue, topic, tail: wanted });
    const stop = (): Promise<void> => tail.stop().finally(() => tails.delete(own));
    const own: Tail = { next: tail.next, seek: tail.seek, stop, [Symbol.asyncDispose]: stop };
    tails.add(own);
    await stands;
    refuseWhenStopping();
    return own;
  }

  async function close(): Promise<void> {
    await Promise.all([producer.stop(), ...[...consumers, ...tails].map((running) => running.stop())]);
  }

  const stop = (): Promise<void> => (stopping ??= close());
  return {
    queue,
    engine: 'kafka',
    partitions,
    async append(command: CommandEnvelope) {
      refuseWhenStopping();
      const { payload } = encodeCommand(command);
      const partition = partitionOf(command.key, partitions);
      const headers = { type: command.type, schema: String(command.schema), commandId: command.commandId, traceId: command.traceId };
      const { offset: place, at } = await producer.send({ partition, messages: [{ key: command.key, value: payload, headers }] });
      return { partition, offset: place, at: at ?? new Date(command.at) };
    },
    consume: (wanted) => Promise.resolve(consume(wanted)),
    tail: follow,
    // Asked anew each time: whoever looks for a command that another server took must not hear of a moment before.
    ends: async () => (await kafka.watermarks(topic)).map(({ high }) => offset(high)),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
