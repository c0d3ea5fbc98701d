import type { Fetcher, FetcherParams } from '@graphiql/toolkit';
import { parse, type DocumentNode, type ExecutionResult, type OperationDefinitionNode } from 'graphql';
import { createClient } from 'graphql-ws';
import { execute, returned, type Sink, type Source } from './executions.js';
import {
  NoAnswerError,
  connectionNotice,
  isTokenRefusal,
  needsOtherToken,
  tokenNotice,
  type TokenOrigin,
} from './notices.js';
import { currentSession, learn, tokenRefused } from './session.js';
import { hasRoomId } from './variables.js';

const HTTP_URL = '/graphql';
const WS_URL = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`;

export type Headers = Readonly<Record<string, unknown>>;

/** The Authorization of the Headers pane; null as well for one that waits for its token to be filled in. */
export const authorizationIn = (headers: Headers | undefined): string | null => {
  const name = Object.keys(headers ?? {}).find((key) => key.toLowerCase() === 'authorization');
  const value = name ? headers?.[name] : null;
  return typeof value === 'string' && !/^(bearer)?\s*$/i.test(value) ? value : null;
};

const withoutAuthorization = (headers: Headers | undefined): Headers =>
  Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => name.toLowerCase() !== 'authorization'));

/**
 * The operation that is executed. GraphiQL follows an edit or another tab a moment later: until then it names an
 * operation of another document.
 */
function operationOf({ query, operationName }: FetcherParams): OperationDefinitionNode | null {
  let document: DocumentNode;
  try {
    document = parse(query);
  } catch {
    return null;
  }
  const operations = document.definitions.filter((definition) => definition.kind === 'OperationDefinition');
  const named = operations.find(({ name }) => name?.value === operationName);
  return named ?? (operations.length === 1 ? operations[0]! : null);
}

/** A token that has expired must not stand in the way of the next sign-in. */
const isSignIn = (operation: OperationDefinitionNode | null): boolean =>
  operation?.selectionSet.selections.some((field) => field.kind === 'Field' && field.name.value === 'signIn') ?? false;

async function post(params: FetcherParams, headers: Headers, signal?: AbortSignal): Promise<ExecutionResult> {
  const response = await fetch(HTTP_URL, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json;q=0.9',
      ...(headers as Record<string, string>),
    },
    body: JSON.stringify(params),
    signal: signal ?? null,
  });
  const text = await response.text();
  try {
    return JSON.parse(text) as ExecutionResult;
  } catch {
    throw new NoAnswerError(`The answer to the request is no GraphQL, but text with status ${response.status}.`);
  }
}

/** The identity that an operation is executed with. */
interface Sender {
  readonly origin: TokenOrigin;
  readonly authorization: string | null;
  readonly headers: Headers;
}

const overHttp =
  (params: FetcherParams, { origin, authorization, headers }: Sender): Source =>
  (sink) => {
    const controller = new AbortController();
    const all = { ...withoutAuthorization(headers), ...(authorization ? { authorization } : {}) };
    post(params, all, controller.signal).then(
      (result) => {
        if (controller.signal.aborted) return;
        learn(result.data);
        sink.next(result);
        if (needsOtherToken(result)) endRefused(sink, origin, authorization);
        else sink.end();
      },
      (error: unknown) => sink.end(connectionNotice(error, 0)),
    );
    return () => controller.abort();
  };

/** The socket opens with the subscription and closes with it: it never outlives the identity that it connected with. */
const overWebSocket =
  (params: FetcherParams, { origin, authorization }: Sender): Source =>
  (sink) => {
    let received = 0;
    const client = createClient({
      url: WS_URL,
      connectionParams: authorization ? { authorization } : {},
      // A silent new connection could leave out events: the end is shown, and `after` continues behind the last one.
      retryAttempts: 0,
    });
    const stop = client.subscribe<Record<string, unknown>>(
      { query: params.query, variables: params.variables as Record<string, unknown>, ...named(params) },
      {
        next(result) {
          received++;
          sink.next(result as ExecutionResult);
        },
        error(error) {
          if (isTokenRefusal(error)) return endRefused(sink, origin, authorization);
          if (!Array.isArray(error)) return sink.end(connectionNotice(error, received));
          const result = { errors: error } as ExecutionResult;
          sink.next(result);
          if (needsOtherToken(result)) endRefused(sink, origin, authorization);
          else sink.end();
        },
        complete: () => sink.end(),
      },
    );
    return () => {
      stop();
      void client.dispose();
    };
  };

const named = ({ operationName }: FetcherParams): { operationName?: string } =>
  typeof operationName === 'string' ? { operationName } : {};

function endRefused(sink: Sink, origin: TokenOrigin, authorization: string | null): void {
  sink.end(tokenNotice(origin));
  if (origin === 'sign-in') tokenRefused(authorization!.replace(/^Bearer /, ''));
}

/** An Authorization in the Headers pane wins; without one it is the token of the last sign-in in this browser tab. */
export const fetcher: Fetcher = (params, options) => {
  // The docs and the completion need no token, and one that is refused must not take them away.
  if (params.operationName === 'IntrospectionQuery')
    return post(params, withoutAuthorization(options?.headers)).catch((error: unknown) => {
      throw new Error(connectionNotice(error, 0).text, { cause: error });
    });
  const running = returned();
  if (running) return running;

  const { token, handle, room } = currentSession();
  const operation = operationOf(params);
  const explicit = authorizationIn(options?.headers);
  const own = token && !explicit && !isSignIn(operation);
  const sender: Sender = {
    origin: explicit ? 'headers' : own ? 'sign-in' : null,
    authorization: explicit ?? (own ? `Bearer ${token}` : null),
    headers: options?.headers ?? {},
  };
  const fillRoom = room && /\$roomId\b/.test(params.query) && !hasRoomId(params.variables);
  const sent: FetcherParams = {
    query: params.query,
    variables: fillRoom ? { ...params.variables, roomId: room.id } : params.variables,
    operationName: operation ? (operation.name?.value ?? null) : (params.operationName ?? null),
  };
  const isSubscription = operation?.operation === 'subscription';
  return execute(isSubscription ? overWebSocket(sent, sender) : overHttp(sent, sender), {
    isSubscription,
    as: own ? handle : null,
  });
};
