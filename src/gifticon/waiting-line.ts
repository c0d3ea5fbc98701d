import type { CommandId, Offset, Partition, UserId } from '../engine/domain/ids.js';
import type { CampaignId } from '../events/ids.js';
import { offset } from '../engine/domain/ids.js';
import { campaignId } from '../events/ids.js';
import { partitionOf } from '../engine/log/partitioning.js';
import type { CommandRecord } from '../engine/log/command-log.js';

/** A request in the queue whose outcome this process does not know. Small, since there may be very many. */
export interface WaitingRequest {
  readonly id: CommandId;
  readonly userId: UserId;
  readonly campaign: CampaignLine;
  /** Its offset in its partition; a request that was sent again keeps its first one. */
  readonly offset: Offset;
  /** Milliseconds from the line's creation to its acceptance: so small a number needs no object of its own. */
  readonly asked: number;
}

/** The fields that the waiting requests of one campaign share. */
export interface CampaignLine {
  readonly id: CampaignId;
  readonly partition: Partition;
}

export interface Accepted {
  readonly id: CommandId;
  readonly campaignId: CampaignId;
  readonly userId: UserId;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface WaitingLineOptions {
  readonly partitions: number;
  /** The offset of a request whose receipt has been seen. */
  readonly decidedAt: (id: CommandId) => Offset | undefined;
  /** Called with the number of newly decided requests. */
  readonly advanced: (partition: Partition, by: number) => void;
  /** The requests were in a log that is gone: only a receipt can show that one of them was decided. */
  readonly lost: (requests: readonly WaitingRequest[]) => void;
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

interface Campaign extends CampaignLine {
  queued: number;
  readonly firsts: Map<UserId, Request>;
  /**
   * Further requests of a user who has one in `firsts`: servers that do not know of each other's requests yet may each
   * admit one.
   */
  readonly others: Map<UserId, readonly Request[]>;
}

interface Request extends WaitingRequest {
  readonly campaign: Campaign;
  offset: Offset;
  waiting: boolean;
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

export function createWaitingLine({ partitions, decidedAt, advanced, lost }: WaitingLineOptions): WaitingLine {
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
  const requests = new Map<CommandId, Request>();
  /**
   * Other requests with the id of a waiting one: of another user, or in another campaign. One of them gets the receipt.
   */
  const rivals = new Map<CommandId, Request[]>();
  const campaigns = new Map<CampaignId, Campaign>();

  const campaignOf = (id: CampaignId): Campaign => {
    const known = campaigns.get(id);
    if (known) return known;
    const campaign = {
      id,
      partition: partitionOf(id, partitions),
      queued: 0,
      firsts: new Map<UserId, Request>(),
      others: new Map<UserId, readonly Request[]>(),
    };
    campaigns.set(id, campaign);
    return campaign;
  };

  const under = (id: CommandId): readonly Request[] => {
    const holder = requests.get(id);
    return holder ? [holder, ...(rivals.get(id) ?? [])] : [];
  };

  const same = ({ id, userId, campaignId: campaign }: Omit<Accepted, 'at'>): Request | undefined => {
    const holder = requests.get(id);
    if (!holder || (holder.userId === userId && holder.campaign.id === campaign)) return holder;
    return rivals.get(id)?.find((rival) => rival.userId === userId && rival.campaign.id === campaign);
  };

  /** Sorts these requests of a user: the first is the one with the lowest offset. */
  const order = (campaign: Campaign, userId: UserId, requests: readonly Request[]): void => {
    const [first, ...others] = requests.toSorted((a, b) => a.offset - b.offset);
    if (first) campaign.firsts.set(userId, first);
    else campaign.firsts.delete(userId);
    if (others.length > 0) campaign.others.set(userId, others);
    else campaign.others.delete(userId);
  };

  const add = ({ id, campaignId: of, userId, at }: Accepted, place: Offset, line: Line): Request => {
    const campaign = campaignOf(of);
    const request: Request = { id, userId, campaign, offset: place, asked: at - made, waiting: true };
    if (!requests.has(id)) requests.set(id, request);
    else rivals.set(id, [...(rivals.get(id) ?? []), request]);
    campaign.queued++;
    line.waiting++;
    const first = campaign.firsts.get(userId);
    if (!first) campaign.firsts.set(userId, request);
    else order(campaign, userId, [first, ...(campaign.others.get(userId) ?? []), request]);
    return request;
  };

  const remove = (request: Request): void => {
    const { id, userId, campaign } = request;
    const line = lines[campaign.partition]!;
    request.waiting = false;
    const [holder, ...others] = under(id).filter((each) => each !== request);
    requests.delete(id);
    rivals.delete(id);
    if (holder) requests.set(id, holder);
    if (others.length > 0) rivals.set(id, others);
    line.early.delete(request);
    line.late.delete(request);
    line.waiting--;
    const more = campaign.others.get(userId);
    if (more)
      order(
        campaign,
        userId,
        [campaign.firsts.get(userId)!, ...more].filter((each) => each !== request),
      );
    else campaign.firsts.delete(userId);
    if (--campaign.queued === 0) campaigns.delete(campaign.id);
  };

  const moveOn = (partition: Partition, next: Offset): void => {
    const line = lines[partition]!;
    if (next <= line.next) return;
    advanced(partition, next - line.next);
    line.next = next;
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
    queued: (id) => campaigns.get(id)?.queued ?? 0,
    ahead: (request) => Math.max(0, request.offset - lines[request.campaign.partition]!.next),
    askedAt: ({ asked }) => made + asked,
    find: (id, userId) => under(id).find((request) => request.userId === userId) ?? null,
    holder: (id) => requests.get(id) ?? null,
    first: (id, userId) => campaigns.get(id)?.firsts.get(userId) ?? null,
    isInOrder: ({ campaign: { partition }, offset: at }) => at < lines[partition]!.tailed,
    foremost(partition) {
      const line = lines[partition]!;
      while (line.order[line.head]?.waiting === false) line.head++;
      return line.order[line.head] ?? null;
    },

    begin(partition, next) {
      Object.assign(lines[partition]!, { next, tailed: next });
    },
    again(partition, stored, asked) {
      const line = lines[partition]!;
      const next = stored < asked || line.next < stored ? stored : line.next;
      for (const request of [...line.order.slice(line.head), ...line.late])
        if (request.waiting) line.early.add(request);
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
      const known = same(request);
      if (known) return known;
      if (at < line.next || at < line.tailed || decidedAt(request.id) !== undefined) return null;
      const added = add(request, at, line);
      line.early.add(added);
      return added;
    },
    brought(partition, records) {
      const line = lines[partition]!;
      const first = records[0]!.offset;
      if (first < line.tailed) restart(line, first);
      line.tailed = offset(records.at(-1)!.offset + 1);
      for (const record of records) {
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
        const known = same(request);
        if (!known) line.order.push(add(request, record.offset, line));
        else if (line.early.delete(known)) {
          known.offset = record.offset;
          line.order.push(known);
        }
      }
    },
    passed: moveOn,
    wentBack(partition, next) {
      lines[partition]!.next = next;
    },
    settle(id, at) {
      const settled = under(id);
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
