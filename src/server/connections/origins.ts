import type { IncomingMessage } from 'node:http';

/**
 * Whether a page may open a WebSocket: browsers send its origin, and do not enforce anything themselves. Pages of the
 * server's own origin may, and the CORS origins; a client without an origin is no browser.
 */
export function isOriginAllowed(
  { headers }: Pick<IncomingMessage, 'headers'>,
  corsOrigins: readonly string[],
): boolean {
  const { origin, host } = headers;
  if (origin === undefined || corsOrigins.includes(origin)) return true;
  // Behind a proxy with TLS the scheme of the page is unknown here.
  return host !== undefined && (sameHost(origin, 'http:', host) || sameHost(origin, 'https:', host));
}

function sameHost(origin: string, protocol: string, host: string): boolean {
  const own = `${protocol}//${host}`;
  return URL.canParse(own) && new URL(own).origin === origin;
}

/**
 * Whether a request names this machine. A page of a foreign name that resolves here has that name in its requests. The
 * port may differ: a tunnel, or a development server that forwards. Only clients of HTTP/1.0, which browsers do not
 * speak, may omit the name.
 */
export const isLocalHost = (host: string | undefined): boolean =>
  host === undefined || /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i.test(host);
