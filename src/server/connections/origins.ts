import type { IncomingMessage } from 'node:http';

/**
 * Whether a WebSocket may be opened by the page that asks: browsers send where it came from, and hold no page back by
 * themselves. Pages of the server's own origin may, and those that CORS lets in; who sends no origin is no browser.
 */
export function isOriginAllowed(
  { headers }: Pick<IncomingMessage, 'headers'>,
  corsOrigins: readonly string[],
): boolean {
  const { origin, host } = headers;
  if (origin === undefined || corsOrigins.includes(origin)) return true;
  // Behind a proxy with TLS the page's scheme is not known here.
  return host !== undefined && (sameHost(origin, 'http:', host) || sameHost(origin, 'https:', host));
}

function sameHost(origin: string, protocol: string, host: string): boolean {
  const own = `${protocol}//${host}`;
  return URL.canParse(own) && new URL(own).origin === origin;
}

/**
 * Whether a request names this machine. A page of a stranger's name that points here names that one. The port may be
 * another: that of a tunnel, or of a development server that passes requests on. Only clients of HTTP/1.0, which no
 * browser speaks, may leave the name out.
 */
export const isLocalHost = (host: string | undefined): boolean =>
  host === undefined || /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i.test(host);
