import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { ErrorLink } from '@apollo/client/link/error';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { MadangError, madangError } from '@madang/client';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import { from, mergeMap, throwError } from 'rxjs';
import type { Store } from './store.js';
import { createStore } from './store.js';
import type { Replacement, Tokens } from './tokens.js';

/** The way to the server for one signed-in user. */
export interface Connection {
  readonly apollo: ApolloClient;
  /** Whether the WebSocket stands; true as well until it is first needed. */
  readonly connected: Store<boolean>;
  close(): void;
}

export interface ConnectionOptions {
  readonly cache: InMemoryCache;
  /** Links of the page's own, before those that send. */
  readonly links?: readonly ApolloLink[];
}

const URL_OF_GRAPHQL = new URL('/graphql', location.href);

export const anonymousClient = (): ApolloClient =>
  new ApolloClient({ cache: new InMemoryCache(), link: new HttpLink({ uri: URL_OF_GRAPHQL.href }) });

const REFUSED = 'UNAUTHENTICATED';

interface RequestContext {
  readonly token?: string;
  readonly isRepeated?: boolean;
}

/** Sends each request with the token that is good now. */
const withToken = (tokens: Tokens): ApolloLink =>
  new SetContextLink(async (previous) => {
    const token = await tokens.current();
    return { ...previous, token, headers: { ...previous['headers'], authorization: `Bearer ${token}` } };
  });

/**
 * A request with a token that the server refuses is repeated once with a new one; a subscription ends as by a broken
 * connection, so that its follower goes on behind the last event. Without a new token the user is signed out.
 */
const replaceRefused = (tokens: Tokens, socketToken: () => string, signedOut: () => void): ApolloLink =>
  new ErrorLink(({ error, operation, forward }) => {
    if (madangError(error).code !== REFUSED) return undefined;
    const { token = '', isRepeated = false } = operation.getContext() as RequestContext;
    const isSubscription = operation.operationType === OperationTypeNode.SUBSCRIPTION;
    const replace = (): Promise<Replacement> => tokens.replace(isSubscription ? socketToken() : token);
    return from(isRepeated ? Promise.resolve('never' as const) : replace()).pipe(
      mergeMap((outcome) => {
        if (outcome === 'replaced' && !isSubscription) {
          operation.setContext({ isRepeated: true });
          return forward(operation);
        }
        if (outcome !== 'never') return throwError(() => new MadangError('NETWORK', 'The token is being renewed.'));
        signedOut();
        return throwError(() => error);
      }),
    );
  });

export function connect(tokens: Tokens, signedOut: () => void, { cache, links = [] }: ConnectionOptions): Connection {
  const connected = createStore(true);
  let socketToken = '';
  const socket = createClient({
    url: URL_OF_GRAPHQL.href.replace(/^http/, 'ws'),
    connectionParams: async () => ({ authorization: `Bearer ${(socketToken = await tokens.current())}` }),
    retryAttempts: 0,
    on: { connected: () => connected.set(true), closed: () => connected.set(false) },
  });
  // Its token would end it: it is opened anew before, and followers go on where they were.
  const forget = tokens.onRenewed(() => socket.terminate());
  const transport = ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(socket),
    ApolloLink.from([withToken(tokens), new HttpLink({ uri: URL_OF_GRAPHQL.href })]),
  );
  const refused = replaceRefused(tokens, () => socketToken, signedOut);
  const apollo = new ApolloClient({ cache, link: ApolloLink.from([refused, ...links, transport]) });
  return {
    apollo,
    connected,
    close() {
      forget();
      tokens.stop();
      apollo.stop();
      void Promise.resolve(socket.dispose()).catch(() => undefined);
    },
  };
}
