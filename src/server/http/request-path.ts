import type { IncomingMessage } from 'node:http';

/** The path of a request, in small letters and without a slash at its end. */
export function pathOf(request: IncomingMessage): string {
  if (request.url === '/graphql') return request.url;
  const path = givenPath(request).toLowerCase();
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** As it was written. */
export function givenPath({ url = '/' }: IncomingMessage): string {
  if (url.startsWith('/')) return url.split(/[?#]/, 1)[0]!;
  // What a proxy is sent, which is allowed towards servers as well.
  return URL.canParse(url) ? new URL(url).pathname : url;
}

/** Whether it asks for what there is, and changes nothing. */
export const isRead = ({ method }: IncomingMessage): boolean => method === 'GET' || method === 'HEAD';
