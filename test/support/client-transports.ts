import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import type { Madang } from '@madang/client';
import { createMadang } from '@madang/client';
import { overApollo } from '@madang/client/apollo';
import { connect } from '@madang/client/graphql-ws';
import { overUrql } from '@madang/client/urql';
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

// Apollo's link compares an error with the browser's WebSocket class, which Node.js has from version 22 on.
Object.assign(globalThis, { WebSocket });

export interface OpenMadang extends AsyncDisposable {
  readonly madang: Madang;
}

const socketOf = (url: string, authorization: string) =>
  createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
    retryAttempts: 0,
  });

/** A connection attempt may be refused: its server is gone. */
const closing = async (close: () => unknown): Promise<void> => {
  await Promise.resolve(close()).catch(() => undefined);
};

/** `@madang/client` over each client library, set up as an application does. */
export const TRANSPORTS = {
  'Apollo Client': (url: string, token: string): OpenMadang => {
    const authorization = `Bearer ${token}`;
    const socket = socketOf(url, authorization);
    const http = new HttpLink({ uri: `${url}/graphql`, headers: { authorization } });
    const link = ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      http,
    );
    const client = new ApolloClient({ cache: new InMemoryCache(), link });
    return {
      madang: createMadang(overApollo(client)),
      async [Symbol.asyncDispose]() {
        client.stop();
        await closing(() => socket.dispose());
      },
    };
  },
  urql: (url: string, token: string): OpenMadang => {
    const authorization = `Bearer ${token}`;
    const socket = socketOf(url, authorization);
    const client = new Client({
      url: `${url}/graphql`,
      preferGetMethod: false,
      fetchOptions: { headers: { authorization } },
      exchanges: [
        fetchExchange,
        subscriptionExchange({
          forwardSubscription: ({ query = '', variables = null }) => ({
            subscribe: (sink) => ({
              unsubscribe: socket.subscribe(
                { query, variables },
                { ...sink, next: (result) => sink.next(result as Parameters<typeof sink.next>[0]) },
              ),
            }),
          }),
        }),
      ],
    });
    return {
      madang: createMadang(overUrql(client)),
      [Symbol.asyncDispose]: () => closing(() => socket.dispose()),
    };
  },
  'graphql-ws': (url: string, token: string): OpenMadang => {
    const { close, ...madang } = connect({ url: `${url}/graphql`, token, webSocketImpl: WebSocket });
    return { madang, [Symbol.asyncDispose]: () => closing(close) };
  },
} as const;
