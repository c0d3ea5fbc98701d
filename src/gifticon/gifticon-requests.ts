import type { Receipt, Rejection } from '../engine/domain/receipt.js';
import type { LogEntry } from '../engine/domain/event.js';
import type { CommandId, Partition, SpanId, TraceId, UserId } from '../engine/domain/ids.js';
import type { DecidedBatch } from '../engine/log/event-feed.js';
import type { CampaignId } from '../events/ids.js';
import type { Campaign } from '../projections/gifticon/campaigns/query.js';

interface RequestIdentity {
  /** The commandId of the request. */
  readonly id: CommandId;
  readonly campaignId: CampaignId;
  readonly userId: UserId;
  /**
   * Its number in the campaign, 1, 2, 3 … in the order of the queue. Null where it is not known, and where the request
   * was refused without getting into the queue.
   */
  readonly number?: number | null;
}

/** A request that is in the queue and has no outcome yet. */
export interface QueuedRequestStatus extends RequestIdentity {
  readonly status: 'QUEUED';
  /** Requests that will be decided before this one. */
  readonly ahead: number;
  /**
   * An estimate of the seconds until its turn, at the present rate. Null while no rate is known, and while an operator
   * has paused the issuing.
   */
  readonly etaSeconds: number | null;
}

/** A request that has its outcome. */
export type SettledRequestStatus = RequestIdentity &
  (
    | { readonly status: 'ISSUED'; readonly nth: number; readonly issuedAt: Date; readonly receipt: Receipt }
    /** `receipt` is null where admission control refused the request: it never entered the queue. */
    | { readonly status: 'SOLD_OUT'; readonly receipt: Receipt | null; readonly rejection: Rejection }
    /** `receipt` is null also where the one under its id belongs to another command: COMMAND_ID_REUSED. */
    | {
        readonly status: 'REJECTED';
        readonly receipt: Receipt | null;
        readonly rejection: Rejection;
        readonly duplicateOf: CommandId | null;
      }
  );

/** The status of a gifticon request. */
export type RequestStatus = QueuedRequestStatus | SettledRequestStatus;

export interface CampaignStatus extends Campaign {
  readonly state: 'SCHEDULED' | 'OPEN' | 'SOLD_OUT' | 'CLOSED';
  /** Accepted requests that have no outcome yet. */
  readonly queued: number;
  /** The issuer's present rate in requests a second; 0 when idle. */
  readonly drainRatePerSecond: number;
}

/** The progress of a campaign's requests. */
export interface CampaignProgress extends Pick<CampaignStatus, 'issued' | 'stock' | 'queued' | 'state'> {
  /** Requests of the campaign that have their outcome. */
  readonly served: number;
  readonly ratePerSecond: number;
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
  /** Of a sampled operation. */
  readonly span?: SpanId | undefined;
  /** Whether the client made the commandId: the request may have been sent, and decided, before. */
  readonly mayRepeat: boolean;
}

/**
 * An api process's view of the gifticon queue, and the way of a request into it. It follows the queue and the event
 * feed, so every server knows the status of every request and answers from memory; the database is asked only where
 * memory does not know.
 */
export interface GifticonQueue extends AsyncDisposable {
  /**
   * Makes the request durable in the queue, or refuses it, which leaves nothing behind: sold out, closed, not open, a
   * second request. The same request again, to any server, returns the status of the first one. A user has one request
   * under way in a campaign.
   * @throws {LogError} as `CommandLog.append`
   * @throws {RequestUnderWayError} where another request of the user waits that may not count: asked again later, this
   * one may
   */
  request(asked: GifticonRequestAsked): Promise<RequestStatus>;
  /**
   * The status of a request of this user. Null: no request is known under this id, or it is another user's.
   * @throws where memory does not know it and the database or the queue does not answer in time: never an uncertain
   * "none"
   */
  requestStatus(id: CommandId, userId: UserId): Promise<RequestStatus | null>;
  /**
   * Resolves with the request's outcome, now or when it is decided; null where `signal` ends the wait, and where no
   * such request is known.
   * @throws as `requestStatus`
   */
  outcome(id: CommandId, userId: UserId, signal: AbortSignal): Promise<RequestStatus | null>;
  /**
   * The statuses of a request of this user: at once, then as its place moves, at most once a second, then its outcome,
   * at once, and the end. Null where no such request is known. Ends without an outcome where the queue itself was lost:
   * the client may ask again.
   * @param places whether to tell the statuses before the outcome; default: yes
   * @throws as `requestStatus`
   */
  watch(
    id: CommandId,
    userId: UserId,
    signal: AbortSignal,
    places?: boolean,
  ): Promise<AsyncIterableIterator<RequestStatus> | null>;
  /**
   * Null where no campaign has this id. @throws where memory does not know it and the database does not answer in time
   */
  campaign(id: CampaignId): Promise<CampaignStatus | null>;
  /**
   * The number of a request of this user. Waits for a bounded time where it is not known yet; null where it stays
   * unknown, and where there is no such request.
   * @throws as `requestStatus`
   */
  number(id: CommandId, userId: UserId): Promise<number | null>;
  /**
   * Null where no campaign has this id. @throws as `campaign`, also where the number of served requests is not known in
   * time
   */
  progress(id: CampaignId): Promise<CampaignProgress | null>;
  stop(): Promise<void>;
}

/** The request queue with its inputs: the feed and the event reader. */
export interface FollowingGifticonQueue extends GifticonQueue {
  /** Resolves when everything that was in the queue is read. */
  start(): Promise<void>;
  /** The progress of the start, for a log line. */
  readSoFar(): string;
  /** Takes every batch of the feed, also before the start. Never blocks, and never throws. */
  onDecided(batch: DecidedBatch): void;
  /**
   * The log of this partition went back in time: its memory is dropped, and the queue is read again from the decider's
   * checkpoint.
   */
  forked(partition: Partition): void;
  /**
   * Takes every event of every partition, in order, from before the start on: also the events of gifticons that
   * `onDecided` did not bring. Never blocks, and never throws.
   */
  onEvents(events: readonly LogEntry[]): void;
}
