import { performance } from 'node:perf_hooks';
import { ApolloServer } from '@apollo/server';
import type { ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { expressMiddleware } from '@as-integrations/express5';
import type { RequestHandler } from 'express';
import { OperationTypeNode } from 'graphql';
import type { DocumentNode, GraphQLError } from 'graphql';
import { formatError } from '../errors/format-error.js';
import type { ErrorScope } from '../errors/format-error.js';
import type { Documents } from '../limits/documents.js';
import { answerTooLarge, exceeds } from '../limits/answer-bytes.js';
import { refuseOperation } from '../limits/refuse-operation.js';
import type { Payer } from '../limits/cost-rate.js';
import { limitRules } from '../limits/rules.js';
import type { ServedOptions } from '../options.js';
import { refusal, scopeOf, viewerOf } from '../request-scope.js';

export interface Apollo {
  start(): Promise<void>;
  /** For POST /graphql, behind `identify` and the parser of bodies; only after `start`. */
  handler(): RequestHandler;
  stop(): Promise<void>;
}

/** Queries and mutations over plain HTTP. */
export function createApollo(options: ServedOptions): Apollo {
  const { schema, documents, context, logger, limits, metrics } = options;
  const scopes = new WeakMap<object, ErrorScope>();
  const nobodys: ErrorScope = {
    traceId: '' as ErrorScope['traceId'],
    logger,
    countError: (code) => metrics.graphqlErrors.inc({ code, transport: 'http' }),
  };

  const handed = handedDocuments(documents);

  const server = new ApolloServer({
    schema,
    introspection: true,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    documentStore: handed,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    validationRules: [...limitRules(limits)],
    parseOptions: { maxTokens: limits.tokens },
    formatError: (_formatted, error) => formatError(error, scopes.get(error as object) ?? nobodys),
    // Without hints in the schema there is nothing to control, and the plugin is asked before each field is resolved.
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      handed.plugin,
      limitsAndTimes(options),
      scopesOfErrors(scopes),
    ],
    logger,
  });

  return {
    start: () => server.start(),
    handler() {
      return expressMiddleware(server, {
        context: ({ req, res }) => {
          const scope = scopeOf(res);
          const { traceId, logger, signal } = scope;
          const payer: Payer = { viewer: viewerOf(res), clientAddress: options.clients.ofRequest(req) };
          const made = context({
            viewer: viewerOf(res),
            clientAddress: payer.clientAddress,
            traceId,
            logger,
            signal,
          });
          return Promise.resolve({ ...made, [SCOPE]: scope, [PAYER]: payer });
        },
      });
    },
    stop: () => server.stop(),
  };
}

/** Apollo copies contexts, with this in them. */
const SCOPE = Symbol('scope');
const PAYER = Symbol('payer');

/**
 * Apollo formats errors without saying whose they are: they are told apart before that. Those of no operation at all
 * are of what its client sent, and need no scope. An AsyncLocalStorage would do, and make every promise of the process
 * dearer.
 */
function scopesOfErrors(scopes: WeakMap<object, ErrorScope>): ApolloServerPlugin {
  const listener = {
    didEncounterErrors({
      errors,
      contextValue,
    }: {
      readonly errors: readonly GraphQLError[];
      readonly contextValue: { readonly [SCOPE]?: ErrorScope };
    }) {
      const scope = contextValue[SCOPE];
      if (scope) for (const error of errors) scopes.set(error, scope);
      return Promise.resolve();
    },
  };
  return { requestDidStart: () => Promise.resolve(listener) };
}

/**
 * The documents of the other transports, for Apollo Server: it asks a store of its own for the hash of a text, right
 * after it has told its plugins the text. Where two requests with the same text come between those steps, the second is
 * parsed and validated once more.
 */
function handedDocuments(documents: Documents) {
  const handed = new Map<string, DocumentNode>();
  const plugin: ApolloServerPlugin = {
    requestDidStart: () =>
      Promise.resolve({
        didResolveSource({ source, queryHash }) {
          const document = documents.get(source);
          if ('definitions' in document) handed.set(queryHash, document);
          return Promise.resolve();
        },
      }),
  };
  return {
    plugin,
    get(key: string) {
      // The key begins with a hash of the schema.
      const hash = key.slice(-SHA256_HEX);
      const document = handed.get(hash);
      handed.delete(hash);
      return Promise.resolve(document);
    },
    set: () => Promise.resolve(),
    delete: () => Promise.resolve(false),
  };
}

const SHA256_HEX = 64;

function limitsAndTimes({ schema, limits, costs, metrics, extensions }: ServedOptions): ApolloServerPlugin {
  return {
    requestDidStart() {
      const started = performance.now();
      return Promise.resolve({
        didResolveOperation({ document, operation, operationName, request, contextValue }) {
          if (operation?.operation === OperationTypeNode.SUBSCRIPTION) {
            throw withStatus(
              refusal(
                'BAD_USER_INPUT',
                'Subscriptions are not served here: use the WebSocket /graphql, or POST /graphql/stream.',
              ),
            );
          }
          const named = operation ? operationName : request.operationName;
          const refused = refuseOperation(
            { schema, document, operationName: named, variables: request.variables },
            limits,
            (cost) => costs.pay((contextValue as { readonly [PAYER]: Payer })[PAYER], cost),
          );
          if (refused) throw withStatus(refused);
          return Promise.resolve();
        },
        willSendResponse({ operation, contextValue, response: { body } }) {
          if (body.kind === 'single' && exceeds(body.singleResult, limits.answerBytes)) {
            metrics.answersRefused.inc();
            body.singleResult = { data: null, errors: [answerTooLarge(limits.answerBytes).toJSON()] };
          }
          const more = extensions?.(contextValue);
          if (more && body.kind === 'single')
            body.singleResult.extensions = { ...body.singleResult.extensions, ...more };
          if (operation)
            metrics.requestSeconds.observe(
              { operation: operation.operation, transport: 'http' },
              (performance.now() - started) / 1000,
            );
          return Promise.resolve();
        },
      });
    },
  };
}

/** Apollo reads the status of its answer from the error. */
function withStatus(error: GraphQLError): GraphQLError {
  Object.assign(error.extensions, { http: { status: error.extensions.code === 'TOO_MANY_REQUESTS' ? 429 : 400 } });
  return error;
}
