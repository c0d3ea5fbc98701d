import type { GifticonQueue } from '../gifticon/gifticon-requests.js';
import type { CommandGateway } from '../engine/gateway/command-gateway.js';
import type { ReadModelProgress } from '../engine/gateway/read-model-progress.js';
import type { CursorSigner } from '../engine/gateway/signed-cursor.js';
import type { Memberships } from './membership/memberships.js';
import type { HotKeyDetector } from '../hot-rooms/heat.js';
import type { SharedReads } from '../hot-rooms/shared-reads.js';
import type { FanOut } from '../engine/fan-out/fan-out.js';
import type { TokenIssuer } from '../server/identity/identity.js';
import type { LogEpochs } from '../engine/log/log-epochs.js';
import type { RateLimit, RoomBuckets } from '../server/rate-limits/rate-limits.js';
import type { Metrics } from '../engine/runtime/metrics.js';
import type { PerTickLimiter } from '../engine/runtime/per-tick-limiter.js';
import type { GifticonCodes } from '../gifticon/codes/gifticon-codes.js';
import type { PersonalReads } from './hot-room/personal-reads.js';
import type { WriteLimitName } from './command/write-rates.js';
import type { Queries } from '../projections/queries.js';
import type { Registration } from './user/registration.js';

/**
 * For those who ask for what a hot room shows to all alike: some in a turn of the event loop, so that between them
 * there is time for the other rooms.
 */
export interface PerTickLimiters {
  readonly coming: PerTickLimiter;
  /** For whoever waited for the same as others. Behind those who come, the answers would grow old. */
  readonly leaving: PerTickLimiter;
}

/** What the API is made of: one set for the whole process, wired in the composition root. */
export interface ApiServices {
  readonly commands: CommandGateway;
  readonly registration: Registration;
  readonly progress: ReadModelProgress;
  readonly queries: Queries;
  readonly fanOut: FanOut;
  readonly heat: HotKeyDetector;
  readonly memberships: Memberships;
  /** What hot rooms show to all their members alike. */
  readonly pages: SharedReads<unknown>;
  readonly personal: PersonalReads;
  readonly buckets: RoomBuckets;
  readonly limiters: PerTickLimiters;
  readonly writeLimits: Readonly<Record<WriteLimitName, RateLimit>>;
  readonly cursorSigner: CursorSigner;
  /** Whether a position that a client handed in is still one of the log. */
  readonly epochs: LogEpochs;
  readonly gifticonRequests: GifticonQueue;
  readonly codes: GifticonCodes;
  /**
   * How long a request for a gifticon waits for its outcome at most, in milliseconds, as the gateway does for other
   * commands.
   */
  readonly commandWaitMs: number;
  /** What one result of a subscription takes at most, as JSON. */
  readonly answerBytes: number;
  readonly partitions: number;
  /** Null where AUTH_MODE=jwt: nobody signs in here. */
  readonly tokens: TokenIssuer | null;
  readonly metrics: Metrics;
  /** Whether an error may go away by itself: the client is told to try again, instead of a fault. */
  readonly isTransient: (error: unknown) => boolean;
}
