import { requestGifticon } from '../commands/gifticon/request-gifticon.js';
import type { Receipt } from '../engine/domain/receipt.js';
import type { Metrics } from '../metrics.js';
import type { CommandLog } from '../engine/log/command-log.js';
import type { LogClock } from '../engine/runtime/remote-clock.js';
import type { Campaign } from '../projections/gifticon/campaigns/query.js';
import type { CampaignBoard } from './campaign-board.js';
import { campaignState, opensLater } from './campaign-events.js';
import { isSame } from './decisions.js';
import type {
  GifticonRequestAsked,
  QueuedRequestStatus,
  RequestStatus,
  SettledRequestStatus,
} from './gifticon-requests.js';
import { RequestUnderWayError } from './gifticon-requests.js';
import type { FirstRequests } from './first-requests.js';
import type { Outcomes } from './outcomes.js';
import type { Asked } from './refusal.js';
import { refused } from './refusal.js';
import type { WaitingRequest } from './request-index.js';
import type { WaitingLine } from './waiting-line.js';

export interface AdmissionControlOptions {
  readonly requests: CommandLog;
  readonly line: WaitingLine;
  readonly board: CampaignBoard;
  readonly outcomes: Outcomes;
  readonly firsts: FirstRequests;
  readonly queued: (request: WaitingRequest) => QueuedRequestStatus;
  /**
   * Waits for a bounded time until the tail of the queue has delivered a request; says whether it has. Never throws.
   */
  readonly brought: (request: WaitingRequest) => Promise<boolean>;
  /** Waits for as long until the tail has delivered everything that is in the queue now. Never throws. */
  readonly upToNow: () => Promise<boolean>;
  /** Called after a request was appended; `someAhead`: other requests are known to wait before it. */
  readonly appended: (someAhead: boolean) => void;
  readonly clock: LogClock;
  readonly metrics: Metrics;
}

/** So close to its opening the issuer judges a request, even by an exact clock. */
const EARLY_MS = 250;
/** The retry delay for a place in the queue with an unknown waiting time. */
const UNDER_WAY_MS = 1_000;
const LONGEST_UNDER_WAY_MS = 30_000;

const { type, version: schema } = requestGifticon;

/**
 * Admission control of the queue: one request of a user in a campaign at a time. A refusal leaves nothing behind,
 * neither in the queue nor in the receipts. Refused are requests with a final answer, such as for a closed campaign,
 * and requests that would only take other users' time, such as for a campaign that is not open yet.
 */
