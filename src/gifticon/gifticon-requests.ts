import type { Receipt, Rejection } from '../engine/domain/receipt.js';
import type { CommandId, TraceId, UserId } from '../engine/domain/ids.js';
import type { CampaignId } from '../events/ids.js';
import type { Campaign } from '../projections/gifticon/campaigns/query.js';

interface RequestIdentity {
  /** The commandId of the request. */
  readonly id: CommandId;
  readonly campaignId: CampaignId;
  readonly userId: UserId;
}

/** A request that is in the queue and has no outcome yet. */
export interface QueuedRequestStatus extends RequestIdentity {
  readonly status: 'QUEUED';
  /** Requests that will be decided before this one. */
  readonly ahead: number;
  /**
   * Until its turn, at the pace of the moment. Null while nothing is known about the pace, and while an operator holds
   * the issuing.
   */
  readonly etaSeconds: number | null;
}

/** A request that has its outcome. */
export type SettledRequestStatus = RequestIdentity &
  (
    | { readonly status: 'ISSUED'; readonly nth: number; readonly issuedAt: Date; readonly receipt: Receipt }
    /** `receipt` is null where admission control refused it: such a request never got into the queue. */
    | { readonly status: 'SOLD_OUT'; readonly receipt: Receipt | null; readonly rejection: Rejection }
    /** `receipt` is null also where the one under its id belongs to another command: COMMAND_ID_REUSED. */
    | {
        readonly status: 'REJECTED';
        readonly receipt: Receipt | null;
        readonly rejection: Rejection;
        readonly duplicateOf: CommandId | null;
      }
  );

/** Where a request for a gifticon stands. */
export type RequestStatus = QueuedRequestStatus | SettledRequestStatus;

export interface CampaignStatus extends Campaign {
  readonly state: 'SCHEDULED' | 'OPEN' | 'SOLD_OUT' | 'CLOSED';
  /** Accepted requests that have no outcome yet. */
  readonly queued: number;
  /** What the issuer drains at right now, requests a second; 0 when idle. */
  readonly drainRatePerSecond: number;
}

/** Another request of the same user waits in the same campaign, and it is open whether it will count. */
export class RequestUnderWayError extends Error {
  readonly code = 'REQUEST_UNDER_WAY';
  constructor(readonly retryAfterMs: number) {
    super('another request of this user in this campaign has no outcome yet');
  }
}

export interface GifticonRequestAsked {
  readonly campaignId: CampaignId;
  readonly commandId: CommandId;
  readonly userId: UserId;
  readonly traceId: TraceId;
  /** Whether the client made the commandId, so that the request may have been sent, and decided, before. */
  readonly mayRepeat: boolean;
}

/**
 * What an api process knows of the gifticon queue, and how a request gets into it. It follows the queue and the event
 * feed, so that every server can tell where any request stands, and it answers from memory: the database is asked only
 * where memory does not know.
 */
export interface GifticonQueue extends AsyncDisposable {
  /**
   * Makes the request durable in the queue, or refuses it, which leaves nothing behind: sold out, closed, not open, a
   * second request. The same request again, to any server, gives where the first one stands. A user has one request
   * under way in a campaign.
   * @throws {LogError} as `CommandLog.append`
   * @throws {RequestUnderWayError} where another request of the user waits that may not count: asked again later, this
   * one may
   */
  request(asked: GifticonRequestAsked): Promise<RequestStatus>;
  /**
   * Where a request of this user stands; null: none is known under this id, or it is another user's.
   * @throws where memory does not know and the database, or the queue, does not answer in time: never a "none" that is
   * not sure
   */
  requestStatus(id: CommandId, userId: UserId): Promise<RequestStatus | null>;
  /**
   * Resolves with the request's outcome, now or when it is decided; null where `signal` ends the wait, and where no
   * such request is known.
   * @throws as `standing`
   */
  outcome(id: CommandId, userId: UserId, signal: AbortSignal): Promise<RequestStatus | null>;
  /**
   * The standing of a request of this user: at once, then as its place moves, at most once a second, then its outcome,
   * at once, and the end. Null where no such request is known. It ends without an outcome where the queue itself was
   * lost: whoever asked may ask again.
   * @throws as `standing`
   */
  watch(id: CommandId, userId: UserId, signal: AbortSignal): Promise<AsyncIterableIterator<RequestStatus> | null>;
  /** Null where there is none. @throws where memory does not know it and the database does not answer in time */
  campaign(id: CampaignId): Promise<CampaignStatus | null>;
  stop(): Promise<void>;
}
