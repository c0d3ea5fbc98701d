import type { Receipt } from '../engine/domain/receipt.js';
import type { RecordedEvent } from '../events/event.js';
import type { Offset } from '../engine/domain/ids.js';
import type { Logger } from '../engine/runtime/logging.js';
import type { DecidedBatch } from '../engine/log/event-feed.js';
import { answerInTime } from './bulk-lookup.js';
import { isOfGifticons } from './campaign-events.js';
import type { FirstRequests } from './first-requests.js';
import { createPoller } from './poller.js';
import type { Outcomes } from './outcomes.js';
import type { Asked } from './refusal.js';
import { refused } from './refusal.js';
import type { WaitingRequest } from './request-index.js';
import type { WaitingLine } from './waiting-line.js';
import type { Watchers } from './watchers.js';

/**
 * Advances the line as requests are decided, and gives watchers the outcomes. The feed brings most of them whole. The
 * rest, which the feed brings as a notification only or not at all, is polled from the store: the decider's checkpoint,
 * and the receipts of watched requests.
 */
export interface Decisions {
  onDecided(batch: DecidedBatch): void;
  onEvents(event: RecordedEvent): void;
  /** The log went back in time: remembered receipts may be wrong. */
  forget(): void;
  /**
   * A request was appended, and the feed may leave out its decision: the store is polled within a second; at once where
   * the line is behind the queue.
   */
  added(lineIsBehind: boolean): void;
  /** Ends after the running poll. Idempotent. */
  stop(): Promise<void>;
}

export interface DecisionsOptions {
  /** The decider's checkpoint in each partition of the queue; index = partition. */
  readonly decidedUpTo: () => Promise<readonly Offset[]>;
  readonly partitions: number;
  readonly line: WaitingLine;
  readonly outcomes: Outcomes;
  readonly firsts: FirstRequests;
  readonly watchers: Watchers;
  /** Whether a receipt belongs to a request, and not to another command. */
  readonly isRequest: (receipt: Receipt) => boolean;
  readonly logger: Logger;
}

const SHORTEST_MS = 100;
const LONGEST_MS = 1_000;
const TIMEOUT_MS = 5_000;
/** The largest number of receipts in one query. */
const MAX_RECEIPTS = 1_000;

export function createDecisions(options: DecisionsOptions): Decisions {
  const { decidedUpTo, partitions, line, outcomes, firsts, watchers, isRequest, logger } = options;
  /** Requests whose receipt is known, but not yet the code number of their event. */
  const unresolved = new Map<WaitingRequest, Receipt>();
  /** Requests whose receipt was known when the log went back in time, which may have lost it. */
  const doubted = new Set<WaitingRequest>();
  let forks = 0;
  let failing = false;

  const report = (request: WaitingRequest, receipt: Receipt): void => {
    if (!watchers.has(request)) return;
    const asked = askedBy(request);
    const outcome =
      isRequest(receipt) && isSame(asked, receipt) ? outcomes.outcomeNow(receipt) : refused(asked, 'COMMAND_ID_REUSED');
    if (outcome) watchers.settle(request, outcome);
    else unresolved.set(request, receipt);
  };

  const settle = (receipt: Receipt): void => {
    for (const request of line.settle(receipt.commandId, receipt.offset)) report(request, receipt);
  };

  const resolveOutcomes = async (): Promise<void> => {
    const resolved = await Promise.allSettled(
      Array.from(unresolved, async ([request, receipt]) => {
        const outcome = await outcomes.outcomeOf(receipt);
        // Not where the log went back in time meanwhile.
        if (unresolved.delete(request)) watchers.settle(request, outcome);
      }),
    );
    const failed = resolved.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  };

  /** A receipt that is gone was lost with the log: its request is decided again, or was lost too. */
  const askAgain = async (): Promise<void> => {
    const [asked, since] = [[...doubted].slice(0, MAX_RECEIPTS), forks];
    if (asked.length === 0) return;
    const found = await answerInTime(TIMEOUT_MS, outcomes.stored(asked.map(({ id }) => id)));
    if (forks !== since) return;
    for (const request of asked) {
      doubted.delete(request);
      const receipt = found.get(request.id);
      if (receipt) report(request, receipt);
      else watchers.lose(request);
    }
  };

  const pollReceipts = async (): Promise<void> => {
    for (;;) {
      const overdue = line.overdue(watchers.has).slice(0, MAX_RECEIPTS);
      if (overdue.length === 0) return;
      const found = await answerInTime(TIMEOUT_MS, outcomes.stored(overdue.map(({ id }) => id)));
      for (const receipt of found.values()) settle(receipt);
      if (found.size === 0) return;
    }
  };

  const poll = async (): Promise<boolean> => {
    try {
      const before = Array.from({ length: partitions }, (_, partition) => line.next(partition));
      const upTo = await answerInTime(TIMEOUT_MS, decidedUpTo());
      for (const [partition, next] of upTo.slice(0, partitions).entries()) {
        if (next < before[partition]!) line.wentBack(partition, next);
        else line.passed(partition, next);
      }
      await pollReceipts();
      await askAgain();
      await resolveOutcomes();
      failing = false;
    } catch (error) {
      if (!failing) logger.warn({ err: error }, 'could not read how far gifticon requests are decided; retrying');
      failing = true;
    }
    return line.size > 0 || unresolved.size > 0 || doubted.size > 0;
  };
  const poller = createPoller({ poll, shortestMs: SHORTEST_MS, longestMs: LONGEST_MS });

  const learn = (recorded: RecordedEvent): void => {
    const { event } = recorded;
    outcomes.onEvents(recorded);
    if (event.type === 'GifticonRequested')
      firsts.learn(event.data.campaignId, event.data.userId, event.data.requestId);
  };

  return {
    onDecided({ partition, events, receipts }) {
      for (const event of events) if (isOfGifticons(event)) learn(event);
      if (events.length === 0 && receipts.length === 0) {
        if (line.waitingIn(partition) > 0) poller.soon();
        return;
      }
      const own = receipts.filter(isRequest);
      if (own.length === 0) return;
      outcomes.remember(own);
      own.forEach(settle);
      if (line.overdue(watchers.has).length > 0 || unresolved.size > 0) poller.soon();
    },
    onEvents: learn,
    forget() {
      forks++;
      for (const request of unresolved.keys()) doubted.add(request);
      unresolved.clear();
      poller.soon();
    },
    added(lineIsBehind) {
      if (lineIsBehind) poller.soon();
      else poller.eventually();
    },
    stop: () => poller.stop(),
  };
}

const askedBy = ({ id, userId, campaign }: WaitingRequest): Asked => ({
  commandId: id,
  userId,
  campaignId: campaign.id,
});

/** A request contains nothing but its user and campaign: together they are its fingerprint. */
export const isSame = ({ userId, campaignId }: Pick<Asked, 'userId' | 'campaignId'>, receipt: Receipt): boolean =>
  receipt.userId === userId && receipt.key === campaignId;
