import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import { LRUCache } from 'lru-cache';
import type { TraceId } from '../../engine/domain/ids.js';
import type { Identity } from '../identity/identity.js';
import { crowdFields, isForCrowds } from './crowd-fields.js';
import type { FetchOperation as Operation, SharedAnswer } from '../../schema/hot-room/shared-fetches.js';
import { givenName } from '../limits/refuse-operation.js';
import type { ErrorCode } from '../errors/error-codes.js';
import { createTurnstile } from '../../engine/runtime/per-tick-limiter.js';
import { authenticateRequest } from '../authenticate-request.js';
import { createOperations, formatResult, isErrors, isSubscription } from '../operations.js';
import type { HttpServerOptions, OperationRequest, ServedOptions } from '../options.js';
import { MAX_BODY_BYTES } from '../options.js';
import { brokenOff } from '../request-scope.js';
import { SECURITY_HEADERS } from './security-headers.js';
import { traceOf } from '../trace.js';

/** A few milliseconds' worth: a crowd of thousands must not keep the process from its sockets for seconds. */
const OF_CROWDS_PER_TURN = 16;
/** A page takes milliseconds. */
const FETCHES_PER_TURN = 1;
/**
 * So many requests under way at once are a crowd. Which rooms are hot is known up to two seconds later than the crowd
 * is there, and a crowd that is served one by one until then keeps the process busy for long after.
 */
const CROWD = 32;
/**
 * A crowd sends the same few bodies over and over. Each is weighed with the document that it keeps: a body of 500
 * characters takes some 100 kB.
 */
const BODIES = { max: 2_000, maxSize: 64 << 20 } as const;

/** As a list: node:http takes a tenth more of the processor for an answer with an object of this size. */
const SECURITY = Object.entries(SECURITY_HEADERS).flat();

/** What a body asks for, and how that is answered where many ask alike. */
interface Asked {
  readonly operation: Operation;
  readonly answer: SharedAnswer | null;
}

/**
 * Stands before the application, and answers what clients ask for as long as all is well: it executes queries and
 * mutations as the other transports do, and gives crowds the answers that they share. That costs a part of what the
 * application takes for a request. Every other request goes on to it as it came: the application alone refuses.
 */
export function createFront(options: ServedOptions, app: RequestListener, stopping: () => boolean): RequestListener {
  const { schema, shared, verifier, metrics, isTransient } = options;
  const countError = (code: ErrorCode): void => metrics.graphqlErrors.inc({ code, transport: 'http' });
  const operations = createOperations(options, 'http');
  const crowdNames = crowdFields(schema);
  const ofCrowds = createTurnstile(OF_CROWDS_PER_TURN);
  const fetches = createTurnstile(FETCHES_PER_TURN);
  const bodies = new LRUCache<string, Asked>(BODIES);
  let underWay = 0;
  const isCrowded = (): boolean => shared?.inCrowds === true && underWay > CROWD;

  /** Null where there is anything about the body that the application may have to say something of. */
  const askedIn = (body: Buffer): Asked | null => {
    if (!isUtf8(body)) return null;
    const text = String(body);
    if (!shared || !(shared.wanted() || isCrowded())) {
      const operation = operationIn(text);
      return operation && { operation, answer: null };
    }
    const known = bodies.get(text);
    if (known) return known;
    const operation = operationIn(text);
    const asked = operation && { operation, answer: shared.answerTo(operation) };
    const bytes = asked?.answer?.bytes ?? null;
    if (asked && bytes !== null) bodies.set(text, asked, { size: bytes + 2 * text.length });
    return asked;
  };

  const isForCrowd = ({ query, operationName }: Operation): boolean => {
    const document = crowdNames.some((name) => query.includes(name)) ? operations.document(query) : null;
    return document !== null && isForCrowds(schema, document, operationName);
  };

  const sharedAnswer = async (
    answer: SharedAnswer,
    viewer: Identity | null,
    traceId: TraceId,
  ): Promise<Buffer | null> => {
    const started = performance.now();
    let json = await answer.of(viewer, isCrowded());
    // Its room may have turned hot meanwhile.
    if (json === 'in turn' && (await fetches.enter())) json = await answer.of(viewer, isCrowded());
    if (!Buffer.isBuffer(json)) return null;
    if (viewer) await options.admit?.(viewer, traceId);
    metrics.requestSeconds.observe({ operation: 'query', transport: 'http' }, (performance.now() - started) / 1000);
    return json;
  };

  /** Null where nothing was executed. */
  const executed = async (operation: Operation, request: OperationRequest): Promise<Buffer | null> => {
    const prepared = await operations.prepare(operation, request);
    if (isErrors(prepared) || isSubscription(prepared)) return null;
    const result = await operations.execute(prepared);
    // Variables that do not fit.
    if (result.data === undefined) return null;
    return Buffer.from(JSON.stringify(formatResult(result, { ...request, isTransient, countError })));
  };

  const answered = async (body: Buffer, request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const type = mediaType(request.headers.accept);
    const asked = type && askedIn(body);
    if (!asked) return false;
    const { operation, answer } = asked;
    if (!answer && isForCrowd(operation)) await ofCrowds.enter();
    const traceId = traceOf(request.headers.traceparent);
    const viewer = await authenticateRequest(verifier, request);
    const json =
      (answer && (await sharedAnswer(answer, viewer, traceId))) ??
      (await executed(operation, {
        viewer,
        clientAddress: options.clients.ofRequest(request),
        traceId,
        logger: options.logger.child({ traceId }),
        signal: brokenOff(response),
      }));
    if (!json) return false;
    response.writeHead(200, [
      ...SECURITY,
      'X-Trace-Id',
      traceId,
      'Content-Type',
      `${type}; charset=utf-8`,
      'Content-Length',
      json.length,
    ]);
    response.end(json);
    return true;
  };

  return (request, response) => {
    if (stopping() || !isPlain(request, options)) return app(request, response);
    const goOn = (): void => app(request, response);
    readAndPutBack(request, (body) => {
      underWay++;
      response.once('close', () => underWay--);
      answered(body, request, response).then(
        (done) => (done ? void request.resume() : goOn()),
        // A bad token, a broken read: the application tells the client what there is to tell.
        goOn,
      );
    });
  };
}

