import type { RequestHandler } from 'express';
import type { ExecutionArgs, ExecutionResult, GraphQLSchema } from 'graphql';
import type { TraceId } from '../../events/ids.js';
import type { Sink } from '../../fan-out/subscriber.js';
import type { Admit } from '../../identity/admission.js';
import type { Identity, TokenVerifier } from '../../identity/identity.js';
import type { Limits } from '../../schema/limits/limits.js';
import type { Logger } from '../logging.js';
import type { Metrics } from '../metrics.js';

/** One operation, as its transport brings it: what a context is made of. */
export interface OperationRequest {
  /** Null where no token came. */
  readonly viewer: Identity | null;
  readonly traceId: TraceId;
  readonly logger: Logger;
  /** Aborted when the operation is over, or the client is gone. */
  readonly signal: AbortSignal;
  /** On the transports that stream. */
  readonly sink?: Sink;
}

export type Subscribe = (args: ExecutionArgs) => Promise<AsyncIterable<ExecutionResult> | ExecutionResult> | AsyncIterable<ExecutionResult> | ExecutionResult;

export interface HttpServerOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly schema: GraphQLSchema;
  /** Called once an operation, before it is executed. */
  readonly context: (request: OperationRequest) => object;
  /** Starts a subscription on the transports that stream. Its results may go to the sink instead of the iterator. graphql-js's own where it is missing. */
  readonly subscribe?: Subscribe;
  readonly verifier: TokenVerifier;
  /** Called before each operation of a verified identity; a throw refuses the operation. */
  readonly admit?: Admit;
  readonly isTransient?: (error: unknown) => boolean;
  /** Why the system cannot serve now; empty where it can. Called for every look at /readyz. */
  readonly notReady: () => Promise<readonly string[]> | readonly string[];
  /** Pages for browsers. They come before everything but health, and hand on what is not theirs. */
  readonly pages?: RequestHandler;
  /** Origins whose pages may call from browsers; none but its own by default. */
  readonly corsOrigins?: readonly string[];
  readonly limits?: Limits;
  /** Operations that one WebSocket may have open at the same time. */
  readonly maxOperationsPerSocket?: number;
  readonly connectionInitMs?: number;
  readonly keepAliveMs?: number;
  /** How long a client may take to send the headers of a request, and the request as a whole. */
  readonly headersMs?: number;
  readonly requestMs?: number;
  /** How long `stop` waits for running requests. */
  readonly graceMs?: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export const MAX_BODY_BYTES = 256 * 1024;
