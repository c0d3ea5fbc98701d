import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as graphql from 'graphql';
import type { DocumentNode } from 'graphql';
import { pino } from 'pino';
import { createMetrics } from '../../src/metrics.js';
import type { createHttpServer } from '../../src/server/server.js';

// A process that serves one small schema over HTTP, and reports its processor time to its parent.

const [checkout] = process.argv.slice(2);
// The server accepts only a schema of its own copy of graphql-js.
const { GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString, execute, parse, validate } = createRequire(
  join(checkout ?? process.cwd(), 'package.json'),
)('graphql') as typeof graphql;

const write = {
  type: GraphQLString,
  args: { text: { type: new GraphQLNonNull(GraphQLString) } },
  resolve: (_source: unknown, { text }: { readonly text: string }) => Promise.resolve(text),
};
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: 'Query', fields: { nothing: { type: GraphQLString } } }),
  mutation: new GraphQLObjectType({ name: 'Mutation', fields: { write } }),
});

/** graphql-js on node:http: no token, no limit, no formatted error. */
async function serveBare(): Promise<string> {
  const documents = new Map<string, DocumentNode>();
  const documentOf = (query: string): DocumentNode => {
    const known = documents.get(query);
    if (known) return known;
    const document = parse(query);
    if (validate(schema, document).length > 0) throw new Error('the document is not valid');
    documents.set(query, document);
    return document;
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      const { query, variables } = JSON.parse(Buffer.concat(chunks).toString()) as {
        readonly query: string;
        readonly variables: Readonly<Record<string, unknown>>;
      };
      void Promise.resolve(execute({ schema, document: documentOf(query), variableValues: variables })).then(
        (result) => {
          const json = JSON.stringify(result);
          response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(json) });
          response.end(json);
        },
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The HTTP server of a checkout, with the same schema. */
async function serveAsIn(checkout: string): Promise<string> {
  const module = (await import(pathToFileURL(join(checkout, 'dist/server/server.js')).href)) as {
    readonly createHttpServer: typeof createHttpServer;
  };
  const viewer = { userId: 'someone', handle: 'someone', name: 'someone', roles: [], expiresAt: new Date(4e12) };
  const server = module.createHttpServer({
    host: '127.0.0.1',
    port: 0,
    schema,
    context: (request) => request,
    verifier: { verify: () => Promise.resolve(viewer as never) },
    notReady: () => [],
    connectionLimits: { costPerSecond: 0 },
    logger: pino({ level: 'info' }, { write: () => undefined }),
    metrics: createMetrics(),
  });
  return (await server.start()).url;
}

process.once('disconnect', () => process.exit());
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send!({ cpuMicros: user + system });
});
process.send!({ url: checkout === undefined ? await serveBare() : await serveAsIn(checkout) });
