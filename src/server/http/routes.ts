import type { RequestListener } from 'node:http';
import type { Health } from '../health/health.js';
import { createHealth } from '../health/health.js';
import type { ServedOptions } from '../options.js';
import { answerError, identify, openScope, refusal } from '../request-scope.js';
import type { RequestScope } from '../request-scope.js';
import type { EventStreams } from '../sse/sse.js';
import { TEXT_TYPE, answer } from './answer.js';
import type { Apollo } from './apollo.js';
import { PREFLIGHT_HEADERS, isPreflight } from './cors.js';
import { answerUnreadable, createGraphQL } from './graphql.js';
import { NOTHING_HERE, STOPPING } from './plain-refusal.js';
import { isUnreadable, readBody } from './read-body.js';
import { isRead } from './request-path.js';

const ONLY_POST = {
  '/graphql': 'Operations are sent by POST; browsers get an IDE with GET.',
  '/graphql/stream': 'Streams are served in distinct connections mode alone: POST each operation.',
} as const;

/** Where the server is in its life. */
export interface Life {
  /** Whether it drains or stops: it is not ready. */
  readonly isLeaving: () => boolean;
  /** Whether it refuses new requests. */
  readonly isStopping: () => boolean;
}

/** The handlers by path. `apollo` has been started. */
export function createRoutes(
  options: ServedOptions,
  apollo: Apollo,
  streams: EventStreams,
  { isLeaving, isStopping }: Life,
): RequestListener {
  const { pages, corsOrigins = [], operationsElsewhere = false } = options;
  const health: Health = createHealth(options, isLeaving, operationsElsewhere ? 'liveness' : 'all');
  const graphql = createGraphQL(options, apollo);

  const stream = async (scope: RequestScope): Promise<void> => {
    const body = await readBody(scope.request);
    const viewer = await identify(scope, options);
    if (isUnreadable(body)) return answerUnreadable(scope, body);
    await streams.serve(scope, viewer, body?.value);
  };

  const route = async (scope: RequestScope): Promise<void> => {
    const { request, response, path, headers } = scope;
    const healthy = isRead(request) ? health(path) : null;
    if (healthy) {
      const { status, type, text } = await healthy;
      return answer(response, status, type, text, headers);
    }
    if (isStopping()) return answerError(scope, refusal(STOPPING.code, STOPPING.message), 503, ['Connection', 'close']);
    if (isPreflight(request, corsOrigins)) {
      response.writeHead(204, [...headers, ...PREFLIGHT_HEADERS]);
      return void response.end();
    }
    if (path === '/graphql' && request.method === 'POST') return graphql(scope);
    if (path === '/graphql/stream' && request.method === 'POST') return stream(scope);
    if (pages?.(scope)) return;
    if (path === '/' && isRead(request))
      return answer(response, 302, TEXT_TYPE, 'Found. Redirecting to /graphql', [...headers, 'Location', '/graphql']);
    if (path === '/graphql' || path === '/graphql/stream')
      return answerError(scope, refusal('BAD_USER_INPUT', ONLY_POST[path]), 405, ['Allow', 'POST']);
    answerError(scope, refusal(NOTHING_HERE.code, NOTHING_HERE.message));
  };

  return (request, response) => {
    const scope = openScope(request, response, options);
    route(scope).catch((error: unknown) => answerError(scope, error));
  };
}
