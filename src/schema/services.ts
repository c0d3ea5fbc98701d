import type { ConsoleAccess } from '../admin/console.js';
import type { CampaignProgress, GifticonQueue } from '../gifticon/gifticon-requests.js';
import type { CommandGateway } from '../engine/gateway/command-gateway.js';
import type { ReadModelProgress } from '../engine/gateway/read-model-progress.js';
import type { CursorSigner } from '../engine/gateway/signed-cursor.js';
import type { Memberships } from './membership/memberships.js';
import type { Occupancy } from '../occupancy/occupancy.js';
import type { HotKeyDetector } from '../hot-rooms/heat.js';
import type { SharedReads } from '../hot-rooms/shared-reads.js';
import type { SharedValues } from '../engine/fan-out/shared-values.js';
import type { FanOut } from '../engine/fan-out/fan-out.js';
import type { TokenIssuer } from '../server/identity/identity.js';
import type { LogEpochs } from '../engine/log/log-epochs.js';
import type { RateLimit, RoomBuckets } from '../server/rate-limits/rate-limits.js';
import type { Metrics } from '../metrics.js';
import type { PerTickLimiter } from '../engine/runtime/per-tick-limiter.js';
import type { GifticonCodes } from '../gifticon/codes/gifticon-codes.js';
import type { RoomSums } from './message/room-sums.js';
import type { PersonalReads } from './hot-room/personal-reads.js';
import type { WriteLimitName } from './command/write-rates.js';
import type { Queries } from '../projections/queries.js';
import type { Registration } from './user/registration.js';

/** Limit how many fetches of hot rooms go on in one turn of the event loop, so that other rooms get time in between. */
export interface PerTickLimiters {
  readonly coming: PerTickLimiter;
  /** For callers who waited for the same read. Queued behind new callers, their answers would grow old. */
  readonly leaving: PerTickLimiter;
}

/** The dependencies of the API: one set for the whole process, wired in the composition root. */
export interface ApiServices {
  readonly commands: CommandGateway;
  readonly registration: Registration;
  readonly progress: ReadModelProgress;
  readonly queries: Queries;
  readonly fanOut: FanOut;
  readonly heat: HotKeyDetector;
  readonly roomSums: RoomSums;
  readonly occupancy: Occupancy;
  readonly memberships: Memberships;
  /** The cache of the reads that all members of a hot room share. */
  readonly pages: SharedReads<unknown>;
  readonly personal: PersonalReads;
  readonly buckets: RoomBuckets;
  readonly limiters: PerTickLimiters;
  readonly writeLimits: Readonly<Record<WriteLimitName, RateLimit>>;
  readonly cursorSigner: CursorSigner;
  /** Says whether a position from a client is still one of the log. */
  readonly epochs: LogEpochs;
  readonly gifticonRequests: GifticonQueue;
  readonly campaignProgress: SharedValues<CampaignProgress>;
  readonly codes: GifticonCodes;
  /**
   * The longest wait of a gifticon request for its outcome, in milliseconds; the gateway has its own for other
   * commands.
   */
  readonly commandWaitMs: number;
  /** The largest result of a subscription, as JSON. */
  readonly answerBytes: number;
  readonly partitions: number;
  /** Null where AUTH_MODE=jwt: there is no sign-in here. */
  readonly tokens: TokenIssuer | null;
  readonly console: ConsoleAccess;
  readonly metrics: Metrics;
  /** Whether an error may pass by itself: then the client gets a retryable error, instead of a fault. */
  readonly isTransient: (error: unknown) => boolean;
}
