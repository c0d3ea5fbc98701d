import { hash } from 'node:crypto';
import { offset } from '../domain/ids.js';
import type { LogMark } from '../log/command-log.js';
import type { Fetching } from './group-reader.js';
import type { LogMessage } from './record-batches.js';

/**
 * Records behind such a pause are believed only after the one before them was compared: longer than a reader that is
 * well waits for a fetch.
 */
const SILENCE_MS = 1_000;

interface Bounds {
  readonly low: number;
  readonly high: number;
}

export interface ContinuityOptions {
  readonly fetching: Pick<Fetching, 'from'>;
  /** The first offset that the partition has, and that behind its last record, asked of the broker. */
  readonly bounds: () => Promise<Bounds>;
  /** The record that was read last is still there, as it was. */
  readonly same?: () => void;
  /**
   * The partition is another one than was read from, from some place on, or all of it. Nothing is taken until `begin`.
   */
  readonly other: (why: string) => void;
  readonly now?: () => number;
}

/**
 * Whether a partition is still the one that was read from. Offsets do not tell: a topic that was cut off (an election
 * of a replica that lacked records, a loss of power) or made anew gives them out again, and once it has grown past the
 * place of a reader, going on there passes over what stands below. So the reader remembers the record before its place,
 * and fetches it once more where anything may have happened meanwhile:
 *
 *   begin ─► following ◄──────────────── it is the same
 *              │                             │
 *              └─ silence, another leader, ─►comparing ─ it is not ─► over ─ begin ─► …
 *                 records from below, idle
 */
export interface Continuity {
  /** Goes on at `next`; compares first, where the record before it is known. */
  begin(next: number, mark: LogMark | null): void;
  /** The offset that comes next; undefined before `begin`, and while it is over. */
  next(): number | undefined;
  /** Of the record before it. */
  mark(): LogMark | null;
  /** Nothing more is taken until `begin`. */
  leave(): void;
  /** Those of the fetched records that come next: none while it is compared, or over. */
  take(messages: readonly LogMessage[], high: number): readonly LogMessage[];
  /**
   * Compares, where nothing came for so long. Where that brings nothing either, the log may have no such record: the
   * broker is asked. Never throws.
   */
  idle(forMs: number): Promise<void>;
  /** The reader may have missed something: where to fetch on, so that it is compared. Undefined before `begin`. */
  again(): number | undefined;
}

export const isRecord = (message: LogMessage): boolean => message.passed === undefined;

/** What tells a record from every other that ever stood at its offset: its content, and when the log took it. */
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
  /** The record before `next`; its mark is made when it is asked for. */
  let last: LogMark | LogMessage | null = null;
  let leader: number | undefined;
  let comparing = false;
  /**
   * What came next when a comparison began. Where the same comes behind it, that was compared: an answer may be too
   * small for both.
   */
  let seen: LogMark | null = null;
  let differences = 0;
  let heardAt = 0;

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
  /** Nothing that was not read is gone: there is nothing to compare with any more. */
  const isPassedByRetention = ({ low, high }: Bounds, { offset: before }: LogMark): boolean =>
    next !== undefined && low > before && low <= next && high >= next;
  const goOn = (place: number): void => {
    [last, comparing, seen, differences, heardAt] = [null, false, null, 0, now()];
    same?.();
    fetching.from(place);
  };
  /** There are records above the one that is compared, and it is not there. */
  const compareBelow = async (before: LogMark, why: string): Promise<void> => {
    const found = await bounds().catch(() => null);
    if (!comparing || next === undefined || mark() !== before) return;
    if (!found) compare();
    else if (isPassedByRetention(found, before)) goOn(next);
    else over(why);
  };
  /** What was fetched may have been on its way since before the fetch: only the second difference counts. */
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
      [next, last, leader, comparing, seen, differences, heardAt] = [at, before, undefined, false, null, 0, now()];
      if (!compare()) fetching.from(at);
    },
    take(messages, high) {
      if (next === undefined) return [];
      const place = next;
      const silentMs = now() - heardAt;
      if (comparing) {
        heardAt = now();
        return compared(messages);
      }
      if (high < place) return over(`it ends at ${high}`);
      const fresh = messages.filter((message) => Number(message.offset) >= place);
      const [first] = fresh;
      const isFromBelow = messages.some((message) => isRecord(message) && Number(message.offset) < place);
      // Marks of transactions between the record before and the place, where a comparison has brought only that record.
      if (!first && !isFromBelow) return [];
      heardAt = now();
      const isSuspect =
        isFromBelow ||
        silentMs > SILENCE_MS ||
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
      if (next === undefined || now() - heardAt < forMs) return;
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
