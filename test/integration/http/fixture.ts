import { randomBytes } from 'node:crypto';
import {
  GraphQLError,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  createSourceEventStream,
  subscribe,
} from 'graphql';
import type { ExecutionArgs } from 'graphql';
import { SignJWT } from 'jose';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { userId } from '../../../src/engine/domain/ids.js';
import { createDevTokens } from '../../../src/server/identity/dev-tokens.js';
import type { HttpServer, HttpServerOptions, OperationRequest } from '../../../src/server/server.js';
import { createHttpServer } from '../../../src/server/server.js';
import { createMetrics } from '../../../src/metrics.js';
import { SHAREABLE_FIELD } from '../../../src/server/http/shareable-fields.js';

export const key = randomBytes(32);
export const tokens = createDevTokens(key);

export const tokenOf = (handle: string): Promise<string> =>
  tokens.issue({ userId: userId(`id-${handle}`), handle, name: handle, roles: [] });

export const tokenWith = (expires: string | number, signingKey = key): Promise<string> =>
  new SignJWT({ handle: 'ann' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('id-ann')
    .setIssuer('madang-dev')
    .setExpirationTime(expires)
    .sign(signingKey);

/** The schema's report about its operations. */
export interface Seen {
  readonly requests: OperationRequest[];
  /** How many of `waiting` were asked to end. */
  readonly ended: () => number;
  /** Lets `slow` answer. */
  release(): void;
}

const node: GraphQLObjectType = new GraphQLObjectType({
  name: 'Node',
  fields: () => ({
    name: { type: GraphQLString, resolve: () => 'node' },
    node: { type: node, resolve: () => ({}) },
    nodes: {
      type: new GraphQLList(node),
      args: { first: { type: GraphQLInt, defaultValue: 10 } },
      extensions: {
        complexity: ({ args, childComplexity }: { args: { first: number }; childComplexity: number }) =>
          1 + args.first * childComplexity,
      },
      resolve: (_source, { first }: { first: number }) => Array.from({ length: first }, () => ({})),
    },
  }),
});

/** How often `writeText` was executed. */
let written = 0;
export const writtenTexts = (): number => written;

export const POURED_BYTES = 16 << 10;
/** Bounded: a server that asks without end would block the rest of its process. */
const MAX_POURED = 20_000;
let poured = 0;
/** How many results were asked of the last `pours`. */
export const pouredResults = (): number => poured;

function schemaOf(slow: Promise<void>, ended: () => void): GraphQLSchema {
  const viewer = {
    type: GraphQLString,
    resolve: (_source: unknown, _args: unknown, { viewer }: OperationRequest) => viewer?.handle ?? null,
  };
  return new GraphQLSchema({
    query: new GraphQLObjectType({
      name: 'Query',
      fields: {
        viewer,
        node: { type: node, resolve: () => ({}) },
        text: {
          type: GraphQLString,
          args: { kilobytes: { type: new GraphQLNonNull(GraphQLInt) } },
          resolve: (_source, { kilobytes }: { kilobytes: number }) => 'x'.repeat(kilobytes << 10),
        },
        echo: {
          type: GraphQLInt,
          args: { number: { type: new GraphQLNonNull(GraphQLInt) } },
          resolve: (_source, { number }: { number: number }) => number,
        },
        fails: {
          type: GraphQLString,
          resolve() {
            throw new Error('SELECT secret FROM users');
          },
        },
        away: {
          type: GraphQLString,
          resolve() {
            throw Object.assign(new Error('terminating connection'), { code: '57P01' });
          },
        },
        forbidden: {
          type: GraphQLString,
          resolve() {
            throw new GraphQLError('Join the room first.', { extensions: { code: 'FORBIDDEN', secret: 'kept back' } });
          },
        },
        slow: { type: GraphQLString, resolve: () => slow.then(() => 'done') },
      },
    }),
    mutation: new GraphQLObjectType({
      name: 'Mutation',
      fields: {
        writeText: {
          type: GraphQLString,
          args: { kilobytes: { type: new GraphQLNonNull(GraphQLInt) } },
          resolve: (_source, { kilobytes }: { kilobytes: number }) => (written++, 'x'.repeat(kilobytes << 10)),
        },
        write: { type: GraphQLString, resolve: () => 'written' },
        request: {
          type: GraphQLString,
          args: { number: { type: new GraphQLNonNull(GraphQLInt) } },
          extensions: SHAREABLE_FIELD,
          resolve(_source, { number }: { number: number }, { viewer }: OperationRequest) {
            if (number < 0)
              throw new GraphQLError('Ask for more.', { extensions: { code: 'FORBIDDEN', secret: 'kept back' } });
            if (number === 0) throw new Error('SELECT secret FROM users');
            return `${viewer?.handle ?? 'nobody'} ${number}`;
          },
        },
      },
    }),
    subscription: new GraphQLObjectType({
      name: 'Subscription',
      fields: {
        /** Results go to the sink; see `subscribe`. */
        direct: { type: GraphQLInt, args: { upTo: { type: GraphQLInt } } },
        fails: {
          type: GraphQLInt,
          // oxlint-disable-next-line require-yield
          async *subscribe() {
            await Promise.resolve();
            throw new GraphQLError('You are too slow.', {
              extensions: { code: 'SUBSCRIPTION_LAGGED', position: 'p7' },
            });
          },
        },
        /** Ends when `return` is called, not by the signal. */
        waiting: {
          type: GraphQLInt,
          subscribe: (): AsyncIterableIterator<unknown> => {
            let wake: () => void = () => undefined;
            const returned = new Promise<void>((resolve) => (wake = resolve));
            return {
              next: () => returned.then(() => ({ done: true as const, value: undefined })),
              return() {
                wake();
                ended();
                return Promise.resolve({ done: true as const, value: undefined });
              },
              [Symbol.asyncIterator]() {
                return this;
              },
            };
          },
        },
        /** Very many, without a pause. */
        pours: {
          type: GraphQLString,
          async *subscribe() {
            for (poured = 0; poured < MAX_POURED; poured++)
              yield await Promise.resolve({ pours: 'x'.repeat(POURED_BYTES) });
          },
        },
        pulled: {
          type: GraphQLInt,
          async *subscribe() {
            for (let number = 1; number <= 3; number++) yield await Promise.resolve({ pulled: number });
          },
        },
      },
    }),
  });
}

/** Writes results to the sink, then waits for the end of the operation, as subscriptions of the fan-out do. */
// oxlint-disable-next-line require-yield
async function* direct({ contextValue, variableValues }: ExecutionArgs): AsyncGenerator<never> {
  const { sink, signal } = contextValue as OperationRequest;
  const upTo = Number(variableValues?.upTo ?? Infinity);
  for (let number = 1; number <= Math.min(upTo, 3); number++) sink!.next(`{"data":{"direct":${number}}}`);
  if (upTo <= 3) return;
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

export interface TestServer extends HttpServer {
  readonly url: string;
  readonly wsUrl: string;
  readonly seen: Seen;
  readonly log: Record<string, unknown>[];
  readonly metrics: ReturnType<typeof createMetrics>;
  post(
    body: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; headers: Headers; body: GraphQLBody }>;
}

export interface GraphQLBody {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: unknown;
    readonly extensions: Record<string, unknown>;
  }[];
}

export async function startServer(options: Partial<HttpServerOptions> = {}): Promise<TestServer> {
  let release: () => void = () => undefined;
  const slow = new Promise<void>((resolve) => (release = resolve));
  const requests: OperationRequest[] = [];
  const log: Record<string, unknown>[] = [];
  const metrics = createMetrics();
  let ended = 0;
  const schema = schemaOf(slow, () => ended++);
  const server = createHttpServer({
    host: '127.0.0.1',
    port: 0,
    schema,
    context(request) {
      requests.push(request);
      return request;
    },
    subscribe(args) {
      const field = JSON.stringify(args.document);
      if (field.includes('"direct"')) return direct(args);
      return field.includes('"waiting"')
        ? (createSourceEventStream(args) as Promise<AsyncIterable<never>>)
        : subscribe(args);
    },
    verifier: tokens,
    isTransient: (error) => (error as { code?: unknown }).code === '57P01',
    notReady: () => [],
    graceMs: 2_000,
    logger: pino(
      { level: 'info' },
      { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) },
    ),
    metrics,
    ...options,
  });
  const { url } = await server.start();
  return {
    ...server,
    url,
    wsUrl: `${url.replace('http', 'ws')}/graphql`,
    seen: { requests, release, ended: () => ended },
    log,
    metrics,
    async post(body, headers = {}) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return { status: response.status, headers: response.headers, body: (await response.json()) as GraphQLBody };
    },
  };
}

