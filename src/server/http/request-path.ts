import type { IncomingMessage } from 'node:http';

/** The path of a request, in lower case and without a trailing slash. */
export function pathOf(request: IncomingMessage): string {
  if (request.url === '/graphql') return request.url;
  const path = givenPath(request).toLowerCase();
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** As it was written. */
export function givenPath({ url = '/' }: IncomingMessage): string {
  if (url.startsWith('/')) return url.split(/[?#]/, 1)[0]!;
  // The absolute form, which clients send to proxies, is allowed for servers, too.
  return URL.canParse(url) ? new URL(url).pathname : url;
}

/** Whether it only reads. */
export const isRead = ({ method }: IncomingMessage): boolean => method === 'GET' || method === 'HEAD';
