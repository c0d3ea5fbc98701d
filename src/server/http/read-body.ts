import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { MAX_DEPTH, nestsTooDeep } from '../../engine/runtime/nesting.js';
import { MAX_BODY_BYTES } from '../options.js';

/** A JSON body, as text and as its value. */
export interface JsonBody {
  readonly text: string;
  readonly value: object;
}

/** The reason why a body is refused. */
export class UnreadableBody {
  constructor(
    readonly status: 400 | 413 | 415,
    readonly message: string,
  ) {}
}

export const isUnreadable = (body: JsonBody | UnreadableBody | null): body is UnreadableBody =>
  body instanceof UnreadableBody;

const TOO_LARGE = new UnreadableBody(413, `Send at most ${MAX_BODY_BYTES} bytes at a time.`);
const NOT_UTF8 = new UnreadableBody(400, 'The body is not UTF-8: send well-formed text.');
const NOT_JSON = new UnreadableBody(400, 'The body is not well-formed JSON.');
const TOO_DEEP = new UnreadableBody(400, `The body's JSON nests deeper than ${MAX_DEPTH} levels.`);
const OTHER_FORM = new UnreadableBody(415, 'The request cannot be read as it was sent.');

/**
 * The body of a request: null without one, or if it is not declared as JSON. A body that is too large is read to its
 * end and dropped, since a client that is still writing reads no answer. Never resolves if the client disconnects.
 */
export async function readBody(request: IncomingMessage): Promise<JsonBody | UnreadableBody | null> {
  const { headers } = request;
  const [type, charset] = contentType(headers['content-type']);
  if (!hasBody(request) || type !== 'application/json') return null;
  if (!charset.startsWith('utf-') || (headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity')
    return OTHER_FORM;
  const bytes = await bytesOf(request);
  if (bytes === null) return TOO_LARGE;
  // Decoding other bytes would put in replacement characters, which the client never wrote.
  if (charset !== 'utf-8' || !isUtf8(bytes)) return NOT_UTF8;
  return parsed(bytes.toString());
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined;

/** The media type and the charset, in lower case. */
function contentType(header = ''): readonly [type: string, charset: string] {
  if (header === 'application/json') return [header, 'utf-8'];
  const [type = ''] = header.split(';', 1);
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(header)?.[1]?.toLowerCase() ?? 'utf-8';
  return [type.trim().toLowerCase(), charset === 'utf8' ? 'utf-8' : charset];
}

/** A piece takes some hundred bytes of memory besides its own. */
const MAX_KEPT_PIECES = 64;

/** Null for too many. */
function bytesOf(request: IncomingMessage): Promise<Buffer | null> {
  return new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_BODY_BYTES) chunks = [];
      else if (chunks.push(chunk) >= MAX_KEPT_PIECES) chunks = [Buffer.concat(chunks)];
    });
    request.once('end', () => {
      if (length > MAX_BODY_BYTES) resolve(null);
      else resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    });
  });
}

const BYTE_ORDER_MARK = '\uFEFF';

function parsed(bytes: string): JsonBody | UnreadableBody {
  const text = bytes.startsWith(BYTE_ORDER_MARK) ? bytes.slice(1) : bytes;
  if (text === '') return { text, value: {} };
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return NOT_JSON;
    return nestsTooDeep(value) ? TOO_DEEP : { text, value };
  } catch {
    return NOT_JSON;
  }
}
