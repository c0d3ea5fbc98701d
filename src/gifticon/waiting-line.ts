import type { CommandId, Offset, Partition, UserId } from '../engine/domain/ids.js';
import type { CampaignId } from '../events/ids.js';
import { offset } from '../engine/domain/ids.js';
import { campaignId } from '../events/ids.js';
import type { CommandRecord } from '../engine/log/command-log.js';
import type { Accepted, Request, WaitingRequest } from './request-index.js';
import { createRequestIndex } from './request-index.js';
import type { RequestNumbers } from './request-numbers.js';

export interface WaitingLineOptions {
  readonly partitions: number;
  /** The offset of a request whose receipt has been seen. */
  readonly decidedAt: (id: CommandId) => Offset | undefined;
  /** Called with the number of newly decided requests. */
  readonly advanced: (partition: Partition, by: number) => void;
  /** The requests were in a log that is gone: only a receipt can show that one of them was decided. */
  readonly lost: (requests: readonly WaitingRequest[]) => void;
  readonly numbers: Pick<RequestNumbers, 'begin' | 'brought' | 'passed'>;
}

/**
 * All undecided requests of the queue, as this process knows it. Commands are decided in the order of their offsets:
 * all below `next` are decided, none above it.
 *
 * A request comes from the tail of the queue, or earlier from this process, which appended it itself:
 * absent ─ accepted → early ─ brought → in order ─ settled, or overdue and not kept → absent;
 * absent ─ brought → in order.
 */
export interface WaitingLine {
  readonly size: number;
  next(partition: Partition): Offset;
  waitingIn(partition: Partition): number;
  /** Accepted requests of a campaign without an outcome. */
  queued(id: CampaignId): number;
  /** The number of requests that will be decided before this one. */
  ahead(request: WaitingRequest): number;
  /** The time of its acceptance, in milliseconds since 1970. */
  askedAt(request: WaitingRequest): number;
  find(id: CommandId, userId: UserId): WaitingRequest | null;
  /** The request under this id, of any user. */
  holder(id: CommandId): WaitingRequest | null;
  /** The first waiting request of a user in a campaign. */
  first(id: CampaignId, userId: UserId): WaitingRequest | null;
  /** Whether every request before it was brought, too. */
  isInOrder(request: WaitingRequest): boolean;
  /** The request that is decided next. */
  foremost(partition: Partition): WaitingRequest | null;

  /** Called first: the offset of the decider's checkpoint in the partition, where the tail begins. */
  begin(partition: Partition, next: Offset): void;
  /** This process has appended it. Null: it is decided already. */
  accepted(request: Accepted, at: { readonly partition: Partition; readonly offset: Offset }): WaitingRequest | null;
  /**
   * The log went back in time. The tail begins again at the returned offset, and has to bring the waiting requests once
   * more; those that it has not brought when it reaches its end were lost with the queue.
   * @param next the offset below which everything is decided, by the record
   * @param asked the line's own `next` when the record was asked. Later decisions are known already and let no place
   * grow; where the record's `next` is lower, the record has lost the difference.
   */
  again(partition: Partition, next: Offset, asked: Offset): Offset;
  dropLost(partition: Partition): void;
  /** The queue was replaced by another one, without the waiting requests. */
  replaced(partition: Partition): void;
  /** Takes records from the tail of the queue. */
  brought(partition: Partition, records: readonly CommandRecord[]): void;
  /** Everything below is decided. */
  passed(partition: Partition, next: Offset): void;
  /** The decider's checkpoint is lower than before: the log was recreated, and its offsets begin again. */
  wentBack(partition: Partition, next: Offset): void;
  /**
   * Takes a receipt with this id, of the command at this offset. Returns the requests that waited under the id, and
   * wait no longer. A repeated receipt, and that of a request sent again, has another offset and says nothing about the
   * requests before that.
   */
  settle(id: CommandId, at: Offset): readonly WaitingRequest[];
  /** Requests below `next` whose receipts were not seen. Those that `keep` refuses are removed. */
  overdue(keep: (request: WaitingRequest) => boolean): readonly WaitingRequest[];
}

interface Line {
  next: Offset;
  /** The offset after the last one that the tail brought. */
  tailed: Offset;
  waiting: number;
  /** By offset, from `head` on; settled requests stay in it until the head has passed them. */
  order: Request[];
  head: number;
  /** Appended by this process, not brought by the tail yet. */
  readonly early: Set<Request>;
  /** Below `next`, and kept. */
  readonly late: Set<Request>;
  /** Requests that the tail has to bring once more. */
  missing: Set<Request>;
}

/** The passed part of the list is cut off in steps of this size. */
const CUT = 1_024;

