import {
  createGraphiQLFetcher,
  isAsyncIterable,
  type Fetcher,
  type FetcherOpts,
  type FetcherParams,
} from '@graphiql/toolkit';
import type { ExecutionResult } from 'graphql';
import { createClient } from 'graphql-ws';
import { live } from './live.js';
import { currentSession, learn } from './session.js';
import { hasRoomId } from './variables.js';

const HTTP_URL = '/graphql';
const WS_URL = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`;

export type Headers = Readonly<Record<string, unknown>>;

export const authorizationIn = (headers: Headers | undefined): string | null => {
  const name = Object.keys(headers ?? {}).find((key) => key.toLowerCase() === 'authorization');
  const value = name ? headers?.[name] : null;
  return typeof value === 'string' && value !== '' ? value : null;
};

/** Opens with a subscription and closes with it, so a socket never outlives the identity that it connected with. */
const socketAs = (authorization: string | null) =>
  createClient({
    url: WS_URL,
    connectionParams: authorization ? { authorization } : {},
    // A silent new connection could leave out what happened in between: better the end shows, and `after` resumes.
    retryAttempts: 0,
  });

/**
 * A token that has run out must not stand in the way of the next sign-in, nor of the schema: the docs and completion
 * of this page. Neither needs one.
 */
function needsNoToken({ operationName }: FetcherParams, options: FetcherOpts | undefined): boolean {
  return (
    operationName === 'IntrospectionQuery' ||
    Boolean(
      options?.documentAST?.definitions.some(
        (definition) =>
          definition.kind === 'OperationDefinition' &&
          (!operationName || definition.name?.value === operationName) &&
          definition.selectionSet.selections.some((field) => field.kind === 'Field' && field.name.value === 'signIn'),
      ),
    )
  );
}

/** An Authorization in the Headers pane wins; without one it is the token of the last sign-in in this browser tab. */
export const fetcher: Fetcher = async (params, options) => {
  const { token, room } = currentSession();
  const explicit = authorizationIn(options?.headers);
  const own = token && !explicit && !needsNoToken(params, options) ? `Bearer ${token}` : null;
  const headers = { ...options?.headers, ...(own ? { authorization: own } : {}) };

  const fillRoom = room && /\$roomId\b/.test(params.query) && !hasRoomId(params.variables);
  const filled = fillRoom ? { ...params, variables: { ...params.variables, roomId: room.id } } : params;

  const send = createGraphiQLFetcher({
    url: HTTP_URL,
    wsClient: socketAs(explicit ?? own),
    enableIncrementalDelivery: false,
  });
  const result = await send(filled, { ...options, headers });
  if (isAsyncIterable(result)) return live(result as AsyncIterableIterator<ExecutionResult>);
  if ('data' in result) learn(result.data);
  return result;
};
