import { GraphQLError } from 'graphql';
import type { ExecutionResult } from 'graphql';

/** Punctuation, and the places and code of an error. */
const MEMBER_BYTES = 4;
const VALUE_BYTES = 6;
const ERROR_BYTES = 250;

export interface Measured {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string }[] | undefined;
}

/**
 * Whether an answer takes more than `limit` bytes as JSON, decided before it is serialised: the result of an execution
 * shares the strings that JSON repeats, so a text under 29 aliases takes memory once until then. Counted as UTF-8
 * without escapes, of which stored text has few.
 */
export function exceeds({ data, errors = [] }: Measured, limit: number): boolean {
  let left = limit;
  const take = (value: unknown): void => {
    if (left < 0) return;
    if (typeof value === 'string') left -= Buffer.byteLength(value) + MEMBER_BYTES;
    else if (typeof value !== 'object' || value === null) left -= VALUE_BYTES;
    else if (Array.isArray(value)) for (const each of value) take(each);
    else {
      for (const name in value) {
        left -= name.length + MEMBER_BYTES;
        take((value as Readonly<Record<string, unknown>>)[name]);
      }
    }
  };
  for (const { message } of errors) left -= message.length + ERROR_BYTES;
  take(data);
  return left < 0;
}

export function answerTooLarge(limit: number): GraphQLError {
  const message =
    `The answer has more than ${limit} bytes: ask for smaller pages, or for fewer fields. ` +
    'A mutation has taken effect.';
  return new GraphQLError(message, { extensions: { code: 'ANSWER_TOO_LARGE' } });
}

/** The result, or the refusal that replaces one that is too large. */
export function boundedAnswer(result: ExecutionResult, limit: number, refused: () => void): ExecutionResult {
  if (!exceeds(result, limit)) return result;
  refused();
  return { errors: [answerTooLarge(limit)], data: null };
}
