import { performance } from 'node:perf_hooks';
import { LRUCache } from 'lru-cache';
import type { FetchOperation, SharedAnswer, SharedAnswers } from './shared-answers.js';
import { createPerTickLimiter } from '../../engine/runtime/per-tick-limiter.js';
import type { Identity } from '../identity/identity.js';
import { givenName } from '../limits/refuse-operation.js';
import type { HttpServerOptions } from '../options.js';
import type { RequestScope } from '../request-scope.js';
import type { JsonBody } from './read-body.js';

/** The answer to a request, or null for a request that goes to the pipeline. Never rejects. */
export type FastPath = (
  body: JsonBody,
  viewer: Identity | null,
  scope: RequestScope,
) => Promise<{ readonly type: string; readonly json: Buffer } | null>;

/** A page takes milliseconds. */
const FETCHES_PER_TURN = 1;
/**
 * This many concurrent requests are a burst. A hot room is known up to two seconds after its burst began, and a burst
 * that is served one by one until then keeps the process busy long after.
 */
const BURST = 32;
/**
 * A burst repeats the same few bodies. Each is weighed with its document: a body of 500 characters takes some 100 kB.
 */
const BODIES = { max: 2_000, maxSize: 64 << 20 } as const;

/**
 * Serves the members of a hot room before the pipeline, who request the same page in the same second: it has a shared
 * answer, or lets the request pass.
 */
export function createFastPath(shared: SharedAnswers, { metrics }: Pick<HttpServerOptions, 'metrics'>): FastPath {
  const fetches = createPerTickLimiter(FETCHES_PER_TURN);
  const bodies = new LRUCache<string, SharedAnswer>(BODIES);
  let underWay = 0;
  const isBurst = (): boolean => shared.inBursts && underWay > BURST;

  const find = ({ text, value }: JsonBody): SharedAnswer | null => {
    const known = bodies.get(text);
    if (known) return known;
    const operation = operationIn(value);
    const found = operation && shared.answerTo(operation);
    if (found && found.bytes !== null) bodies.set(text, found, { size: found.bytes + 2 * text.length });
    return found;
  };

  return async (body, viewer, { request, response }) => {
    underWay++;
    response.once('close', () => underWay--);
    if (!shared.wanted() && !isBurst()) return null;
    const type = mediaType(request.headers.accept);
    const found = type && find(body);
    if (!found) return null;
    const started = performance.now();
    try {
      let json = await found.of(viewer, isBurst());
      // The room may have turned hot meanwhile.
      if (json === 'in turn' && (await fetches.enter())) json = await found.of(viewer, isBurst());
      if (!Buffer.isBuffer(json)) return null;
      metrics.requestSeconds.observe({ operation: 'query', transport: 'http' }, (performance.now() - started) / 1000);
      return { type: `${type}; charset=utf-8`, json };
    } catch {
      // The pipeline fails in the same way, and answers the client.
      return null;
    }
  };
}

/** Null for any body that the pipeline may have to refuse. */
function operationIn(body: object): FetchOperation | null {
  const { query, operationName, variables, extensions } = body as Readonly<Record<string, unknown>>;
  if (typeof query !== 'string' || (extensions ?? null) !== null) return null;
  if ((operationName ?? null) !== null && typeof operationName !== 'string') return null;
  if ((variables ?? null) !== null && !isRecord(variables)) return null;
  return {
    query,
    operationName: givenName(operationName as string | null | undefined),
    variables: variables as FetchOperation['variables'],
  };
}

const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

const JSON_TYPES = ['application/json', 'application/graphql-response+json'];

/** The type of the pipeline's answer, if the first accepted type of the client determines it. */
function mediaType(accept = '*/*'): string | null {
  const [first = ''] = accept.split(',', 1);
  if (accept.trim() === '*/*') return JSON_TYPES[0]!;
  return JSON_TYPES.find((type) => type === first.trim().toLowerCase()) ?? null;
}
