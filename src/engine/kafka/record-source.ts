import type { Offset, Partition } from '../domain/ids.js';
import { offset } from '../domain/ids.js';
import type { RecordSource } from '../log/partition-worker.js';
import type { LogMark } from '../log/command-log.js';
import { LogError } from '../log/command-log.js';
import type { KafkaConnection } from './connection.js';
import { createContinuity, isRecord, markOf } from './continuity.js';
import type { Fetching, ReaderPartition } from './group-reader.js';
import type { LogMessage } from './record-batches.js';
import { recordOf } from './records.js';

export interface RecordSourceOptions {
  readonly kafka: KafkaConnection;
  readonly topic: string;
  readonly partition: Partition;
  readonly group: string;
  readonly fetching: Fetching;
  readonly onLost: ((commands: number) => void) | undefined;
  readonly onReplaced: (() => void) | undefined;
}

export interface KafkaRecordSource extends RecordSource, Pick<ReaderPartition, 'position'> {
  receive(messages: readonly LogMessage[], high: number): void;
  end(): void;
}

/** Maximum bytes of waiting records; beyond it fetching pauses. */
const BUFFER_BYTES = 4 * 2 ** 20;
/** Interval of the comparison of the record before the checkpoint while no record comes. */
const COMPARE_MS = 5_000;

const sizeOf = ({ value }: LogMessage): number => (value?.length ?? 0) + 100;

/** The records of one partition for its worker: a bounded buffer of fetched records. */
export function createRecordSource({
  kafka,
  topic,
  partition,
  group,
  fetching,
  onLost,
  onReplaced,
}: RecordSourceOptions): KafkaRecordSource {
  const { log } = kafka;
  const about = { topic, partition, group };
  let buffer: LogMessage[] = [];
  let bytes = 0;
  let paused = false;
  let broken: LogError | undefined;
  let wake: (() => void) | undefined;
  /** The last read records, and the mark of the record before them. */
  let read: readonly LogMessage[] = [];
  let before: LogMark | null = null;
  /** The checkpoint that is being located is compared with the record in the topic. */
  let located: ((same: boolean) => void) | undefined;

  const continuity = createContinuity({
    fetching,
    bounds: async () => (await kafka.watermarks(topic))[partition]!,
    same: () => located?.(true),
    other(why) {
      if (located) return located(false);
      broken = new LogError(
        'LOG_MISMATCH',
        `topic ${topic}, partition ${partition}, is another one than was read: ${why}`,
      );
      wake?.();
    },
  });
  const comparing = setInterval(() => {
    if (buffer.length === 0 && !paused) void continuity.idle(COMPARE_MS);
  }, COMPARE_MS);
  comparing.unref();

  const isSame = (next: Offset, mark: LogMark, signal: AbortSignal): Promise<boolean> =>
    new Promise((resolve) => {
      const settle = (same: boolean): void => {
        located = undefined;
        signal.removeEventListener('abort', giveUp);
        resolve(same);
      };
      const giveUp = (): void => settle(true);
      located = settle;
      signal.addEventListener('abort', giveUp);
      if (signal.aborted) return giveUp();
      continuity.begin(next, mark);
    });

  const beginAt = (next: number): Offset => {
    before = null;
    continuity.begin(next, null);
    return offset(next);
  };

  const replaced = (wanted: Offset, low: number, high: number): Offset => {
    log.error(
      { ...about, wanted, low, high },
      'the command topic is not the one of the group’s checkpoint: ' +
        'it was truncated or made anew, and is decided from its beginning. ' +
        'Lost undecided commands stay lost, decided ones keep their outcomes',
    );
    onReplaced?.();
    return beginAt(low);
  };

  const lost = (from: number, to: number): void => {
    const err = new LogError(
      'LOG_MISMATCH',
      `commands ${from} to ${to - 1} of ${topic}, partition ${partition}, ` +
        'were deleted by retention before they were decided',
    );
    log.error({ err, ...about }, 'commands are lost: raise retention.ms of the topic; continuing after them');
    onLost?.(to - from);
  };

  /** Retention may overtake a worker that is far behind. Foreign transactions leave harmless gaps, too. */
  const searchGap = async (from: number, to: number): Promise<void> => {
    const { low } = (await kafka.watermarks(topic))[partition]!;
    if (low > from) lost(from, Math.min(low, to));
  };

  return {
    position: continuity.again,
    receive(messages, high) {
      const place = continuity.next();
      const fresh = continuity.take(messages, high);
      const first = Number(fresh[0]?.offset);
      if (place !== undefined && first > place)
        void searchGap(place, first).catch((err: unknown) =>
          log.warn({ err, ...about, from: place, to: first }, 'could not find out why offsets are missing'),
        );
      for (const message of fresh) {
        buffer.push(message);
        bytes += sizeOf(message);
      }
      if (bytes > BUFFER_BYTES && !paused) {
        paused = true;
        fetching.pause();
      }
      if (fresh.length > 0) wake?.();
    },
    async locate({ next: wanted, mark }, signal) {
      [buffer, bytes, paused, broken, read, before] = [[], 0, false, undefined, [], null];
      continuity.leave();
      const { low, high } = (await kafka.watermarks(topic))[partition]!;
      if (wanted > high || (mark && mark.offset >= high)) return replaced(wanted, low, high);
      if (mark && mark.offset >= low) {
        if (!(await isSame(wanted, mark, signal))) return replaced(wanted, low, high);
        before = mark;
        return wanted;
      }
      if (wanted >= low) return beginAt(wanted);
      lost(wanted, low);
      return beginAt(low);
    },
    async read(_from, max, signal) {
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
      const last = read.findLast(isRecord);
      if (last) before = markOf(last);
      read = buffer.slice(0, max);
      buffer = buffer.slice(max);
      for (const message of read) bytes -= sizeOf(message);
      if (paused && bytes < BUFFER_BYTES / 2) {
        paused = false;
        fetching.resume();
      }
      return read.map((message) => recordOf(message, partition, kafka.partitions));
    },
    markBefore(to) {
      const last = read.findLast((message) => isRecord(message) && Number(message.offset) < to);
      return last ? markOf(last) : before;
    },
    handled: (next) => fetching.handled(next),
    end: () => clearInterval(comparing),
  };
}
