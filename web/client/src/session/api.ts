import { ApolloClient, ApolloLink, HttpLink } from '@apollo/client';
import { ErrorLink } from '@apollo/client/link/error';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import type { Madang } from '@madang/client';
import { createMadang, madangError } from '@madang/client';
import { overApollo } from '@madang/client/apollo';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import { createCache } from './cache.js';
import type { Heat } from './heat.js';
import { createHeat } from './heat.js';
import type { Store } from './store.js';
import { createStore } from './store.js';

/** Everything that talks to the server for one signed-in user. */
export interface Api {
  readonly apollo: ApolloClient;
  readonly madang: Madang;
  readonly heat: Heat;
  /** Whether the WebSocket stands; true as well until it is first needed. */
  readonly connected: Store<boolean>;
  close(): void;
}

const URL_OF_GRAPHQL = new URL('/graphql', location.href);

export const anonymousClient = (): ApolloClient =>
  new ApolloClient({ cache: createCache(), link: new HttpLink({ uri: URL_OF_GRAPHQL.href }) });

/** `token` stays in memory: it is in no storage and no address. */
export function openApi(token: string, signedOut: () => void): Api {
  const authorization = `Bearer ${token}`;
  const connected = createStore(true);
  const heat = createHeat();
  const socket = createClient({
    url: URL_OF_GRAPHQL.href.replace(/^http/, 'ws'),
    connectionParams: { authorization },
    retryAttempts: 0,
    on: { connected: () => connected.set(true), closed: () => connected.set(false) },
  });
  const refused = new ErrorLink(({ error }) => {
    if (madangError(error).code === 'UNAUTHENTICATED') signedOut();
  });
  const transport = ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(socket),
    new HttpLink({ uri: URL_OF_GRAPHQL.href, headers: { authorization } }),
  );
  const apollo = new ApolloClient({ cache: createCache(), link: ApolloLink.from([refused, heat.link, transport]) });
  return {
    apollo,
    madang: createMadang(overApollo(apollo)),
    heat,
    connected,
    close() {
      apollo.stop();
      void Promise.resolve(socket.dispose()).catch(() => undefined);
    },
  };
}
