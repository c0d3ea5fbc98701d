import { hash } from 'node:crypto';
import { offset } from '../domain/ids.js';
import type { LogMark } from '../log/command-log.js';
import type { Fetching } from './group-reader.js';
import type { LogMessage } from './record-batches.js';

/**
 * After a pause of this length, records are accepted only once the one before them was compared: longer than a healthy
 * reader waits for a fetch.
 */
const IDLE_MS = 1_000;

interface Bounds {
  readonly low: number;
  readonly high: number;
}

export interface ContinuityOptions {
  readonly fetching: Pick<Fetching, 'from'>;
  /** The first and the next offset of the partition, from the broker. */
  readonly bounds: () => Promise<Bounds>;
  /** The last read record is still there, unchanged. */
  readonly same?: () => void;
  /** The partition is another one than was read, from some offset on or entirely. No record is taken until `begin`. */
  readonly other: (why: string) => void;
  readonly now?: () => number;
}

/**
 * Checks that a partition is still the one that was read. Offsets do not show it: a topic that was truncated (an
 * election of a replica without all records, a power loss) or made anew assigns its offsets again. Once it has grown
 * past the place of a reader, continuing there would skip the records below. So the reader remembers the record before
 * its place, and fetches it again when a replacement is possible:
 *
 *   begin ─► following ◄───────────── the same record
 *              │                             │
 *              └─ idle, another leader, ─► comparing ─ another record ─► over ─ begin ─► …
 *                 earlier records
 */
export interface Continuity {
  /** Continues at `next`; compares first, if the record before it is known. */
  begin(next: number, mark: LogMark | null): void;
  /** The next offset; undefined before `begin`, and while over. */
  next(): number | undefined;
  /** The mark of the record before it. */
  mark(): LogMark | null;
  /** No record is taken until `begin`. */
  leave(): void;
  /** The next of the fetched records: none while comparing, or over. */
  take(messages: readonly LogMessage[], high: number): readonly LogMessage[];
  /**
   * Compares after such an idle time. If that fetch is empty, too, the record may not exist: the broker is asked for
   * the bounds. Never throws.
   */
  idle(forMs: number): Promise<void>;
  /**
   * A fetch failed, or the group changed: returns the offset to fetch from for a comparison. Undefined before `begin`.
   */
  again(): number | undefined;
}

export const isRecord = (message: LogMessage): boolean => message.passed === undefined;

/** Identifies a record among all that ever had its offset: by its content and its time in the log. */
export function markOf({ offset: at, timestamp, key, value, undecodable }: LogMessage): LogMark {
  const content = Buffer.concat([
    key ?? Buffer.alloc(0),
    Buffer.from([0]),
    value ?? undecodable?.bytes ?? Buffer.alloc(0),
  ]);
  return { offset: offset(Number(at)), text: `${timestamp}.${hash('sha256', content, 'base64url').slice(0, 22)}` };
}

