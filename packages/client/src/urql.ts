import type { Client } from '@urql/core';
import { onEnd, pipe, subscribe } from 'wonka';
import type { Transport, Variables } from './transport.js';

/** Over urql. Its subscription exchange must not resubscribe by itself: `retryAttempts: 0` for graphql-ws. */
export function overUrql(client: Client): Transport {
  return {
    async request<Data>(query: string, variables: Variables) {
      const sent = query.startsWith('mutation')
        ? client.mutation(query, variables)
        : client.query(query, variables, { requestPolicy: 'network-only' });
      const { data, error } = await sent.toPromise();
      if (error) throw error;
      return data as Data;
    },
    subscribe(query, variables, sink) {
      let over = false;
      const { unsubscribe } = pipe(
        client.subscription(query, variables),
        onEnd(() => {
          if (!over) sink.complete();
        }),
        subscribe(({ data, error }) => {
          if (over) return;
          if (!error) return void (data && sink.next(data as never));
          over = true;
          sink.error(error);
        }),
      );
      return () => {
        over = true;
        unsubscribe();
      };
    },
  };
}
