import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import express from 'express';
import type { ErrorRequestHandler, Express, RequestHandler } from 'express';
import type { Apollo } from './apollo.js';
import { cors } from './cors.js';
import { health, liveness } from '../health/health.js';
import { MAX_BODY_BYTES } from '../options.js';
import type { ServedOptions } from '../options.js';
import { NOTHING_HERE, STOPPING } from './plain-refusal.js';
import { answerError, answerErrors, identify, openScope, refusal } from '../request-scope.js';
import { SECURITY_HEADERS } from './security-headers.js';
import type { EventStreams } from '../sse/sse.js';

/** The routes. `apollo` has been started. */
export function createApp(
  options: ServedOptions,
  apollo: Apollo,
  streams: EventStreams,
  stopping: () => boolean,
): Express {
  const { pages, corsOrigins = [], documents } = options;
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);

  app.use(openScope(options), secure);

  app.use(liveness());
  if (!options.operationsElsewhere) app.use(health(options, stopping));
  app.use((_request, response, next) => {
    if (!stopping()) return next();
    response.set('connection', 'close');
    answerError(response, refusal(STOPPING.code, STOPPING.message));
  });
  app.use(cors(corsOrigins));
  if (pages) app.use(pages);
  app.get('/', (_request, response) => response.redirect(302, '/graphql'));

  const body = express.json({ limit: MAX_BODY_BYTES, inflate: false, verify: refuseBrokenText });
  // Apollo Server would parse and validate each time anew, what is refused above all.
  const readable: RequestHandler = (
    { body }: { body?: { readonly query?: unknown; operationName?: unknown } | undefined },
    response,
    next,
  ) => {
    if (body?.operationName === '') body.operationName = null;
    const document = typeof body?.query === 'string' && body.query !== '' ? documents.get(body.query) : null;
    if (document && !('definitions' in document)) return answerErrors(response, document, 400);
    next();
  };
  app
    .route('/graphql')
    .post(identify(options), body, readable, apollo.handler())
    .all(only('POST', 'Operations are sent by POST; browsers get an IDE with GET.'));
  app
    .route('/graphql/stream')
    .post(identify(options), body, streams.handler)
    .all(only('POST', 'Streams are served in distinct connections mode alone: POST each operation.'));

  app.use((_request, response) => answerError(response, refusal(NOTHING_HERE.code, NOTHING_HERE.message)));
  app.use(failed);
  return app;
}

const secure: RequestHandler = (_request, response, next) => {
  response.set(SECURITY_HEADERS);
  next();
};

function only(method: string, message: string): RequestHandler {
  return (_request, response) => {
    response.set('allow', method);
    answerError(response, refusal('BAD_USER_INPUT', message), 405);
  };
}

/**
 * Bytes that are no text would become replacement characters, which the client never wrote. The decoders of other
 * charsets do not say so.
 */
function refuseBrokenText(_request: IncomingMessage, _response: ServerResponse, body: Buffer, encoding: string): void {
  if (!/^utf-?8$/i.test(encoding) || !isUtf8(body)) throw new Error('not UTF-8');
}

// Four parameters are how express knows a handler of errors.
const failed: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
  const { type, status } = error as { readonly type?: unknown; readonly status?: unknown };
  // What the parser of bodies refuses; its messages may repeat the body.
  if (type === 'entity.verify.failed')
    answerError(response, refusal('BAD_USER_INPUT', 'The body is not UTF-8: send well-formed text.'));
  else if (type === 'entity.too.large')
    answerError(response, refusal('PAYLOAD_TOO_LARGE', `Send at most ${MAX_BODY_BYTES} bytes at a time.`));
  else if (type === 'entity.parse.failed')
    answerError(response, refusal('BAD_USER_INPUT', 'The body is not well-formed JSON.'));
  else if (typeof status === 'number' && status >= 400 && status < 500)
    answerError(response, refusal('BAD_USER_INPUT', 'The request cannot be read as it was sent.'), status);
  else answerError(response, error);
};
