import type { ApolloClient } from '@apollo/client';
import { parse } from 'graphql';
import type { DocumentNode } from 'graphql';
import type { Transport, Variables } from './transport.js';

/**
 * Over Apollo Client 4. Its link must not resubscribe by itself: `retryAttempts: 0` for the client of graphql-ws. The
 * cache is left alone: write into it what the application shows.
 */
export function overApollo(client: ApolloClient): Transport {
  const documents = new Map<string, DocumentNode>();
  const documentOf = (query: string): DocumentNode => {
    const document = documents.get(query) ?? parse(query);
    documents.set(query, document);
    return document;
  };
  return {
    async request<Data>(query: string, variables: Variables) {
      const document = documentOf(query);
      const { data } = query.startsWith('mutation')
        ? await client.mutate({ mutation: document, variables, fetchPolicy: 'no-cache' })
        : await client.query({ query: document, variables, fetchPolicy: 'no-cache' });
      return data as Data;
    },
    subscribe(query, variables, sink) {
      let over = false;
      const fail = (error: unknown): void => {
        over = true;
        sink.error(error);
      };
      const subscription = client
        .subscribe({ query: documentOf(query), variables, fetchPolicy: 'no-cache' })
        .subscribe({
          next({ data, error }) {
            if (error) fail(error);
            else if (data) sink.next(data as never);
          },
          error: fail,
          // Apollo completes after an error, too.
          complete: () => over || sink.complete(),
        });
      return () => subscription.unsubscribe();
    },
  };
}
