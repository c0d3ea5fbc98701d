import type { CommandId, Partition, UserId } from '../engine/domain/ids.js';
import { withTimeout } from '../engine/runtime/deadline.js';
import type { CampaignId } from '../events/ids.js';
import { LateAnswerError } from './bulk-lookup.js';
import type { CampaignBoard } from './campaign-board.js';
import { campaignState } from './campaign-events.js';
import type { CampaignStatus, GifticonQueue, RequestStatus } from './gifticon-requests.js';
import type { WaitingRequest } from './request-index.js';
import type { RequestNumbers } from './request-numbers.js';
import type { WaitingLine } from './waiting-line.js';

/** Takes a request, in the same step in which it is found. */
export interface RequestTaker<T> {
  readonly waiting: (request: WaitingRequest) => T;
  readonly settled: (outcome: RequestStatus) => T;
}

export interface CampaignProgressOptions {
  readonly board: CampaignBoard;
  readonly line: WaitingLine;
  readonly numbers: RequestNumbers;
  readonly ratePerSecond: (partition: Partition) => number;
  /** Hands over the request where it waits, else its outcome. Null where there is no such request. */
  readonly look: <T>(id: CommandId, userId: UserId, taker: RequestTaker<T>) => Promise<Awaited<T> | null>;
  /** Waits for a bounded time until the tail of the queue has delivered a request. Never throws. */
  readonly brought: (request: WaitingRequest) => Promise<boolean>;
  /** Milliseconds since 1970, by the log's clock. */
  readonly now: () => number;
}

/** The longest wait for the issuer's count of a campaign. */
const TIMEOUT_MS = 1_000;

/** The campaign with its queue, its progress, and the number of each request. */
export function createCampaignProgress({
  board,
  line,
  numbers,
  ratePerSecond,
  look,
  brought,
  now,
}: CampaignProgressOptions): Pick<GifticonQueue, 'campaign' | 'progress' | 'number'> {
  const campaign = async (id: CampaignId): Promise<CampaignStatus | null> => {
    const found = await board.find(id);
    if (found === 'none') return null;
    if (found === 'unsure')
      throw new LateAnswerError('the read models are behind, and may not have the campaign yet: ask again');
    return {
      ...found,
      state: campaignState(found, now()),
      queued: line.queued(id),
      drainRatePerSecond: ratePerSecond(found.partition),
    };
  };

  return {
    campaign,
    async progress(id) {
      const found = await campaign(id);
      if (!found) return null;
      await withTimeout(TIMEOUT_MS, (deadline) => numbers.known(id, deadline));
      const served = numbers.served(id);
      if (served === null) throw new LateAnswerError('how many requests are served is not known yet: ask again');
      const { issued, stock, queued, state, drainRatePerSecond: rate } = found;
      return { served, issued, stock, queued, state, ratePerSecond: Math.round(rate * 10) / 10 };
    },
    number: (id, userId) =>
      look<Promise<number | null> | number | null>(id, userId, {
        waiting: (found) =>
          withTimeout(TIMEOUT_MS, async (deadline) => {
            await Promise.all([brought(found), numbers.known(found.campaign.id, deadline)]);
            return numbers.numberOf(found.campaign.id, found.ordinal);
          }),
        settled: ({ number = null }) => number,
      }),
  };
}
