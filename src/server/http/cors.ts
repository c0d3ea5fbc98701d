import type { IncomingMessage } from 'node:http';

/**
 * The headers that let pages of these origins call from browsers. Tokens travel in a header, so no credentials are
 * allowed.
 */
export function corsHeaders({ headers: { origin } }: IncomingMessage, origins: readonly string[]): readonly string[] {
  if (origins.length === 0) return [];
  if (origin === undefined || !origins.includes(origin)) return ['Vary', 'Origin'];
  return ['Vary', 'Origin', 'Access-Control-Allow-Origin', origin, 'Access-Control-Expose-Headers', 'x-trace-id'];
}

/** Whether a browser asks if a page of such an origin may call. */
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
