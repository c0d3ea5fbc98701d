import { createReadStream, existsSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import Negotiator from 'negotiator';
import type { PageRequest, Pages } from '../options.js';
import { JSON_TYPE, TEXT_TYPE, answer, setHeaders } from './answer.js';
import { givenPath, isRead } from './request-path.js';

/** One of the pages of `web/`, with paths of its own that its router knows. */
export interface WebPage {
  /** Its folder in `web/` and in `dist/web/`, and where its files are served: below `/NAME/assets/`. */
  readonly name: string;
  /** What `web/NAME/build.mjs` wrote. */
  readonly directory: string;
  /** The paths that answer with the page. Everything else below `/` belongs to others. */
  readonly views: RegExp;
}

const notBuilt = (name: string): string =>
  `This page has not been built. \`npm start\` builds it, and so does \`node web/${name}/build.mjs\`.\n`;
const NO_SUCH_FILE = 'No such file of this page: load the page again.\n';

/** Where every page reads how to sign in. */
const SETTINGS = '/client/settings.json';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** What the build compressed, best first, with the ending of its files. */
const ENCODINGS: readonly (readonly [name: string, ending: string])[] = [
  ['br', '.br'],
  ['gzip', '.gz'],
];

export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  /** What the server requires in a token's `aud`: the page asks for a token that has it. */
  readonly audience: string | null;
}

/** What the pages get to know of the deployment. */
export interface WebSettings {
  readonly authMode: 'dev' | 'jwt';
  /** How people sign in where the mode is `jwt`; null: they cannot on this page. */
  readonly oidc: OidcSettings | null;
}

/**
 * Everything comes from this origin, and nothing inline is executed or styles anything. The page reaches its own server
 * alone, and the identity provider where there is one.
 */
const policy = ({ oidc }: WebSettings): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self'${oidc ? ` ${new URL(oidc.issuer).origin}` : ''}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/** Serves the settings of the pages. */
export function webSettings(settings: WebSettings): Pages {
  const body = JSON.stringify(settings);
  return ({ request, response, path, headers }) => {
    if (!isRead(request) || path !== SETTINGS) return false;
    answer(response, 200, JSON_TYPE, body, headers);
    return true;
  };
}

/** Serves a page and its files. Where it is not built, the answer is a 503 that says how to build it. */
export function webPage({ name: pageName, directory, views }: WebPage, settings: WebSettings): Pages {
  const page = join(directory, 'index.html');
  const assets = `/${pageName}/assets/`;
  const common = ['Content-Security-Policy', policy(settings), 'X-Content-Type-Options', 'nosniff'];
  common.push('Referrer-Policy', 'no-referrer', 'Cross-Origin-Opener-Policy', 'same-origin');

  const sendFile = (asked: PageRequest, file: string, caching: string): void => {
    const { request, response } = asked;
    const wanted = new Negotiator(request).encodings();
    const [name, ending] = ENCODINGS.find(
      ([encoding, suffix]) => wanted.includes(encoding) && existsSync(`${file}${suffix}`),
    ) ?? [null, ''];
    // They take the place of those that every answer has.
    setHeaders(response, [...asked.headers, ...common, 'Cache-Control', caching, 'Vary', 'Accept-Encoding']);
    if (name !== null) response.setHeader('Content-Encoding', name);
    response.setHeader('Content-Type', TYPES[extname(file)] ?? 'text/html; charset=utf-8');
    response.setHeader('Content-Length', statSync(`${file}${ending}`).size);
    if (request.method === 'HEAD') return void response.end();
    createReadStream(`${file}${ending}`)
      .on('error', () => response.destroy())
      .pipe(response);
  };

  const sendAsset = (asked: PageRequest, name: string): void => {
    const file = join(directory, 'assets', name);
    // Names that the build gives: no folder, nothing hidden, and no compressed form by its own name.
    const known = /^[\w-][\w.-]*\.(?:js|css|svg)$/.test(name) && existsSync(file);
    if (known) return sendFile(asked, file, 'public, max-age=31536000, immutable');
    answer(asked.response, 404, TEXT_TYPE, NO_SUCH_FILE, asked.headers);
  };

  return (asked) => {
    const { request, response, path, headers } = asked;
    if (!isRead(request)) return false;
    if (path.startsWith(assets)) {
      sendAsset(asked, givenPath(request).slice(assets.length));
      return true;
    }
    if (!views.test(path)) return false;
    if (existsSync(page)) sendFile(asked, page, 'no-cache');
    else answer(response, 503, TEXT_TYPE, notBuilt(pageName), headers);
    return true;
  };
}
