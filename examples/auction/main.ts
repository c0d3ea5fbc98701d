/**
 * The auction over GraphQL. Settings: DATABASE_URL, KAFKA_BROKERS (default: the log is in PostgreSQL), TOPIC_PREFIX,
 * PORT.
 */
import { buildSchema } from 'graphql';
import type { GraphQLObjectType } from 'graphql';
import { openEngine, userId } from 'madang/engine';
import { createDevTokens, createHttpServer, createServerMetrics } from 'madang/server';
import type { OperationRequest } from 'madang/server';
import type { AuctionEvent } from './domain.js';
import { LOTS_TABLE, auction } from './domain.js';

const {
  DATABASE_URL: databaseUrl,
  KAFKA_BROKERS: brokers,
  TOPIC_PREFIX: prefix = 'auction',
  PORT = '4000',
} = process.env;
if (!databaseUrl) throw new Error('DATABASE_URL is missing: the address of a PostgreSQL');

const engine = await openEngine({
  domain: auction,
  databaseUrl,
  ...(brokers ? { kafka: { brokers: brokers.split(','), prefix } } : {}),
  prepare: (pool) => pool.query(LOTS_TABLE),
});
const tokens = createDevTokens(engine.settings.tokenKey);

const schema = buildSchema(`
  type Lot { id: ID! title: String! closesAt: String! highest: Int! bidder: ID }
  type Outcome { code: String message: String position: String }
  type LotEvent { type: String! position: String! amount: Int bidder: ID }
  type Query { lot(id: ID!): Lot }
  type Mutation {
    signIn(name: String!): String!
    openLot(lotId: ID!, title: String!, closesAt: String!): Outcome!
    placeBid(lotId: ID!, amount: Int!): Outcome!
  }
  type Subscription { lotEvents(lotId: ID!, after: String): LotEvent! }
`);
type Resolver = (source: never, args: never, request: OperationRequest) => unknown;
const resolve = (
  type: string,
  fields: Readonly<Record<string, Partial<Record<'resolve' | 'subscribe', Resolver>>>>,
) => {
  const known = (schema.getType(type) as GraphQLObjectType).getFields();
  for (const [name, field] of Object.entries(fields)) Object.assign(known[name]!, field);
};

async function submit(type: string, data: object, { viewer, traceId, span }: OperationRequest) {
  if (!viewer) return { code: 'UNAUTHENTICATED', message: 'Sign in first.' };
  const trace = { traceId, span: span?.place.span };
  const submission = await engine.submit({ type, data, userId: viewer.userId, waitFor: 'PROJECTED', trace });
  if (submission.status === 'ACCEPTED') return { code: 'ACCEPTED', message: 'It is durable, and not decided yet.' };
  const { rejection, partition, position } = submission.receipt;
  return { ...rejection, position: engine.cursorSigner.position({ partition, position }) };
}

resolve('Query', {
  lot: {
    async resolve(_: never, { id }: { id: string }) {
      const text = 'SELECT id, title, closes_at AS "closesAt", highest, bidder FROM lots WHERE id = $1';
      const { rows } = await engine.pool.query<{ closesAt: Date }>(text, [id]);
      return rows[0] && { ...rows[0], closesAt: rows[0].closesAt.toISOString() };
    },
  },
});
resolve('Mutation', {
  signIn: {
    resolve: (_: never, { name }: { name: string }) =>
      tokens.issue({ userId: userId(name), handle: name, name, roles: [] }),
  },
  openLot: { resolve: (_: never, data: object, request) => submit('OpenLot', data, request) },
  placeBid: { resolve: (_: never, data: object, request) => submit('PlaceBid', data, request) },
});
resolve('Subscription', {
  lotEvents: {
    async *subscribe(_: never, { lotId, after }: { lotId: string; after?: string }, { signal }) {
      const from = after === undefined ? undefined : engine.cursorSigner.openPosition(after);
      for await (const recorded of engine.follow(lotId, { after: from, signal })) {
        const { type, data } = recorded.event as AuctionEvent;
        const bid = type === 'BidPlaced' ? { amount: data.amount, bidder: data.userId } : {};
        yield { lotEvents: { type, position: engine.cursorSigner.position(recorded), ...bid } };
      }
    },
  },
});

const { logger } = engine;
const server = createHttpServer({
  host: '127.0.0.1',
  port: Number(PORT),
  schema,
  context: (request) => request,
  verifier: tokens,
  notReady: () => engine.problems(),
  logger,
  metrics: createServerMetrics(engine.metrics),
});
const { url } = await server.start();
logger.info({ url }, 'ready');

/** Resolves when a signal has stopped everything. */
export const stopped = new Promise<void>((resolve) => {
  const stop = () => void server.stop().then(() => engine.stop().then(resolve));
  process.once('SIGINT', stop).once('SIGTERM', stop);
});
