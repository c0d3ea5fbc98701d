import type { RequestHandler } from 'express';

/** Lets pages of these origins call from browsers. Tokens travel in a header, so no credentials are allowed. */
export function cors(origins: readonly string[]): RequestHandler {
  return (request, response, next) => {
    const { origin } = request.headers;
    if (origins.length > 0) response.vary('Origin');
    if (origin === undefined || !origins.includes(origin)) return next();
    response.set({ 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': 'x-trace-id' });
    if (request.method !== 'OPTIONS') return next();
    response.set({
      'Access-Control-Allow-Methods': 'GET, POST',
      'Access-Control-Allow-Headers': 'authorization, content-type, accept, traceparent, apollo-require-preflight',
      'Access-Control-Max-Age': '600',
    });
    response.status(204).end();
  };
}
