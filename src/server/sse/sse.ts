import type { ServerResponse } from 'node:http';
import type { ExecutionResult } from 'graphql';
import { createHandler } from 'graphql-sse';
import Negotiator from 'negotiator';
import { z } from 'zod';
import { iteration } from '../../engine/runtime/iteration.js';
import type { Identity } from '../identity/identity.js';
import { formatError } from '../errors/format-error.js';
import type { ConnectionLimits } from '../connections/connection-limits.js';
import type { Drainable } from '../connections/drain.js';
import { createDrainQueue } from '../connections/drain.js';
import type { ConnectionCounts, TooMany } from '../connections/connection-counts.js';
import { at } from '../expiry.js';
import { asGraphQLError, createOperations, formatResult, isErrors, isSubscription } from '../operations.js';
import type { ServedOptions } from '../options.js';
import { setHeaders } from '../http/answer.js';
import { TOO_MANY } from '../http/plain-refusal.js';
import { answerError, refusal } from '../request-scope.js';
import type { RequestScope } from '../request-scope.js';
import { createSseSink } from './sse-sink.js';
import type { SseSink } from './sse-sink.js';

export interface EventStreams {
  /** POST /graphql/stream. @param body undefined without JSON */
  serve(scope: RequestScope, viewer: Identity | null, body: unknown): Promise<void>;
  /** Begins to end the streams of subscriptions one by one. */
  drain(): Drainable;
  /** Ends the streams of all subscriptions; clients see a broken connection, and continue elsewhere. */
  stop(): void;
}

interface Stream {
  readonly scope: RequestScope;
  readonly viewer: Identity | null;
  readonly clientAddress: string;
  readonly sink: SseSink;
  /** Aborted when the stream is over, for any reason. */
  readonly signal: AbortSignal;
  /** Resolves once the client has taken the written bytes, or is gone. */
  readonly taken: () => Promise<void>;
  subscription: boolean;
}

const parameters = z.object({
  query: z.string({ error: 'Send the operation as the string "query".' }),
  operationName: z.string({ error: '"operationName" is a string.' }).nullish(),
  variables: z.record(z.string(), z.unknown(), { error: '"variables" is an object.' }).nullish(),
});

const COMPLETE = 'event: complete\ndata:\n\n';