/**
 * Reads the whole body, and puts it back for whoever reads it next: a stream that was not told to flow ends only when
 * it is found empty after its last byte was taken. A client that breaks off is heard of by nobody, as everywhere else.
 */
function readAndPutBack(request: IncomingMessage, then: (body: Buffer) => void): void {
  const length = Number(request.headers['content-length']);
  const chunks: Buffer[] = [];
  let read = 0;
  const take = (): void => {
    while (read < length) {
      const chunk = request.read() as Buffer | null;
      if (!chunk) return;
      chunks.push(chunk);
      read += chunk.length;
    }
    request.off('readable', take);
    const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    request.unshift(body);
    then(body);
  };
  request.on('readable', take);
}

/**
 * A short JSON body of known length, in UTF-8, from no other origin's page: what clients send. Anything else is the
 * application's business.
 */
function isPlain({ method, url, headers }: IncomingMessage, { corsOrigins = [] }: HttpServerOptions): boolean {
  if (
    method !== 'POST' ||
    url !== '/graphql' ||
    headers['content-encoding'] !== undefined ||
    headers['transfer-encoding'] !== undefined
  )
    return false;
  if (headers.origin !== undefined && corsOrigins.includes(headers.origin)) return false;
  const length = Number(headers['content-length']);
  return (
    length > 0 &&
    length <= MAX_BODY_BYTES &&
    /^application\/json(?:; *charset=utf-8)?$/i.test(headers['content-type'] ?? '')
  );
}

function operationIn(text: string): Operation | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(parsed)) return null;
  const { query, operationName, variables, extensions } = parsed;
  if (typeof query !== 'string' || (extensions ?? null) !== null) return null;
  if ((operationName ?? null) !== null && typeof operationName !== 'string') return null;
  if ((variables ?? null) !== null && !isObject(variables)) return null;
  return {
    query,
    operationName: givenName(operationName as string | null | undefined),
    variables: variables as Operation['variables'],
  };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const JSON_TYPES = ['application/json', 'application/graphql-response+json'];

/**
 * What the application would answer with, where that can be told from the first that the client accepts; null
 * otherwise.
 */
function mediaType(accept = '*/*'): string | null {
  const [first = ''] = accept.split(',', 1);
  if (accept.trim() === '*/*') return JSON_TYPES[0]!;
  return JSON_TYPES.find((type) => type === first.trim().toLowerCase()) ?? null;
}
