import http from 'node:http';
import https from 'node:https';
import { urlToHttpOptions } from 'node:url';
import { Failure, failureOf } from './failure.js';
import type { GraphQLErrorLike } from './failure.js';

/** GraphQL over HTTP on kept connections, which all users of a thread share. */
export interface HttpClient {
  /**
   * Runs an operation once.
   * @throws {Failure} there was no answer, or the answer has errors
   */
  run<Data>(token: string | undefined, query: string, variables: object): Promise<Data>;
  close(): void;
}

/** The server waits up to 10 s for a command. */
const TIMEOUT_MS = 15_000;
/** More at once wait in the agent, and the wait counts: operations are timed from their due times. */
const CONNECTIONS = 64;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

export function openHttp(url: string): HttpClient {
  const target = new URL(url);
  const address = urlToHttpOptions(target);
  const { Agent, request } = target.protocol === 'https:' ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, scheduling: 'fifo' });

  const post = (token: string | undefined, body: string): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const sent = request(
        {
          ...address,
          agent,
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
            ...(token !== undefined && { authorization: `Bearer ${token}` }),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          let bytes = 0;
          response.on('data', (chunk: Buffer) => {
            chunks.push(chunk);
            if ((bytes += chunk.length) > MAX_ANSWER_BYTES) sent.destroy(new Error('the answer is too large'));
          });
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
          );
          response.on('error', reject);
        },
      );
      sent.setTimeout(TIMEOUT_MS, () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
      sent.on('error', reject);
      sent.end(body);
    });

  return {
    async run<Data>(token: string | undefined, query: string, variables: object): Promise<Data> {
      const { status, text } = await post(token, JSON.stringify({ query, variables })).catch((error: Error) => {
        throw new Failure('NETWORK', error.message);
      });
      const { data, errors } = parsed(text, status);
      if (errors?.length) throw failureOf(errors);
      return data as Data;
    },
    close: () => agent.destroy(),
  };
}

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly GraphQLErrorLike[];
}

function parsed(text: string, status: number): Answer {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    // A proxy between the two, or another program at this address.
    if (status >= 500) throw new Failure('NETWORK', `HTTP ${status} without an answer of Madang`);
    throw new Failure(`HTTP_${status}`, `HTTP ${status} without an answer of Madang: is the URL right?`);
  }
}