export function createAdmissionControl(
  options: AdmissionControlOptions,
): (asked: GifticonRequestAsked) => Promise<RequestStatus> {
  const { requests, line, board, outcomes, firsts, queued, brought, upToNow, appended, clock, metrics } = options;
  const deciding = new Map<string, Promise<RequestStatus>>();

  /** The status of this very request, where this process knows it. */
  const repeated = async (asked: Asked): Promise<RequestStatus | null> => {
    const waiting = line.find(asked.commandId, asked.userId) ?? line.holder(asked.commandId);
    if (waiting)
      return waiting.userId === asked.userId && waiting.campaign.id === asked.campaignId
        ? queued(waiting)
        : refused(asked, 'COMMAND_ID_REUSED');
    const receipt = outcomes.recent(asked.commandId) ?? (await forgotten(asked));
    return receipt ? decided(asked, receipt) : null;
  };

  /**
   * The receipt of a request that is known to be decided. Null result while the database is away: the request is then
   * appended again, which changes nothing.
   */
  const forgotten = async ({ campaignId, userId, commandId }: Asked): Promise<Receipt | undefined> =>
    firsts.known(campaignId, userId) === commandId ? outcomes.find(commandId).catch(() => undefined) : undefined;

  const decided = (asked: Asked, receipt: Receipt): Promise<SettledRequestStatus> | SettledRequestStatus =>
    isSame(asked, receipt)
      ? (outcomes.outcomeNow(receipt) ?? outcomes.outcomeOf(receipt))
      : refused(asked, 'COMMAND_ID_REUSED');

  /**
   * The refusal of a user whose other request counts, or will; unless this very request is among those decided before.
   * @throws {RequestUnderWayError} where it is open whether the other request counts
   */
  const second = async (asked: GifticonRequestAsked): Promise<SettledRequestStatus | null> => {
    const { campaignId, userId, commandId, mayRepeat } = asked;
    const first = firsts.known(campaignId, userId);
    if (first) return first === commandId ? null : refused(asked, 'ALREADY_REQUESTED', first);
    const waiting = line.first(campaignId, userId);
    if (!waiting) return null;
    if (!line.isInOrder(waiting) || !willCount(line.askedAt(waiting), board.get(campaignId)))
      throw underWay(queued(waiting));
    // A request that was sent before may be decided without this process knowing: a refusal is final, and needs the
    // database.
    if (!mayRepeat) return refused(asked, 'ALREADY_REQUESTED', waiting.id);
    const receipt = await outcomes.find(commandId).catch(() => {
      throw underWay(queued(waiting));
    });
    return receipt ? decided(asked, receipt) : refused(asked, 'ALREADY_REQUESTED', waiting.id);
  };

  /**
   * Before a request that this process appended a moment ago there may be others of the same user that it has not read
   * yet, even this very one: a final refusal would be wrong.
   */
  const othersRead = async ({ campaignId, userId, commandId }: Asked): Promise<void> => {
    const waiting = line.first(campaignId, userId);
    if (waiting && !line.isInOrder(waiting) && !line.find(commandId, userId)) await brought(waiting);
  };

  /**
   * The refusal of a campaign that is over. A user who has asked in it before, perhaps under this id, gets that
   * outcome.
   */
  const tooLate = async (asked: Asked, code: 'SOLD_OUT' | 'CAMPAIGN_CLOSED'): Promise<SettledRequestStatus> => {
    const { campaignId, userId, commandId } = asked;
    const plain = refused(asked, code);
    if (firsts.known(campaignId, userId) === null) return plain;
    try {
      const [receipt, first] = await Promise.all([outcomes.find(commandId), firsts.find(campaignId, userId)]);
      if (receipt) return await decided(asked, receipt);
      return first === null || first === commandId ? plain : refused(asked, 'ALREADY_REQUESTED', first);
    } catch {
      // The database is away, and the plain refusal is true as well.
      return plain;
    }
  };

  /**
   * Another server may have taken this very request in time. It is looked up in the queue, then in the store, which it
   * has reached by then.
   */
  const closed = async (asked: GifticonRequestAsked, now: number): Promise<RequestStatus> => {
    const sure = await upToNow();
    return (await repeated(asked)) ?? (sure ? tooLate(asked, 'CAMPAIGN_CLOSED') : enqueue(asked, now));
  };

  /**
   * Codes may have been loaded, and requested on another server, before this process saw the event: where that cannot
   * be looked up, the issuer decides.
   */
  const notOpen = async (asked: GifticonRequestAsked, { stock }: Campaign, now: number): Promise<RequestStatus> => {
    if (stock > 0) return refused(asked, 'CAMPAIGN_NOT_OPEN');
    const sure = await upToNow();
    const receipt = sure ? await outcomes.find(asked.commandId).catch(() => null) : null;
    if (receipt === null) return (await repeated(asked)) ?? enqueue(asked, now);
    return (await repeated(asked)) ?? (receipt ? decided(asked, receipt) : refused(asked, 'CAMPAIGN_NOT_OPEN'));
  };

  const enqueue = async (
    { campaignId, commandId, userId, traceId, span }: GifticonRequestAsked,
    now: number,
  ): Promise<RequestStatus> => {
    const started = performance.now();
    const at = new Date(now).toISOString();
    const place = await requests.append({
      commandId,
      type,
      schema,
      key: campaignId,
      userId,
      traceId,
      span,
      at,
      data: { campaignId },
    });
    metrics.commandsAccepted.inc({ type });
    metrics.commandAcceptedSeconds.observe({ type }, (performance.now() - started) / 1000);

    const nobodyElse = line.waitingIn(place.partition) === 0;
    const waiting = line.accepted({ id: commandId, campaignId, userId, at: place.at.getTime() }, place);
    if (waiting) {
      appended(nobodyElse && line.ahead(waiting) > 0);
      return queued(waiting);
    }
    const receipt = outcomes.recent(commandId);
    const outcome = receipt && isSame({ campaignId, userId }, receipt) ? outcomes.outcomeNow(receipt) : null;
    return outcome ?? { id: commandId, campaignId, userId, status: 'QUEUED', ahead: 0, etaSeconds: null };
  };

  const decide = async (asked: GifticonRequestAsked): Promise<RequestStatus> => {
    await othersRead(asked);
    const known = (await repeated(asked)) ?? (await second(asked));
    if (known) return known;
    const campaign = board.get(asked.campaignId) ?? (await board.glance(asked.campaignId));
    if (campaign === 'none') return refused(asked, 'CAMPAIGN_NOT_FOUND');
    const now = clock.now();
    if (campaign !== 'unsure') {
      const errorMs = clock.errorMs();
      if (campaign.soldOut) return tooLate(asked, 'SOLD_OUT');
      if (campaignState(campaign, now - errorMs) === 'CLOSED') return closed(asked, now);
      if (opensLater(campaign, now, EARLY_MS + errorMs)) return notOpen(asked, campaign, now);
    }
    return enqueue(asked, now);
  };

  // One after the other for a user in a campaign: each is judged once it is known whether the one before it reached the
  // queue. Where the log rejects that one, those behind it fail alike, instead of each waiting for the log in turn.
  return async (asked) => {
    const key = `${asked.campaignId}/${asked.userId}`;
    for (let before = deciding.get(key); before; before = deciding.get(key)) await before;
    const own = decide(asked).finally(() => deciding.delete(key));
    deciding.set(key, own);
    return own;
  };
}

const underWay = ({ etaSeconds }: QueuedRequestStatus): RequestUnderWayError =>
  new RequestUnderWayError(
    etaSeconds === null ? UNDER_WAY_MS : Math.min(LONGEST_UNDER_WAY_MS, Math.max(100, Math.ceil(etaSeconds * 1_000))),
  );

/**
 * Whether a waiting request will be the deciding one: the issuer passes over requests that came too early or too late.
 */
function willCount(askedAt: number, campaign: Campaign | undefined): boolean {
  return (
    campaign !== undefined &&
    campaign.stock > 0 &&
    askedAt >= campaign.opensAt.getTime() &&
    (campaign.closesAt === null || askedAt < campaign.closesAt.getTime())
  );
}
