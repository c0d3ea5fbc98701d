import type { IncomingMessage } from 'node:http';

/** The CORS headers for pages of these origins. Tokens are in a header, so credentials are not allowed. */
export function corsHeaders({ headers: { origin } }: IncomingMessage, origins: readonly string[]): readonly string[] {
  if (origins.length === 0) return [];
  if (origin === undefined || !origins.includes(origin)) return ['Vary', 'Origin'];
  return ['Vary', 'Origin', 'Access-Control-Allow-Origin', origin, 'Access-Control-Expose-Headers', 'x-trace-id'];
}

/** Whether this is the preflight request of a page with such an origin. */
export const isPreflight = ({ method, headers: { origin } }: IncomingMessage, origins: readonly string[]): boolean =>
  method === 'OPTIONS' && origin !== undefined && origins.includes(origin);

export const PREFLIGHT_HEADERS: readonly string[] = [
  'Access-Control-Allow-Methods',
  'GET, POST',
  'Access-Control-Allow-Headers',
  'authorization, content-type, accept, traceparent, apollo-require-preflight',
  'Access-Control-Max-Age',
  '600',
];