/** A WebSocket client that speaks the protocol by hand. */
export interface RawSocket extends Disposable {
  readonly socket: WebSocket;
  readonly messages: Record<string, unknown>[];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  send(message: unknown): void;
  /** The first message that fits, now or when it comes. */
  message(fits: (message: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>;
}

export async function rawSocket(url: string, protocol = 'graphql-transport-ws'): Promise<RawSocket> {
  const socket = new WebSocket(url, protocol);
  const messages: Record<string, unknown>[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (data: Buffer) => {
    messages.push(JSON.parse(String(data)) as Record<string, unknown>);
    for (const look of waiting) look();
  });
  socket.on('error', () => undefined);
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  await new Promise<void>((resolve) => {
    socket.once('open', () => resolve());
    socket.once('close', () => resolve());
  });
  return {
    socket,
    messages,
    closed,
    send: (message) =>
      socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message)),
    message: (fits) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = messages.find(fits);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    [Symbol.dispose]: () => socket.terminate(),
  };
}

export async function connected(url: string, token?: string): Promise<RawSocket> {
  const socket = await rawSocket(url);
  socket.send({
    type: 'connection_init',
    ...(token === undefined ? {} : { payload: { authorization: `Bearer ${token}` } }),
  });
  await Promise.race([socket.message(({ type }) => type === 'connection_ack'), socket.closed]);
  return socket;
}

export async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('the condition did not come true in time');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** All events of one stream of POST /graphql/stream. */
export async function stream(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}/graphql/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}

export const results = (text: string): GraphQLBody[] =>
  text
    .split('\n\n')
    .filter((event) => event.startsWith('event: next'))
    .map((event) => JSON.parse(event.slice(event.indexOf('data: ') + 6)) as GraphQLBody);
