import type { ServerResponse } from 'node:http';
import type { ErrorCode } from '../errors/error-codes.js';
import type { TooMany } from '../connections/connection-counts.js';
import { SECURITY_HEADERS } from './security-headers.js';

/** A refusal without further work: it costs next to nothing. */
export interface PlainRefusal {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
}

export const FOREIGN_HOST: PlainRefusal = {
  status: 403,
  code: 'FORBIDDEN',
  message:
    'With AUTH_MODE=dev this server answers only to the names localhost, 127.0.0.1 and [::1]: ' +
    'use one of these, from another machine through a tunnel (ssh -L), or set AUTH_MODE=jwt.',
};

export const FOREIGN_ORIGIN: PlainRefusal = {
  status: 403,
  code: 'FORBIDDEN',
  message: 'Pages of this origin may not connect: name it in MADANG_CORS_ORIGINS.',
};

export const STOPPING: PlainRefusal = {
  status: 503,
  code: 'UNAVAILABLE',
  message: 'The server is stopping: try again, another may answer.',
};

export const NOTHING_HERE: PlainRefusal = { status: 404, code: 'NOT_FOUND', message: 'There is nothing at this path.' };

export const TOO_MANY: Readonly<Record<TooMany, PlainRefusal>> = {
  connections: {
    status: 503,
    code: 'UNAVAILABLE',
    message: 'This server has all the connections that it takes: try again later, another may answer.',
  },
  address: {
    status: 429,
    code: 'TOO_MANY_REQUESTS',
    message: 'There are too many connections from this address: close some, or use one for several requests.',
  },
  user: {
    status: 429,
    code: 'TOO_MANY_REQUESTS',
    message: 'This user has too many WebSockets and streams open: close some first.',
  },
  subscriptions: {
    status: 429,
    code: 'TOO_MANY_REQUESTS',
    message: 'This user has too many subscriptions open: end some first.',
  },
};

const RETRY_AFTER_SECONDS = 5;

const isPassing = ({ status }: PlainRefusal): boolean => status === 429 || status === 503;

export function plainBody(refusal: PlainRefusal): string {
  const { code, message } = refusal;
  return JSON.stringify({
    errors: [
      { message, extensions: { code, ...(isPassing(refusal) ? { retryAfterMs: RETRY_AFTER_SECONDS * 1_000 } : {}) } },
    ],
  });
}

export function answerPlainly(response: ServerResponse, refusal: PlainRefusal): void {
  const body = plainBody(refusal);
  response.writeHead(refusal.status, {
    ...SECURITY_HEADERS,
    ...(isPassing(refusal) ? { 'Retry-After': String(RETRY_AFTER_SECONDS) } : {}),
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  });
  response.end(body);
}
