import { ApolloServer, HeaderMap } from '@apollo/server';
import type { ApolloServerPlugin, GraphQLResponse, HTTPGraphQLHead } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import type { DocumentNode, FormattedExecutionResult } from 'graphql';
import { formatError } from '../errors/format-error.js';
import type { ErrorScope } from '../errors/format-error.js';
import type { Identity } from '../identity/identity.js';
import { createOperations, formatResult, isErrors, isSubscription } from '../operations.js';
import type { OperationParams } from '../operations.js';
import type { ServedOptions } from '../options.js';
import { operationRequest, refusal, statusOf } from '../request-scope.js';
import type { RequestScope } from '../request-scope.js';

/** A request with its body read and its client known. */
export interface HttpOperation {
  readonly scope: RequestScope;
  readonly viewer: Identity | null;
  /** Any JSON value; undefined without JSON. */
  readonly body: unknown;
  /** The document of the body's `query`, if it has one. */
  readonly document: DocumentNode | null;
}

export interface HttpAnswer {
  readonly status: number;
  readonly type: string;
  readonly json: string;
}

export interface Apollo {
  start(): Promise<void>;
  /** Only after `start`. */
  answer(operation: HttpOperation): Promise<HttpAnswer>;
  stop(): Promise<void>;
}

/**
 * GraphQL over HTTP by Apollo Server: the rules for a body, the accepted types, and forged requests from pages of other
 * sites. Documents, limits, execution and the format of errors are those of all transports
 * (`src/server/operations.ts`).
 */
export function createApollo(options: ServedOptions): Apollo {
  const { schema, logger, metrics } = options;
  /** For errors in a client's request, which are neither logged nor counted elsewhere. */
  const clientFault: ErrorScope = {
    traceId: '' as ErrorScope['traceId'],
    logger,
    countError: (code) => metrics.graphqlErrors.inc({ code, transport: 'http' }),
  };
  const handed = handedDocuments();

  const server = new ApolloServer<HttpOperation>({
    schema,
    introspection: true,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    documentStore: handed.store,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    stringifyResult: (result) => JSON.stringify(result),
    formatError: (_formatted, error) => formatError(error, clientFault),
    // Without cache hints in the schema this plugin has no effect, but would run before each field.
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      executing(options, handed.hand),
    ],
    logger,
  });

  return {
    start: () => server.start(),
    async answer(operation) {
      const { headers, body, status } = await server.executeHTTPGraphQLRequest({
        httpGraphQLRequest: {
          method: 'POST',
          search: '',
          headers: headersOf(operation.scope),
          body: operation.body,
        },
        context: () => Promise.resolve(operation),
      });
      if (body.kind !== 'complete') throw new Error('Apollo Server answered in parts');
      return { status: status ?? 200, type: headers.get('content-type')!, json: body.string };
    },
    stop: () => server.stop(),
  };
}

/** The headers that Apollo Server reads. */
const READ = ['content-type', 'accept', 'x-apollo-operation-name', 'apollo-require-preflight'] as const;

function headersOf({ request: { headers } }: RequestScope): HeaderMap {
  const read = new HeaderMap();
  for (const name of READ) {
    const value = headers[name];
    if (value !== undefined) read.set(name, String(value));
  }
  return read;
}

const NO_HEADERS = new HeaderMap();

/** Executes an operation that Apollo Server has read, as the other transports do. */
function executing(
  options: ServedOptions,
  hand: (hash: string, document: DocumentNode) => void,
): ApolloServerPlugin<HttpOperation> {
  const operations = createOperations(options, 'http');

  const result = async (
    { scope, viewer, document }: HttpOperation,
    params: OperationParams,
  ): Promise<readonly [FormattedExecutionResult, status?: number]> => {
    if (document && isSubscription({ document, operationName: params.operationName }))
      return [formatResult({ errors: [noSubscriptions()] }, scope), 400];
    const prepared = await operations.prepare(params, operationRequest(scope, viewer, options));
    if (isErrors(prepared)) {
      const refused = formatResult({ errors: prepared }, scope);
      return [refused, statusOf(refused.errors!, 400)];
    }
    const executed = await operations.execute(prepared);
    // Without any data nothing was executed: the operation itself was refused.
    return executed.data === undefined ? [formatResult(executed, scope), 400] : [formatResult(executed, scope)];
  };

  const listener = {
    didResolveSource({ queryHash, contextValue: { document } }: { queryHash: string; contextValue: HttpOperation }) {
      if (document) hand(queryHash, document);
      return Promise.resolve();
    },
    async responseForOperation({
      source,
      request: { operationName, variables },
      contextValue,
    }: {
      readonly source: string;
      readonly request: { readonly operationName?: string; readonly variables?: Readonly<Record<string, unknown>> };
      readonly contextValue: HttpOperation;
    }): Promise<GraphQLResponse> {
      let singleResult: FormattedExecutionResult;
      let status: number | undefined;
      try {
        [singleResult, status] = await result(contextValue, { query: source, operationName, variables });
      } catch (error) {
        [singleResult, status] = [{ errors: [formatError(error, contextValue.scope)] }, 500];
      }
      const http: HTTPGraphQLHead = { headers: NO_HEADERS, ...(status === undefined ? {} : { status }) };
      return { http, body: { kind: 'single', singleResult } };
    },
  };
  return { requestDidStart: () => Promise.resolve(listener) };
}

const noSubscriptions = () =>
  refusal('BAD_USER_INPUT', 'Subscriptions are not served here: use the WebSocket /graphql, or POST /graphql/stream.');

/**
 * Hands documents to Apollo Server, so that it neither parses nor validates: it asks a store for the hash of a text,
 * right after it has passed the hash to its plugins.
 */
function handedDocuments() {
  const handed = new Map<string, { readonly document: DocumentNode; requests: number }>();
  return {
    hand(hash: string, document: DocumentNode): void {
      const known = handed.get(hash);
      if (known) known.requests++;
      else handed.set(hash, { document, requests: 1 });
    },
    store: {
      get(key: string) {
        // The key begins with a hash of the schema.
        const hash = key.slice(-SHA256_HEX);
        const found = handed.get(hash);
        if (found && --found.requests === 0) handed.delete(hash);
        return Promise.resolve(found?.document);
      },
      set: () => Promise.resolve(),
      delete: () => Promise.resolve(false),
    },
  };
}

const SHA256_HEX = 64;
