import { randomUUID } from 'node:crypto';
import type { Offset, Partition } from '../domain/ids.js';
import { offset } from '../domain/ids.js';
import type { LogMark, Tail, TailOptions } from '../log/command-log.js';
import { RETRIES, pause, pauseMs } from '../runtime/retry.js';
import { createTailPlaces } from '../log/tail-places.js';
import type { KafkaConnection } from './connection.js';
import type { Continuity } from './continuity.js';
import { createContinuity } from './continuity.js';
import type { GroupReader } from './group-reader.js';
import { startGroupReader } from './group-reader.js';
import { recordOf } from './records.js';

export interface KafkaTailOptions {
  readonly kafka: KafkaConnection;
  readonly queue: string;
  readonly topic: string;
  readonly tail: TailOptions;
}

/** Interval of the comparison of the record before the place while no record comes. */
const COMPARE_MS = 5_000;
/** How long a stop waits for the deletion of the group; the broker deletes an empty one in time. */
const FORGET_MS = 3_000;

/**
 * The only member of a group of its own, since kafkajs reads in groups only. Its offset is kept here and never
 * committed.
 * @returns `stands` resolves when every partition is being fetched, or the tail was stopped
 */
export function startKafkaTail({ kafka, queue, topic, tail: options }: KafkaTailOptions): {
  readonly tail: Tail;
  readonly stands: Promise<void>;
} {
  const { partitions, log } = kafka;
  const places = createTailPlaces({ queue, partitions, log, tail: options });
  const groupId = `${kafka.prefix}.tail.${queue}.${randomUUID()}`;
  const ending = new AbortController();
  const taken = new Map<Partition, Continuity>();
  /** The marks of the records before the places, while the reader is made anew. */
  const marks = new Map<Partition, LogMark | null>();
  let reader: GroupReader | undefined;
  let stopping: Promise<void> | undefined;
  let everywhere!: () => void;
  const stands = new Promise<void>((resolve) => (everywhere = resolve));

  const open = (): GroupReader =>
    startGroupReader({
      kafka,
      topic,
      groupId,
      // If the broker does not have the place any more, or not yet: from the first record that exists.
      fromBeginning: true,
      acquire(partition, fetching) {
        const continuity = createContinuity({
          fetching,
          bounds: async () => (await kafka.watermarks(topic))[partition]!,
          other(why) {
            log.error(
              { queue, partition, place: places.next(partition), why },
              'the command log is another one than a tail has followed; following it from its beginning',
            );
            places.startOver(partition);
            continuity.begin(offset(0), null);
          },
        });
        const begin = (at: Offset, mark: LogMark | null): void => {
          places.seek(partition, at);
          continuity.begin(at, mark);
        };
        begin(places.next(partition), marks.get(partition) ?? null);
        taken.set(partition, continuity);
        if (taken.size === partitions) everywhere();
        return {
          position: continuity.again,
          receive(messages, high) {
            const fresh = continuity.take(messages, high);
            if (fresh.length > 0)
              places.hand(
                partition,
                fresh.map((message) => recordOf(message, partition, partitions)),
              );
          },
          release() {
            marks.set(partition, continuity.mark());
            continuity.leave();
            return Promise.resolve();
          },
        };
      },
    });

  async function start(): Promise<void> {
    for (let failures = 0; !ending.signal.aborted; failures++) {
      try {
        const marks = await kafka.watermarks(topic);
        if (ending.signal.aborted) return;
        marks.forEach((bounds, partition) => places.fit(partition, bounds));
        reader = open();
        return;
      } catch (error) {
        log.warn({ err: error, topic }, 'could not read the bounds of a queue from Kafka; retrying');
        await pause(pauseMs(RETRIES.kafkaPlace, failures), ending.signal);
      }
    }
  }

  const comparing = setInterval(() => {
    for (const continuity of taken.values()) void continuity.idle(COMPARE_MS);
  }, COMPARE_MS);
  comparing.unref();

  async function end(): Promise<void> {
    ending.abort();
    clearInterval(comparing);
    everywhere();
    if (!reader) return;
    await reader.stop();
    await kafka.settlesInStop(kafka.forgetGroup(groupId), FORGET_MS);
  }

  void start();
  const stop = (): Promise<void> => (stopping ??= end());
  const seek = (partition: Partition, to: Offset): void => {
    places.seek(partition, to);
    marks.delete(partition);
    taken.get(partition)?.begin(to, null);
  };
  return { tail: { next: places.next, seek, stop, [Symbol.asyncDispose]: stop }, stands };
}
