import { performance } from 'node:perf_hooks';
import { GraphQLError, OperationTypeNode, execute, getOperationAST, subscribe as subscribeByItself } from 'graphql';
import type { DocumentNode, ExecutionArgs, ExecutionResult, FormattedExecutionResult } from 'graphql';
import type { Span } from '../engine/runtime/tracing.js';
import type { ErrorScope } from './errors/format-error.js';
import { errorCodeOf, formatError } from './errors/format-error.js';
import { boundedAnswer } from './limits/answer-bytes.js';
import { givenName, refuseOperation } from './limits/refuse-operation.js';
import type { ConnectionCounts } from './connections/connection-counts.js';
import type { OperationRequest, ServedOptions, Subscribe } from './options.js';
import { TOO_MANY } from './http/plain-refusal.js';
import { refusal } from './request-scope.js';
import { startOperationSpan } from './trace.js';

export interface OperationParams {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

/** The common part of the transports: one path from the text of an operation to its results, with its limits. */
export interface Operations {
  /** The validated document; null for one that is refused. */
  readonly document: (query: string) => DocumentNode | null;
  /** The arguments for execution, or the refusal. Never rejects. */
  readonly prepare: (
    params: OperationParams,
    request: OperationRequest,
  ) => Promise<ExecutionArgs | readonly GraphQLError[]>;
  readonly execute: (args: ExecutionArgs) => Promise<ExecutionResult>;
  /** Never rejects. */
  readonly subscribe: (args: ExecutionArgs) => Promise<AsyncIterable<ExecutionResult> | ExecutionResult>;
}

export const isErrors = (prepared: ExecutionArgs | readonly GraphQLError[]): prepared is readonly GraphQLError[] =>
  Array.isArray(prepared);

export const isSubscription = ({
  document,
  operationName,
}: Pick<ExecutionArgs, 'document' | 'operationName'>): boolean =>
  getOperationAST(document, operationName)?.operation === OperationTypeNode.SUBSCRIPTION;

/** @param counts on the transports that stream: counts the subscriptions of each user, until their signal is aborted */
export function createOperations(
  options: ServedOptions,
  transport: 'http' | 'websocket' | 'sse',
  counts?: Pick<ConnectionCounts, 'takeSubscription'>,
): Operations {
  const { schema, documents, context, extensions, admit, metrics, limits, costs, tracing } = options;
  const subscribe: Subscribe = options.subscribe ?? subscribeByItself;

  /** Of the sampled operations, by the context of their execution. */
  const spans = new WeakMap<object, Span>();
  const endSpan = ({ contextValue }: Pick<ExecutionArgs, 'contextValue'>, errors: readonly unknown[] = []): void => {
    const span = spans.get(contextValue as object);
    if (errors.length > 0) span?.failed(errorCodeOf(errors[0], options.isTransient));
    span?.end();
  };

  const prepare = async (
    { query, operationName: named, variables }: OperationParams,
    request: OperationRequest,
  ): Promise<ExecutionArgs | readonly GraphQLError[]> => {
    // Over HTTP and SSE the client passes the gate with its request, which has one operation (`identify`).
    if (transport === 'websocket' && request.viewer) await admit?.(request.viewer, request.traceId);
    const document = documents.get(query);
    if (!('definitions' in document)) return document;
    const operationName = givenName(named);
    const refused = refuseOperation({ schema, document, operationName, variables }, limits, (cost) =>
      costs.pay(request, cost),
    );
    if (refused) return [refused];
    const span = tracing && startOperationSpan(tracing, request, transport, document, operationName);
    const contextValue = context(span ? { ...request, span } : request);
    if (span) spans.set(contextValue, span);
    const prepared = { schema, document, operationName, variableValues: variables, contextValue };
    if (counts && request.viewer && isSubscription(prepared)) {
      const release = counts.takeSubscription(request.viewer.userId);
      if (!release) {
        const refused = [refusal('TOO_MANY_REQUESTS', TOO_MANY.subscriptions.message)];
        endSpan(prepared, refused);
        return refused;
      }
      if (request.signal.aborted) release();
      else request.signal.addEventListener('abort', release, { once: true });
    }
    return prepared;
  };

  const timed = async <T>(operation: string, work: () => Promise<T> | T): Promise<T> => {
    const started = performance.now();
    try {
      return await work();
    } finally {
      metrics.requestSeconds.observe({ operation, transport }, (performance.now() - started) / 1000);
    }
  };

  return {
    document(query) {
      const document = documents.get(query);
      return 'definitions' in document ? document : null;
    },
    async prepare(params, request) {
      try {
        return await prepare(params, request);
      } catch (error) {
        return [asGraphQLError(error)];
      }
    },
    async execute(args) {
      const executed = await timed(getOperationAST(args.document, args.operationName)?.operation ?? 'query', () =>
        execute(args),
      );
      if (tracing) endSpan(args, executed.errors);
      const result = boundedAnswer(executed, limits.answerBytes, () => metrics.answersRefused.inc());
      const more = extensions?.(args.contextValue as object);
      return more ? { ...result, extensions: { ...result.extensions, ...more } } : result;
    },
    async subscribe(args) {
      try {
        const stream = await timed('subscription', () => subscribe(args));
        if (tracing) endSpan(args, 'errors' in stream ? stream.errors : []);
        return stream;
      } catch (error) {
        if (tracing) endSpan(args, [error]);
        return { errors: [asGraphQLError(error)] };
      }
    },
  };
}

export function asGraphQLError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const originalError = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(originalError.message, { originalError });
}

/** Results with the types of each library. */
interface AnyResult {
  readonly errors?: readonly GraphQLError[] | undefined;
  readonly data?: Record<string, unknown> | null | undefined;
}

export function formatResult(result: AnyResult, scope: ErrorScope): FormattedExecutionResult {
  const { errors, ...rest } = result;
  return {
    ...(errors ? { errors: errors.map((error) => formatError(error, scope)) } : {}),
    ...(rest as FormattedExecutionResult),
  };
}