/** GraphQL over SSE in distinct connections mode: one request, one operation, one stream of results. */
export function createEventStreams(
  options: ServedOptions,
  counts: ConnectionCounts,
  limits: ConnectionLimits,
): EventStreams {
  const { metrics } = options;
  const operations = createOperations(options, 'sse', counts);
  const streams = new Map<ServerResponse, Stream>();
  const draining = createDrainQueue<ServerResponse>((response) => {
    if (streams.get(response)?.subscription) response.end();
  });

  const handle = createHandler<unknown, Stream, Record<PropertyKey, unknown>>({
    // No stream token, hence no stream that several operations share.
    authenticate: () => null,
    validate: () => [],
    async onSubscribe({ context: stream }, { query, operationName, variables }) {
      const { scope, viewer, clientAddress, sink, signal } = stream;
      const { traceId, logger } = scope;
      const prepared = await operations.prepare(
        { query, operationName, variables },
        { viewer, clientAddress, traceId, traceparent: scope.request.headers.traceparent, logger, signal, sink },
      );
      if (isErrors(prepared)) return once({ errors: prepared });
      stream.subscription = isSubscription(prepared);
      return prepared as typeof prepared & { contextValue: Record<PropertyKey, unknown> };
    },
    execute: operations.execute,
    async subscribe(args) {
      const results = await operations.subscribe(args);
      return Symbol.asyncIterator in results ? endingInResult(results) : results;
    },
    async onNext(_context, { context: { scope, taken } }, result) {
      // graphql-sse buffers results without a bound as fast as they come: it requests the next one after this resolves.
      await taken();
      return formatResult(result as ExecutionResult, scope) as ExecutionResult;
    },
  });

  /** Counts a stream until it is closed. @returns the exceeded limit */
  const takeIn = ({ request, response }: RequestScope, viewer: Identity | null): TooMany | null => {
    const ofAddress = counts.takeAddress(request);
    if (!ofAddress) return 'address';
    response.once('close', ofAddress);
    if (!viewer) return null;
    const ofUser = counts.takeUser(viewer.userId);
    if (!ofUser) return 'user';
    response.once('close', ofUser);
    return null;
  };

  const streamOf = async (
    scope: RequestScope,
    viewer: Identity | null,
    params: z.infer<typeof parameters>,
  ): Promise<void> => {
    const { request, response } = scope;
    const sink = createSseSink(response, scope.signal);
    const ending = new AbortController();
    response.once('close', () => ending.abort());
    if (scope.signal.aborted) ending.abort();
    const stream: Stream = {
      scope,
      viewer,
      clientAddress: options.clients.ofRequest(request),
      sink,
      signal: ending.signal,
      taken: () => drained(response),
      subscription: false,
    };
    const headers: Readonly<Record<string, string>> = {
      accept: 'text/event-stream',
      'content-type': 'application/json',
    };
    const [body, init] = await handle({
      method: 'POST',
      url: '/graphql/stream',
      headers: { get: (name) => headers[name] },
      body: params,
      raw: undefined,
      context: stream,
    });
    if (!body || typeof body === 'string')
      throw new Error(`graphql-sse answered ${init.status} ${init.statusText}: ${body}`);

    const finish = (): void => void body.return(undefined);
    if (scope.signal.aborted) return finish();
    response.once('close', finish);
    // nginx and similar proxies would buffer the events.
    setHeaders(response, scope.headers);
    response.writeHead(init.status, { ...init.headers, 'x-accel-buffering': 'no' });
    sink.open();
    streams.set(response, stream);
    draining.add(response);
    const forgetExpiry = at(viewer?.expiresAt ?? new Date(Date.now() + limits.anonymousMs), () => {
      if (!viewer) metrics.connectionsEnded.inc({ reason: 'anonymous' });
      const message = viewer
        ? 'The token has expired: sign in again.'
        : 'Without a token a stream is ended after a while: sign in, and send the token.';
      sink.next(JSON.stringify({ errors: [formatError(refusal('UNAUTHENTICATED', message), scope)] }));
      response.end(COMPLETE);
    });
    try {
      for await (const event of body) if (response.writable) response.write(event);
    } finally {
      forgetExpiry();
      streams.delete(response);
      draining.remove(response);
      response.end();
    }
  };

  return {
    async serve(scope, viewer, body) {
      if (new Negotiator(scope.request).mediaTypes(['text/event-stream']).length === 0) {
        return answerError(scope, refusal('BAD_USER_INPUT', 'The answer is a stream: accept text/event-stream.'), 406);
      }
      if (body === undefined) {
        const message = 'Send the operation as JSON, with Content-Type: application/json.';
        return answerError(scope, refusal('BAD_USER_INPUT', message), 415);
      }
      const params = parameters.safeParse(body);
      if (!params.success) return answerError(scope, refusal('BAD_USER_INPUT', params.error.issues[0]!.message), 400);
      const tooMany = takeIn(scope, viewer);
      if (tooMany) return answerError(scope, refusal(TOO_MANY[tooMany].code, TOO_MANY[tooMany].message));
      await streamOf(scope, viewer, params.data);
    },
    drain() {
      draining.begin(streams.keys());
      return draining;
    },
    stop() {
      for (const [response, { subscription }] of streams) if (subscription) response.end();
    },
  };
}

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    // False as well for a closed response, which emits no further event.
    if (!response.writableNeedDrain) return resolve();
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.once('drain', done).once('close', done);
  });

async function* once(result: ExecutionResult): AsyncGenerator<ExecutionResult> {
  yield result;
}

/** The protocol has no event for a stream that fails: its last result says why. */
function endingInResult(results: AsyncIterable<ExecutionResult>): AsyncGenerator<ExecutionResult, void, void> {
  const iterator = results[Symbol.asyncIterator]();
  let over = false;
  return iteration({
    async next() {
      if (over) return undefined;
      try {
        const { done, value } = await iterator.next();
        return done ? undefined : value;
      } catch (error) {
        over = true;
        return { errors: [asGraphQLError(error)] };
      }
    },
    end() {
      over = true;
      return iterator.return?.();
    },
  });
}
