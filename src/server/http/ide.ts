import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerResponse } from 'node:http';
import Negotiator from 'negotiator';
import send from 'send';
import type { SendOptions, SendStream } from 'send';
import type { PageRequest, Pages } from '../options.js';
import { TEXT_TYPE, answer, setHeaders } from './answer.js';
import { givenPath, isRead } from './request-path.js';

/**
 * All files come from this origin, and the page can reach no other. `style-src` has 'unsafe-inline' because Monaco
 * writes its themes and line positions as inline styles; `data:` is for the fonts and icons inside the style sheet.
 * 'self' in `connect-src` covers the WebSocket of this origin, too.
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

const NO_SUCH_FILE = 'No such file of the GraphQL IDE: load /graphql again.\n';
const NOT_READ = 'The GraphQL IDE cannot be read now: load the page again.\n';
const ASSETS = '/graphql/ide';

const PAGE_HEADERS = Object.entries({
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
}).flat();

/** JSON comes first: a client that accepts anything gets JSON. */
const TYPES = ['application/json', 'application/graphql-response+json', 'text/html'];

/**
 * Serves the GraphQL IDE to browsers: the page for `GET /graphql`, its scripts, styles and workers below
 * `/graphql/ide/`. A `GET /graphql` that prefers JSON is not answered. Workers are bound by the policy of their own
 * response, so assets carry it as well.
 *
 * `directory` is the output of `web/ide/build.mjs`, read on each request: without it the answer is a 503 that says how
 * to build it, and a later build is served at once.
 */
export function ide({ directory }: { readonly directory: string }): Pages {
  const assets = join(directory, 'assets');
  const page = join(directory, 'index.html');

  const answerPage = (asked: PageRequest): void => {
    const headers = [...asked.headers, ...PAGE_HEADERS];
    if (!existsSync(page)) return answer(asked.response, 503, TEXT_TYPE, NOT_BUILT, headers);
    // The page names the current assets, so it is revalidated each time; its ETag makes that cheap.
    setHeaders(asked.response, [...headers, 'Cache-Control', 'no-cache', 'Vary', 'Accept']);
    sendFile(asked, '/index.html', { root: directory }, () =>
      answer(asked.response, 500, TEXT_TYPE, NOT_READ, headers),
    );
  };

  const answerAsset = (asked: PageRequest, name: string): void => {
    const headers = [...asked.headers, ...PAGE_HEADERS];
    const missing = (): void => answer(asked.response, 404, TEXT_TYPE, NO_SUCH_FILE, headers);
    if (!isRead(asked.request)) return missing();
    sendFile(asked, name, { root: assets, index: false }, missing).on('headers', (response: ServerResponse) =>
      // The name of an asset changes with its content.
      setHeaders(response, [...headers, 'Cache-Control', 'public, max-age=31536000, immutable']),
    );
  };

  return (asked) => {
    const { request, path } = asked;
    if (path === '/graphql' && isRead(request) && new Negotiator(request).mediaType(TYPES) === 'text/html') {
      answerPage(asked);
      return true;
    }
    if (path !== ASSETS && !path.startsWith(`${ASSETS}/`)) return false;
    answerAsset(asked, givenPath(request).slice(ASSETS.length));
    return true;
  };
}

function sendFile(
  { request, response }: PageRequest,
  path: string,
  options: SendOptions,
  failed: () => void,
): SendStream {
  const file = send(request, path, { cacheControl: false, ...options });
  file.on('directory', failed).on('error', failed);
  file.pipe(response);
  return file;
}
