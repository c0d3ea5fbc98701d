import type { ServerResponse } from 'node:http';

export const JSON_TYPE = 'application/json; charset=utf-8';
export const TEXT_TYPE = 'text/plain; charset=utf-8';

/**
 * Writes a whole answer. Headers are a flat list of names and values: with an object, node:http takes a tenth more CPU
 * for an answer of this size.
 */
export function answer(
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Buffer,
  headers: readonly string[] = [],
): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, [...headers, 'Content-Type', type, 'Content-Length', String(Buffer.byteLength(body))]);
  response.end(body);
}

/** For an answer that other code begins. */
export function setHeaders(response: ServerResponse, headers: readonly string[]): void {
  for (let at = 0; at < headers.length; at += 2) response.setHeader(headers[at]!, headers[at + 1]!);
}
