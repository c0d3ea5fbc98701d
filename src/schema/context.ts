import type { CommandGateway } from '../gateway/command-gateway.js';
import type { ReadModelProgress } from '../gateway/read-model-progress.js';
import type { Seal } from '../gateway/seal.js';
import type { FanOut } from '../fan-out/fan-out.js';
import type { Sink } from '../fan-out/subscriber.js';
import type { Identity, TokenIssuer } from '../identity/identity.js';
import type { TraceId } from '../events/ids.js';
import type { Logger } from '../platform/logging.js';
import type { Metrics } from '../platform/metrics.js';
import type { Queries } from '../projections/queries.js';
import type { Registration } from '../gateway/registration.js';
import type { Loaders } from './loaders.js';

/** What the API is made of: one set for the whole process, wired in the composition root. */
export interface ApiServices {
  readonly commands: CommandGateway;
  readonly registration: Registration;
  readonly progress: ReadModelProgress;
  readonly queries: Queries;
  readonly fanOut: FanOut;
  readonly seal: Seal;
  readonly partitions: number;
  /** Null where AUTH_MODE=jwt: nobody signs in here. */
  readonly tokens: TokenIssuer | null;
  readonly metrics: Metrics;
  /** Whether an error may go away by itself: the client is told to try again, instead of a fault. */
  readonly isTransient: (error: unknown) => boolean;
}

/** What one operation is executed with. Made anew for each, also for every event that a group of subscribers gets. */
export interface ApiContext {
  readonly services: ApiServices;
  readonly loaders: Loaders;
  /** Null where no token came. In a context that a group of subscribers shares, reading it throws: see `requireViewer`. */
  readonly viewer: Identity | null;
  readonly traceId: TraceId;
  readonly logger: Logger;
  /** Ends with the request, or with the client's connection. */
  readonly signal: AbortSignal;
  /** Where a subscription's results go, on a transport that streams. */
  readonly sink?: Sink;
}
