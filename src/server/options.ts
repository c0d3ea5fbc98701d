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
import type { Span } from '../engine/runtime/tracing.js';
import type { ServerMetrics } from './metrics.js';
import type { OperationTracing } from './trace.js';
import type { BufferOptions } from './connections/buffer-watch.js';
import type { ClientAddresses } from './connections/client-address.js';
import type { ConnectionLimits } from './connections/connection-limits.js';

/** One operation from its transport, the input of a context. */
export interface OperationRequest {
  /** Null without a token. */
  readonly viewer: Identity | null;
  /** The key by which a client without a token is counted. */
  readonly clientAddress: string;
  readonly traceId: TraceId;
  /** As the client sent it. Its trace id is that of the operation, if it is well-formed. */
  readonly traceparent?: unknown;
  /** Of a sampled operation. */
  readonly span?: Span | undefined;
  readonly logger: Logger;
  /** Aborted when the operation is over, or the client is gone. */
  readonly signal: AbortSignal;
  /** On the transports that stream. */
  readonly sink?: Sink;
}

export type Subscribe = (
  args: ExecutionArgs,
) => Promise<AsyncIterable<ExecutionResult> | ExecutionResult> | AsyncIterable<ExecutionResult> | ExecutionResult;

/** Whether it answers the request, now or later. */
export type Pages = (asked: PageRequest) => boolean;

export interface PageRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** In lower case. */
  readonly path: string;
  /** The headers of every answer to the request, as a flat list of names and values. */
  readonly headers: readonly string[];
}

export interface HttpServerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly schema: GraphQLSchema;
  /** Called once per operation, before it is executed. */
  readonly context: (request: OperationRequest) => object;
  /** The `extensions` of an answer, from the context of its execution. */
  readonly extensions?: (context: object) => Readonly<Record<string, unknown>> | undefined;
  /**
   * Starts a subscription on the transports that stream. Its results may go to the sink instead of the iterator.
   * Default: that of graphql-js.
   */
  readonly subscribe?: Subscribe;
  /** Comes before every other execution over HTTP. */
  readonly shared?: SharedAnswers;
  readonly verifier: TokenVerifier;
  /** Called before each operation of a verified identity; a throw refuses the operation. */
  readonly admit?: Admit;
  readonly isTransient?: (error: unknown) => boolean;
  /** The reasons why the system cannot serve now; empty while it can. Called for every check of /readyz. */
  readonly notReady: () => Promise<readonly string[]> | readonly string[];
  /** Pages for browsers: returns whether it answers a request, which is no operation. */
  readonly pages?: Pages;
  /** Origins whose pages may call from browsers. Default: only its own. */
  readonly corsOrigins?: readonly string[];
  readonly limits?: Limits;
  /** The cache of `schema` within `limits`, if it is shared. */
  readonly documents?: Documents;
  readonly connectionLimits?: Partial<ConnectionLimits>;
  /** Proxies whose X-Forwarded-For is trusted: addresses and CIDRs. */
  readonly trustedProxies?: readonly string[];
  /**
   * Answers only requests to the names of this machine: if anyone may sign in as anyone, pages of other names may not
   * connect.
   */
  readonly localOnly?: boolean;
  /** Whether /readyz and /metrics have a port of their own, and are not served here. */
  readonly operationsElsewhere?: boolean;
  readonly connectionInitMs?: number;
  /** Maximum idle time of a connection between two requests. */
  readonly idleMs?: number;
  readonly keepAliveMs?: number;
  /** Maximum time for the headers of a request, and for the whole request. */
  readonly headersMs?: number;
  readonly requestMs?: number;
  /** Maximum time in which a client reads nothing of the waiting bytes. */
  readonly unreadMs?: number;
  readonly bufferBounds?: Pick<BufferOptions, 'unreadBytes' | 'unfinishedBytes'>;
  /** How long `drain` goes on serving with /readyz at 503, so that proxies notice. Default: 0. */
  readonly drainDelayMs?: number;
  /** The time after that over which `drain` ends sockets and streams. Default: 0. */
  readonly drainMs?: number;
  /** Maximum wait of `stop` for running requests. */
  readonly graceMs?: number;
  readonly logger: Logger;
  readonly metrics: ServerMetrics;
  /** Default: no operation is traced. */
  readonly tracing?: OperationTracing | undefined;
}

/** The shared options of the transports: one cache of documents, and one identification of clients. */
export type ServedOptions = HttpServerOptions &
  Required<Pick<HttpServerOptions, 'documents' | 'limits'>> & {
    readonly clients: ClientAddresses;
    readonly costs: CostRate;
  };

export const MAX_BODY_BYTES = 256 * 1024;
