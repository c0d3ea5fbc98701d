import type { Receipt } from '../engine/domain/receipt.js';
import type { RecordedEvent } from '../events/event.js';
import { ofDomain } from '../events/event.js';
import type { Offset } from '../engine/domain/ids.js';
import type { Logger } from '../engine/runtime/logging.js';
import type { DecidedBatch } from '../engine/log/event-feed.js';
import { answerInTime } from './bulk-lookup.js';
import type { FirstRequests } from './first-requests.js';
import { createPoller } from './poller.js';
import type { Outcomes } from './outcomes.js';
import type { Asked } from './refusal.js';
import { refused } from './refusal.js';
import type { WaitingLine, WaitingRequest } from './waiting-line.js';
import type { Watchers } from './watchers.js';

/**
 * Moves the line on as requests are decided, and tells those who watch of the outcomes. The feed brings most of them
 * whole; what it brings as a hint only, or not at all, is found by looking into the store: how far the queue is
 * decided, and the receipts of what is watched.
 */
export interface Decisions {
  onDecided(batch: DecidedBatch): void;
  onEvents(event: RecordedEvent): void;
  /** The log went back in time: receipts that are remembered may not be true any more. */
  forget(): void;
  /**
   * There may be something that the feed leaves out: it is looked for within a second; at once where the line stands
   * behind the queue.
   */
  added(lineIsBehind: boolean): void;
  /** Ends after the running look. Idempotent. */
  stop(): Promise<void>;
}

export interface DecisionsOptions {
  /** How far the queue is decided; index = partition. */
  readonly decidedUpTo: () => Promise<readonly Offset[]>;
  readonly partitions: number;
  readonly line: WaitingLine;
  readonly outcomes: Outcomes;
  readonly firsts: FirstRequests;
  readonly watchers: Watchers;
  /** Whether a receipt is that of a request, and not of another command. */
  readonly isRequest: (receipt: Receipt) => boolean;
  readonly logger: Logger;
}

const SHORTEST_MS = 100;
const LONGEST_MS = 1_000;
const TIMEOUT_MS = 5_000;
/** Receipts in a question, at most. */
const MAX_RECEIPTS = 1_000;

export function createDecisions(options: DecisionsOptions): Decisions {
  const { decidedUpTo, partitions, line, outcomes, firsts, watchers, isRequest, logger } = options;
  /** Whose receipt is known, but not what belongs to it. */
  const owed = new Map<WaitingRequest, Receipt>();
  let failing = false;

  const tell = (request: WaitingRequest, receipt: Receipt): void => {
    if (!watchers.has(request)) return;
    const asked = askedBy(request);
    const outcome =
      isRequest(receipt) && isSame(asked, receipt) ? outcomes.outcomeNow(receipt) : refused(asked, 'COMMAND_ID_REUSED');
    if (outcome) watchers.settle(request, outcome);
    else owed.set(request, receipt);
  };

  const settle = (receipt: Receipt): void => {
    for (const request of line.settle(receipt.commandId, receipt.offset)) tell(request, receipt);
  };

  const pay = async (): Promise<void> => {
    await Promise.all(
      Array.from(owed, async ([request, receipt]) => {
        const outcome = await outcomes.outcomeOf(receipt);
        owed.delete(request);
        watchers.settle(request, outcome);
      }),
    );
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
      await pay();
      const before = Array.from({ length: partitions }, (_, partition) => line.next(partition));
      const upTo = await answerInTime(TIMEOUT_MS, decidedUpTo());
      for (const [partition, next] of upTo.slice(0, partitions).entries()) {
        if (next < before[partition]!) line.wentBack(partition, next);
        else line.passed(partition, next);
      }
      await pollReceipts();
      await pay();
      failing = false;
    } catch (error) {
      if (!failing) logger.warn({ err: error }, 'could not look how far gifticon requests are decided; trying on');
      failing = true;
    }
    return line.size > 0 || owed.size > 0;
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
      for (const event of events) learn(ofDomain(event));
      if (events.length === 0 && receipts.length === 0) {
        if (line.waitingIn(partition) > 0) poller.soon();
        return;
      }
      const own = receipts.filter(isRequest);
      if (own.length === 0) return;
      outcomes.remember(own);
      own.forEach(settle);
      if (line.overdue(watchers.has).length > 0 || owed.size > 0) poller.soon();
    },
    onEvents: learn,
    forget() {
      owed.clear();
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

/** A request says nothing but who asks in which campaign, so that these make up its fingerprint. */
export const isSame = ({ userId, campaignId }: Pick<Asked, 'userId' | 'campaignId'>, receipt: Receipt): boolean =>
  receipt.userId === userId && receipt.key === campaignId;
