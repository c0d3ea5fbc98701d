import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExecutionArgs, ExecutionResult, GraphQLSchema } from 'graphql';
import type { TraceId } from '../engine/domain/ids.js';
import type { Sink } from '../engine/fan-out/subscriber.js';
import type { Admit, Identity, TokenVerifier } from './identity/identity.js';
import type { SharedAnswers } from './http/shared-answers.js';
import type { Documents } from './limits/documents.js';
import type { CostRate } from './limits/cost-rate.js';
import type { Limits } from './limits/limits.js';
import type { Logger } from '../engine/runtime/logging.js';
import type { ServerMetrics } from './metrics.js';
import type { BufferOptions } from './connections/buffer-watch.js';
import type { ClientAddresses } from './connections/client-address.js';
import type { ConnectionLimits } from './connections/connection-limits.js';

/** One operation, as its transport brings it: what a context is made of. */
export interface OperationRequest {
  /** Null where no token came. */
  readonly viewer: Identity | null;
  /** What the client is counted by where nobody is signed in. */
  readonly clientAddress: string;
  readonly traceId: TraceId;
  readonly logger: Logger;
  /** Aborted when the operation is over, or the client is gone. */
  readonly signal: AbortSignal;
  /** On the transports that stream. */
  readonly sink?: Sink;
}

export type Subscribe = (
  args: ExecutionArgs,
) => Promise<AsyncIterable<ExecutionResult> | ExecutionResult> | AsyncIterable<ExecutionResult> | ExecutionResult;

/** Whether a request is answered, now or later. */
export type Pages = (asked: PageRequest) => boolean;

export interface PageRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** In small letters. */
  readonly path: string;
  /** Those of every answer to the request, as a flat list of names and values. */
  readonly headers: readonly string[];
}

export interface HttpServerOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly schema: GraphQLSchema;
  /** Called once an operation, before it is executed. */
  readonly context: (request: OperationRequest) => object;
  /** What an answer carries in `extensions`, told by the context that it was executed with. */
  readonly extensions?: (context: object) => Readonly<Record<string, unknown>> | undefined;
  /**
   * Starts a subscription on the transports that stream. Its results may go to the sink instead of the iterator.
   * graphql-js's own where it is missing.
   */
  readonly subscribe?: Subscribe;
  /** Stands before everything else that is executed over HTTP. */
  readonly shared?: SharedAnswers;
  readonly verifier: TokenVerifier;
  /** Called before each operation of a verified identity; a throw refuses the operation. */
  readonly admit?: Admit;
  readonly isTransient?: (error: unknown) => boolean;
  /** Why the system cannot serve now; empty where it can. Called for every look at /readyz. */
  readonly notReady: () => Promise<readonly string[]> | readonly string[];
  /** Pages for browsers: whether they answer a request, which is no operation. */
  readonly pages?: Pages;
  /** Origins whose pages may call from browsers; none but its own by default. */
  readonly corsOrigins?: readonly string[];
  readonly limits?: Limits;
  /** Those of `schema` within `limits`, where others share them. */
  readonly documents?: Documents;
  readonly connectionLimits?: Partial<ConnectionLimits>;
  /** Proxies whose X-Forwarded-For is believed: addresses and CIDRs. */
  readonly trustedProxies?: readonly string[];
  /**
   * Answers requests to the names of this machine alone: where anyone may sign in as anyone, no page of another name
   * may ask.
   */
  readonly localOnly?: boolean;
  /** Whether /readyz and /metrics have a port of their own, and are not served here. */
  readonly operationsElsewhere?: boolean;
  readonly connectionInitMs?: number;
  /** How long a connection may be idle between two requests. */
  readonly idleMs?: number;
  readonly keepAliveMs?: number;
  /** How long a client may take to send the headers of a request, and the request as a whole. */
  readonly headersMs?: number;
  readonly requestMs?: number;
  /** How long a client may leave what was written to it unread. */
  readonly unreadMs?: number;
  readonly bufferBounds?: Pick<BufferOptions, 'unreadBytes' | 'unfinishedBytes'>;
  /** How long `stop` waits for running requests. */
  readonly graceMs?: number;
  readonly logger: Logger;
  readonly metrics: ServerMetrics;
}

/** What the transports are made with: they share one cache of documents, and what clients are told apart by. */
export type ServedOptions = HttpServerOptions &
  Required<Pick<HttpServerOptions, 'documents' | 'limits'>> & {
    readonly clients: ClientAddresses;
    readonly costs: CostRate;
  };

export const MAX_BODY_BYTES = 256 * 1024;
