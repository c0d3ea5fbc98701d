import type { CommandGateway } from '../gateway/command-gateway.js';
import type { ReadModelProgress } from '../gateway/read-model-progress.js';
import type { Seal } from '../gateway/seal.js';
import type { FanOut } from '../fan-out/fan-out.js';
import type { TokenIssuer } from '../identity/identity.js';
import type { Metrics } from '../platform/metrics.js';
import type { Queries } from '../projections/queries.js';
import type { Registration } from '../gateway/registration.js';

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