export function createContinuity({
  fetching,
  bounds,
  same,
  other,
  now = () => performance.now(),
}: ContinuityOptions): Continuity {
  let next: number | undefined;
  /** The record before `next`; its mark is computed on demand. */
  let last: LogMark | LogMessage | null = null;
  let leader: number | undefined;
  let comparing = false;
  /**
   * The record that came next when a comparison began. If the same record comes again, it was compared: an answer may
   * be too small for both.
   */
  let seen: LogMark | null = null;
  let differences = 0;
  let lastFetchAt = 0;

  const mark = (): LogMark | null => (last === null ? null : 'text' in last ? last : (last = markOf(last)));

  const compare = (): boolean => {
    const before = mark();
    if (!before) return false;
    comparing = true;
    fetching.from(before.offset);
    return true;
  };

  const over = (why: string): readonly LogMessage[] => {
    next = undefined;
    comparing = false;
    other(why);
    return [];
  };
  /** No unread record is lost, but the record to compare is gone. */
  const isPassedByRetention = ({ low, high }: Bounds, { offset: before }: LogMark): boolean =>
    next !== undefined && low > before && low <= next && high >= next;
  const goOn = (place: number): void => {
    [last, comparing, seen, differences, lastFetchAt] = [null, false, null, 0, now()];
    same?.();
    fetching.from(place);
  };
  /** Later records exist, and the compared one is missing. */
  const compareBelow = async (before: LogMark, why: string): Promise<void> => {
    const found = await bounds().catch(() => null);
    if (!comparing || next === undefined || mark() !== before) return;
    if (!found) compare();
    else if (isPassedByRetention(found, before)) goOn(next);
    else over(why);
  };
  /** A fetch may have been under way since before the comparison: only the second difference counts. */
  const different = (why: string): readonly LogMessage[] => {
    if (differences++ > 0) return over(why);
    compare();
    return [];
  };

  const taken = (messages: readonly LogMessage[]): readonly LogMessage[] => {
    const final = messages.at(-1);
    if (!final) return [];
    seen = null;
    next = Number(final.offset) + 1;
    last = messages.findLast(isRecord) ?? last;
    leader = final.leaderEpoch ?? leader;
    return messages;
  };

  const compared = ([first, ...rest]: readonly LogMessage[]): readonly LogMessage[] => {
    const before = mark();
    if (!first || !before || next === undefined) return [];
    const place = next;
    if (Number(first.offset) > before.offset && differences > 0) {
      void compareBelow(before, `the record at ${before.offset} is gone`);
      return [];
    }
    if (Number(first.offset) !== before.offset || !isRecord(first) || markOf(first).text !== before.text)
      return different(`the record at ${before.offset} is another one`);
    if (rest.some((message) => isRecord(message) && Number(message.offset) < place))
      return different(`there are records between ${before.offset} and ${place}, where there were none`);
    comparing = false;
    differences = 0;
    leader = first.leaderEpoch;
    same?.();
    return taken(rest.filter((message) => Number(message.offset) >= place));
  };

  return {
    next: () => next,
    mark,
    leave: () => void (next = undefined),
    begin(at, before) {
      [next, last, leader, comparing, seen, differences, lastFetchAt] = [at, before, undefined, false, null, 0, now()];
      if (!compare()) fetching.from(at);
    },
    take(messages, high) {
      if (next === undefined) return [];
      const place = next;
      const idleMs = now() - lastFetchAt;
      if (comparing) {
        lastFetchAt = now();
        return compared(messages);
      }
      if (high < place) return over(`it ends at ${high}`);
      const fresh = messages.filter((message) => Number(message.offset) >= place);
      const [first] = fresh;
      const isFromBelow = messages.some((message) => isRecord(message) && Number(message.offset) < place);
      // Only ends of transactions lie between the compared record and the place, in a fetch that brought that record
      // alone.
      if (!first && !isFromBelow) return [];
      lastFetchAt = now();
      const isSuspect =
        isFromBelow ||
        idleMs > IDLE_MS ||
        (leader !== undefined && messages.some(({ leaderEpoch }) => (leaderEpoch ?? leader) !== leader));
      const isCompared =
        !isFromBelow &&
        first !== undefined &&
        seen?.offset === Number(first.offset) &&
        seen.text === markOf(first).text;
      if (isSuspect && !isCompared && compare()) {
        seen = first ? markOf(first) : null;
        return [];
      }
      return taken(fresh);
    },
    async idle(forMs) {
      if (next === undefined || now() - lastFetchAt < forMs) return;
      if (!comparing) return void compare();
      const before = mark();
      const found = await bounds().catch(() => null);
      if (!found || !comparing || !before || before !== mark()) return;
      if (before.offset >= found.high) over(`it ends at ${found.high}`);
      else if (isPassedByRetention(found, before)) goOn(next);
    },
    again() {
      if (next === undefined) return undefined;
      const before = mark();
      comparing = before !== null;
      return before?.offset ?? next;
    },
  };
}
