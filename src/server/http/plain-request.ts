import { givenName } from '../limits/refuse-operation.js';
import type { FetchOperation } from './shared-answers.js';

// Requests as nearly all clients send them: the rules of GraphQL over HTTP leave nothing to decide about them.

/** Null for any body that Apollo Server may have to refuse. */
export function operationIn(body: object): FetchOperation | null {
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

/** The type of Apollo Server's answer, if the first accepted type of the client determines it. */
export function mediaType(accept = '*/*'): string | null {
  const [first = ''] = accept.split(',', 1);
  if (accept.trim() === '*/*') return JSON_TYPES[0]!;
  return JSON_TYPES.find((type) => type === first.trim().toLowerCase()) ?? null;
}