export function createWaitingLine({ partitions, decidedAt, advanced, lost, numbers }: WaitingLineOptions): WaitingLine {
  const lines: readonly Line[] = Array.from({ length: partitions }, () => ({
    next: offset(0),
    tailed: offset(0),
    waiting: 0,
    order: [],
    head: 0,
    early: new Set<Request>(),
    late: new Set<Request>(),
    missing: new Set<Request>(),
  }));
  const made = Date.now();
  const index = createRequestIndex(partitions);

  const add = (request: Accepted, place: Offset, line: Line, ordinal: number): Request => {
    line.waiting++;
    return index.add(request, place, request.at - made, ordinal);
  };

  const remove = (request: Request): void => {
    const line = lines[request.campaign.partition]!;
    index.remove(request);
    line.early.delete(request);
    line.late.delete(request);
    line.waiting--;
  };

  const moveOn = (partition: Partition, next: Offset): void => {
    const line = lines[partition]!;
    if (next <= line.next) return;
    advanced(partition, next - line.next);
    line.next = next;
    numbers.passed(partition, next);
  };

  /** Passes the settled requests, then those below `next`. */
  const pass = (line: Line, late: (request: Request) => void): void => {
    for (
      let request = line.order[line.head];
      request && (!request.waiting || request.offset < line.next);
      request = line.order[line.head]
    ) {
      line.head++;
      if (request.waiting) late(request);
    }
    if (line.head < CUT || line.head * 2 < line.order.length) return;
    line.order = line.order.slice(line.head);
    line.head = 0;
  };

  const dropWaiting = (line: Line): void => {
    const gone = [...new Set([...line.order.slice(line.head), ...line.early, ...line.late])].filter(
      ({ waiting }) => waiting,
    );
    gone.forEach(remove);
    [line.order, line.head] = [[], 0];
    lost(gone);
  };
  /** The log was recreated: its offsets begin again. */
  const restart = (line: Line, from: Offset): void => {
    dropWaiting(line);
    line.next = from;
  };

  return {
    get size() {
      return lines.reduce((sum, { waiting }) => sum + waiting, 0);
    },
    next: (partition) => lines[partition]!.next,
    waitingIn: (partition) => lines[partition]!.waiting,
    queued: index.queued,
    ahead: (request) => Math.max(0, request.offset - lines[request.campaign.partition]!.next),
    askedAt: ({ asked }) => made + asked,
    find: (id, userId) => index.under(id).find((request) => request.userId === userId) ?? null,
    holder: (id) => index.under(id)[0] ?? null,
    first: index.first,
    isInOrder: ({ campaign: { partition }, offset: at }) => at < lines[partition]!.tailed,
    foremost(partition) {
      const line = lines[partition]!;
      while (line.order[line.head]?.waiting === false) line.head++;
      return line.order[line.head] ?? null;
    },

    begin(partition, next) {
      Object.assign(lines[partition]!, { next, tailed: next });
      numbers.begin(partition, next);
    },
    again(partition, stored, asked) {
      const line = lines[partition]!;
      const next = stored < asked || line.next < stored ? stored : line.next;
      numbers.begin(partition, next);
      for (const request of [...line.order.slice(line.head), ...line.late])
        if (request.waiting) line.early.add(request);
      // Numbered again as the tail brings them.
      for (const request of line.early) request.ordinal = 0;
      line.late.clear();
      line.missing = new Set(line.early);
      Object.assign(line, { order: [], head: 0, next, tailed: next });
      return next;
    },
    dropLost(partition) {
      const line = lines[partition]!;
      const gone = [...line.missing].filter(
        (request) => request.waiting && line.early.has(request) && request.offset >= line.next,
      );
      line.missing = new Set();
      gone.forEach(remove);
      if (gone.length > 0) lost(gone);
    },
    // Its offsets begin again with its first record: `brought` notices.
    replaced: (partition) => dropWaiting(lines[partition]!),
    accepted(request, { partition, offset: at }) {
      const line = lines[partition]!;
      const known = index.same(request);
      if (known) return known;
      if (at < line.next || at < line.tailed || decidedAt(request.id) !== undefined) return null;
      const added = add(request, at, line, 0);
      line.early.add(added);
      return added;
    },
    brought(partition, records) {
      const line = lines[partition]!;
      const first = records[0]!.offset;
      if (first < line.tailed) restart(line, first);
      line.tailed = offset(records.at(-1)!.offset + 1);
      const ordinals = numbers.brought(partition, records);
      for (const [n, record] of records.entries()) {
        if ('unreadable' in record || record.misplaced || record.offset < line.next) continue;
        const { commandId: id, type, key, userId, at } = record.command;
        if (type !== 'RequestGifticon') continue;
        const decided = decidedAt(id);
        if (decided !== undefined) {
          // Its receipt came before its record. The receipt of a repeated request says nothing about this place.
          if (decided === record.offset) moveOn(partition, offset(decided + 1));
          continue;
        }
        const request = { id, campaignId: campaignId(key), userId, at: Date.parse(at) };
        const known = index.same(request);
        if (!known) line.order.push(add(request, record.offset, line, ordinals[n]!));
        // One below `next` is decided, and waits for its receipt: this is the record of a repetition.
        else if (known.offset >= line.next && line.early.delete(known)) {
          known.offset = record.offset;
          known.ordinal = ordinals[n]!;
          line.order.push(known);
        }
      }
    },
    passed: moveOn,
    wentBack(partition, next) {
      lines[partition]!.next = next;
    },
    settle(id, at) {
      const settled = index.under(id);
      for (const request of settled) {
        remove(request);
        if (request.offset === at) moveOn(request.campaign.partition, offset(at + 1));
      }
      return settled;
    },
    overdue(keep) {
      return lines.flatMap((line) => {
        pass(line, (request) => line.late.add(request));
        for (const request of line.early) if (request.offset < line.next) line.late.add(request);
        for (const request of line.late) if (!keep(request)) remove(request);
        return [...line.late];
      });
    },
  };
}
