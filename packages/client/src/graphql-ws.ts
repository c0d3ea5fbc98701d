import { createClient } from 'graphql-ws';
import type { Client } from 'graphql-ws';
import type { Madang } from './index.js';
import { createMadang } from './index.js';
import type { Transport, Variables } from './transport.js';

/** Over a client of graphql-ws that was made with `retryAttempts: 0`: resubscribing is done here. */
export function overGraphQLWs(client: Client): Transport {
  const run: Transport['subscribe'] = (query, variables, sink) =>
    client.subscribe(
      { query, variables },
      {
        next({ data, errors }) {
          if (errors) sink.error(errors);
          else sink.next(data as never);
        },
        error: (error) => sink.error(error),
        complete: () => sink.complete(),
      },
    );
  return {
    request: <Data>(query: string, variables: Variables) =>
      new Promise<Data>((resolve, reject) => {
        run(query, variables, {
          next: (data) => resolve(data as Data),
          error: reject,
          complete: () => undefined,
        });
      }),
    subscribe: run,
  };
}

export interface ConnectOptions {
  /** Where GraphQL is served, such as `https://chat.example/graphql`. */
  readonly url: string;
  /** Asked for with each connection, so that a token that has ended is replaced. */
  readonly token: string | (() => string | Promise<string>);
  /** The `WebSocket` of the package ws, in Node.js before version 22. */
  readonly webSocketImpl?: unknown;
}

/** Everything over one WebSocket, which is opened when it is needed. */
export function connect({ url, token, webSocketImpl }: ConnectOptions): Madang & { close(): Promise<void> } {
  let operations = 0;
  const client = createClient({
    url: url.replace(/^http/, 'ws'),
    connectionParams: async () => ({ authorization: `Bearer ${typeof token === 'function' ? await token() : token}` }),
    retryAttempts: 0,
    // The server shares the bytes of an event among operations with the same id.
    generateID: () => `${++operations}`,
    webSocketImpl,
  });
  return { ...createMadang(overGraphQLWs(client)), close: async () => client.dispose() };
}
