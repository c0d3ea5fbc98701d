import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { TraceId } from '../../events/ids.js';
import { authenticate } from '../../identity/authenticate.js';
import type { Identity } from '../../identity/identity.js';
import { directFields, isDirect } from '../../schema/direct.js';
import { createTurnstile } from '../turnstile.js';
import { SECURITY_HEADERS } from './app.js';
import { createOperations, formatResult, isErrors } from './operations.js';
import type { HttpServerOptions, SharedAnswers, SharedRequest } from './options.js';
import { MAX_BODY_BYTES } from './options.js';
import { brokenOff } from './request-scope.js';
import { traceOf } from './trace.js';

/** A few milliseconds' worth: a crowd of thousands must not keep the process from its sockets for seconds. */
const DIRECT_PER_TURN = 16;
/** Pages take milliseconds each. */
const FETCHES_PER_TURN = 2;
/**
 * So many requests under way at once are a crowd. Which rooms are hot is known a second or two later than the crowd is there, and a crowd that
 * is served one by one until then keeps the process busy for long after.
 */
const CROWD = 32;

type Operation = Omit<SharedRequest, 'viewer'>;

/**
 * Stands before the application, and answers what crowds ask for: what many ask alike while rooms are hot or the process is crowded, and
 * operations that are marked as direct. Both cost a small part here of what a request costs otherwise. Every other request goes on to the application as it came.
 */
export function createFront(options: HttpServerOptions, app: RequestListener, stopping: () => boolean): RequestListener {
  const { schema, shared, verifier, metrics } = options;
  const operations = createOperations(options, 'http');
  const directNames = directFields(schema);
  const turnstile = createTurnstile(DIRECT_PER_TURN);
  const fetches = createTurnstile(FETCHES_PER_TURN);
  let underWay = 0;
  const isCrowded = (): boolean => shared?.inCrowds === true && underWay > CROWD;
  const sharesNow = (): boolean => shared !== undefined && (shared.wanted() || isCrowded());

  const isDirectOperation = ({ query, operationName }: Operation): boolean => {
    const document = directNames.some((name) => query.includes(name)) ? operations.document(query) : null;
    return document !== null && isDirect(schema, document, operationName);
  };

  const sharedAnswer = async (operation: Operation, viewer: Identity | null): ReturnType<SharedAnswers['answer']> => {
    if (!shared) return null;
    const started = performance.now();
    const json = await shared.answer({ viewer, ...operation }, isCrowded());
    if (Buffer.isBuffer(json)) metrics.requestSeconds.observe({ operation: 'query', transport: 'http' }, (performance.now() - started) / 1000);
    return json;
  };

  const directAnswer = async (operation: Operation, viewer: Identity | null, traceId: TraceId, signal: AbortSignal): Promise<Buffer | null> => {
    const scope = { traceId, logger: options.logger.child({ traceId }), isTransient: options.isTransient };
    const prepared = await operations.prepare(operation, { viewer, traceId, logger: scope.logger, signal });
    if (isErrors(prepared)) return null;
    return Buffer.from(JSON.stringify(formatResult(await operations.execute(prepared), scope)));
  };

  const answered = async (body: Buffer, request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const operation = operationIn(body);
    const type = mediaType(request.headers.accept);
    if (!operation || !type) return false;
    const direct = isDirectOperation(operation);
    const sharing = sharesNow();
    if (!direct && !sharing) return false;
    const traceId = traceOf(request.headers.traceparent);
    if (direct) await turnstile.enter();
    const viewer = await authenticate(verifier, request.headers.authorization);
    const found = sharing && !direct ? await sharedAnswer(operation, viewer) : null;
    if (!found && !direct) return false;
    // Whatever is executed is admitted by `prepare`.
    if (Buffer.isBuffer(found) && viewer) await options.admit?.(viewer, traceId);
    if (found === 'in turn') await fetches.enter();
    const json = Buffer.isBuffer(found) ? found : await directAnswer(operation, viewer, traceId, brokenOff(response));
    if (!json) return false;
    response.writeHead(200, { ...SECURITY_HEADERS, 'X-Trace-Id': traceId, 'Content-Type': `${type}; charset=utf-8`, 'Content-Length': json.length });
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
 * Reads the whole body, and puts it back for whoever reads it next: a stream that was not told to flow ends only when it is found empty after
 * its last byte was taken. A client that breaks off is heard of by nobody, as everywhere else.
 */
function readAndPutBack(request: IncomingMessage, then: (body: Buffer) => void): void {
  const length = Number(request.headers['content-length']);
  const chunks: Buffer[] = [];
  let read = 0;
  const take = (): void => {
    for (let chunk = request.read() as Buffer | null; chunk; chunk = request.read() as Buffer | null) {
      chunks.push(chunk);
      read += chunk.length;
    }
    if (read < length) return;
    request.off('readable', take);
    const body = Buffer.concat(chunks);
    request.unshift(body);
    then(body);
  };
  request.on('readable', take);
}

/** A short JSON body of known length, in UTF-8, from no other origin's page: what clients send. Anything else is the application's business. */
function isPlain({ method, url, headers }: IncomingMessage, { corsOrigins = [] }: HttpServerOptions): boolean {
  if (method !== 'POST' || url !== '/graphql' || headers['content-encoding'] !== undefined || headers['transfer-encoding'] !== undefined) return false;
  if (headers.origin !== undefined && corsOrigins.includes(headers.origin)) return false;
  const length = Number(headers['content-length']);
  return length > 0 && length <= MAX_BODY_BYTES && /^application\/json(?:; *charset=utf-8)?$/i.test(headers['content-type'] ?? '');
}

/** Null where there is anything about the body that the application may have to say something of. */
function operationIn(body: Buffer): Operation | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(String(body));
  } catch {
    return null;
  }
  if (!isObject(parsed)) return null;
  const { query, operationName, variables, extensions } = parsed;
  if (typeof query !== 'string' || (extensions ?? null) !== null) return null;
  if ((operationName ?? null) !== null && typeof operationName !== 'string') return null;
  if ((variables ?? null) !== null && !isObject(variables)) return null;
  return { query, operationName: operationName as string | null | undefined, variables: variables as SharedRequest['variables'] };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

const JSON_TYPES = ['application/json', 'application/graphql-response+json'];

/** What the application would answer with, where that can be told from the first that the client accepts; null otherwise. */
function mediaType(accept = '*/*'): string | null {
  const [first = ''] = accept.split(',', 1);
  if (accept.trim() === '*/*') return JSON_TYPES[0]!;
  return JSON_TYPES.find((type) => type === first.trim().toLowerCase()) ?? null;
}
