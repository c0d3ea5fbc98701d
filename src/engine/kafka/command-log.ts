import type { CommandEnvelope } from '../domain/envelope.js';
import type { Partition } from '../domain/ids.js';
import { offset } from '../domain/ids.js';
import { traceparentOf } from '../domain/trace.js';
import { encodeCommand } from '../log/command-json.js';
import { partitionOf } from '../log/partitioning.js';
import type { PartitionWorker } from '../log/partition-worker.js';
import type { RemoteClock } from '../runtime/remote-clock.js';
import { startPartitionWorker } from '../log/partition-worker.js';
import type { CommandLog, Consumer, ConsumeOptions, Tail, TailOptions } from '../log/command-log.js';
import { closing } from '../log/command-log.js';
import { startKafkaTail } from './command-tail.js';
import type { KafkaConnection } from './connection.js';
import { DAY_MS } from './topic-settings.js';
import type { ReaderPartition } from './group-reader.js';
import { startGroupReader } from './group-reader.js';
import { openProducer } from './producer.js';
import { createRecordSource } from './record-source.js';

export interface KafkaCommandLogOptions {
  readonly kafka: KafkaConnection;
  /** The topic is `<prefix>.<queue>`. */
  readonly queue: string;
  /** Grace time of a running batch when its partition is given up, and again after its signal is aborted. */
  readonly drainMs?: number;
  readonly forceMs?: number;
  /** A busy process sends at most this often, in milliseconds. */
  readonly gatherMs?: number | undefined;
  /** Gets the times of the broker. */
  readonly clock?: Pick<RemoteClock, 'read'> | undefined;
  /** Called when retention has deleted undecided commands, for a metric with an alert. */
  readonly onLost?: ((commands: number) => void) | undefined;
  /** Called when a partition is found to be another one than was decided. */
  readonly onReplaced?: (() => void) | undefined;
}

/** @throws {LogError} LOG_MISMATCH: the topic has another number of partitions; LOG_UNAVAILABLE */
export async function openKafkaCommandLog(options: KafkaCommandLogOptions): Promise<CommandLog> {
  const { kafka, queue, drainMs = 5_000, forceMs = 5_000, clock } = options;
  const { partitions, log } = kafka;
  // Undecided commands must outlive a long outage of the deciders.
  const topic = await kafka.ensureTopic(queue, { isQueue: true, retentionMs: 7 * DAY_MS });
  const producer = await openProducer(kafka, topic, { clock, gatherMs: options.gatherMs });
  const consumers = new Set<Consumer>();
  const tails = new Set<Tail>();
  let stopping: Promise<void> | undefined;

  function consume({ group, maxBatch, handler }: ConsumeOptions): Consumer {
    const workers = new Map<Partition, PartitionWorker>();
    const reader = startGroupReader({
      kafka,
      topic,
      groupId: `${kafka.prefix}.${group}`,
      fromBeginning: true,
      acquire(partition, fetching) {
        const source = createRecordSource({
          kafka,
          topic,
          partition,
          group,
          fetching,
          onLost: options.onLost,
          onReplaced: options.onReplaced,
        });
        const worker = startPartitionWorker({
          partition,
          maxBatch,
          handler,
          source,
          log,
          queue,
          health: kafka.health,
          drainMs,
          forceMs,
        });
        workers.set(partition, worker);
        const release: ReaderPartition['release'] = (how) => {
          if (workers.get(partition) === worker) workers.delete(partition);
          source.end();
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
    if (stopping) throw closing(queue);
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
      const headers = {
        type: command.type,
        schema: String(command.schema),
        commandId: command.commandId,
        traceId: command.traceId,
        ...(command.span === undefined ? {} : { traceparent: traceparentOf(command.traceId, command.span) }),
      };
      const { offset: place, at } = await producer.send({
        partition,
        messages: [{ key: command.key, value: payload, headers }],
      });
      return { partition, offset: place, at: at ?? new Date(command.at) };
    },
    consume: (wanted) => Promise.resolve(consume(wanted)),
    tail: follow,
    // Not cached: a command that another server has just appended must count.
    ends: async () => (await kafka.watermarks(topic)).map(({ high }) => offset(high)),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
