import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Router, static as files, type Response } from 'express';

/**
 * Everything comes from this origin, and the page can reach no other. `style-src` has 'unsafe-inline' because Monaco
 * writes its themes and line positions as inline styles; `data:` are the fonts and icons inside the style sheet.
 * 'self' in `connect-src` covers the WebSocket of this origin too.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const NOT_BUILT = 'The GraphQL IDE has not been built. `npm start` builds it, and so does `node web/ide/build.mjs`.\n';

function secure(response: Response): void {
  response.set({
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
  });
}

/**
 * Serves the GraphQL IDE to browsers: the page for `GET /graphql`, its scripts, styles and workers below
 * `/graphql/ide/`. A `GET /graphql` that would rather have JSON goes on to the next handler, so mount this before the
 * GraphQL server, at the root. Workers are bound by the policy of their own response, so assets carry it as well.
 *
 * `directory` is what `web/ide/build.mjs` wrote. It is looked up on each request: where it is missing, the answer is a
 * 503 that says how to build it, and it is served as soon as it is there.
 */
export function ide(options: { directory: string }): Router {
  const page = join(options.directory, 'index.html');
  const router = Router();

  router.get('/graphql', (request, response, next) => {
    response.vary('Accept');
    // JSON comes first, so it is what a client gets that accepts anything.
    if (request.accepts(['application/json', 'application/graphql-response+json', 'text/html']) !== 'text/html') {
      return next();
    }
    secure(response);
    if (!existsSync(page)) return response.status(503).type('text/plain').send(NOT_BUILT);
    // The page names the current assets, so it is asked for again each time; its ETag makes that cheap.
    response.set('Cache-Control', 'no-cache');
    return response.sendFile('index.html', { root: options.directory, cacheControl: false }, (error) => {
      if (error && !response.headersSent) next(error);
    });
  });

  router.use(
    '/graphql/ide',
    files(join(options.directory, 'assets'), {
      index: false,
      redirect: false,
      cacheControl: false,
      setHeaders(response) {
        secure(response);
        // Over what the server says of everything else: the name of an asset changes with its content.
        response.set('Cache-Control', 'public, max-age=31536000, immutable');
      },
    }),
  );
  router.use('/graphql/ide', (_request, response) => {
    secure(response);
    response.status(404).type('text/plain').send('No such file of the GraphQL IDE: load /graphql again.\n');
  });

  return router;
}
