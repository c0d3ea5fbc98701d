import {
  BREAK,
  GraphQLError,
  OperationTypeNode,
  SingleFieldSubscriptionsRule,
  TokenKind,
  parse,
  specifiedRules,
  validate,
  visit,
} from 'graphql';
import type { DocumentNode, GraphQLSchema, ValidationRule } from 'graphql';
import { LRUCache } from 'lru-cache';
import { shortened } from '../errors/short-error.js';
import { tooManyPairs } from './field-pairs.js';
import type { Limits } from './limits.js';
import { singleFieldSubscriptions } from './root-fields.js';
import { limitRules, tooMuch } from './rules.js';
import { unfoldedSelections } from './unfolded.js';

/** Parsed and validated documents by their text, cached once for all transports. */
export interface Documents {
  get(query: string): DocumentNode | readonly GraphQLError[];
  /** The memory for keeping a document, in bytes. */
  weightOf(document: DocumentNode): number;
}

const MAX_DOCUMENTS = 1_000;
const MAX_BYTES = 64 << 20;
/** Reported errors per document. For each, graphql-js searches the whole schema for similar names. */
const MAX_ERRORS = 10;

export function createDocuments(schema: GraphQLSchema, limits: Limits): Documents {
  const rules: readonly ValidationRule[] = [
    ...limitRules(limits),
    singleFieldSubscriptions,
    ...specifiedRules.filter((rule) => rule !== SingleFieldSubscriptionsRule),
  ];
  const known = new LRUCache<string, DocumentNode | readonly GraphQLError[]>({
    max: MAX_DOCUMENTS,
    maxSize: MAX_BYTES,
  });
  const weights = new WeakMap<DocumentNode, number>();
  return {
    get(query) {
      const hit = known.get(query);
      if (hit) return hit;
      const document = readDocument(query, limits);
      if (!('definitions' in document)) return document;
      const errors = validate(schema, document, rules, { maxErrors: MAX_ERRORS });
      if (errors.length > 0) {
        // Cached, too: validating costs the same each time.
        const refusals = errors.map((error) => detached(error));
        if (!hasText(document)) known.set(query, refusals, { size: textBytes(query) + refusals.length * ERROR_BYTES });
        return refusals;
      }
      dropComments(document);
      const bytes = documentBytes(document, query);
      weights.set(document, bytes);
      if (!hasText(document)) known.set(query, document, { size: bytes });
      return document;
    },
    weightOf: (document) => weights.get(document) ?? MAX_BYTES,
  };
}

/** The parsed document, or why it is not even validated: all checks here take time in proportion to the text. */
function readDocument(query: string, limits: Limits): DocumentNode | readonly GraphQLError[] {
  if (query.length > limits.characters) {
    return [
      tooMuch(
        `The document has more than ${limits.characters} characters: send values as variables, and drop comments.`,
      ),
    ];
  }
  try {
    const document = parse(query, { maxTokens: limits.tokens });
    if (tooManyPairs(document, limits.pairs))
      return [tooMuch('The document selects the same fields too many times in one place: ask for each once there.')];
    const selections = unfoldedSelections(document);
    if (selections > limits.selections)
      return [
        tooMuch(`Selections limit of ${limits.selections} exceeded, found ${selections} with fragments unfolded.`),
      ];
    return document;
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return [coded(shortened(error), 'GRAPHQL_PARSE_FAILED')];
  }
}

function coded(error: GraphQLError, code: string): GraphQLError {
  Object.assign(error.extensions, { code });
  return error;
}

/** Without the nodes of the document, which would be kept with it. */
function detached(error: GraphQLError): GraphQLError {
  const { message, source, positions, extensions } = shortened(error);
  return new GraphQLError(message, {
    source: source ?? null,
    positions: positions ?? null,
    extensions: { ...extensions, code: 'GRAPHQL_VALIDATION_FAILED' },
  });
}

/**
 * Whether a mutation has text in the document itself instead of in variables. It may be a message to others, and
 * keeping it would outlive the account (`src/erasure/places.ts`). Clients do not send it a second time, either.
 */
function hasText(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    OperationDefinition: ({ operation }) => (operation === OperationTypeNode.MUTATION ? undefined : false),
    StringValue() {
      found = true;
      return BREAK;
    },
  });
  return found;
}

/** A document keeps all its tokens, and the limit on tokens does not count comments: unlinked, they take no memory. */
function dropComments({ loc }: DocumentNode): void {
  for (let token = loc?.startToken; token?.next; token = token.next) {
    while (token.next?.kind === TokenKind.COMMENT) Object.assign(token, { next: token.next.next });
    if (token.next) Object.assign(token.next, { prev: token });
  }
}

/*
 * The memory that keeping a document takes. Measured as the growth of the heap (Node 20) over 40 documents of each of
 * 22 kinds: per token 200 to 470 bytes, the most where each token is a field; per character of text 1 or 2 bytes, and
 * 6.3 where each is part of an escape such as \u0041. So the weight is 1.05 times the measured one or more, and up to
 * ten times that for white space and documents of a few tokens.
 */
const TOKEN_BYTES = 520;
const CHARACTER_BYTES = 8;
/** Data that others keep beside a document: its costs by variables, plans of its operations. */
const DERIVED_BYTES = 8_192;
/** The message and the places of a refusal, without the document. */
const ERROR_BYTES = 2_048;

const textBytes = (query: string): number => 2 * query.length + ERROR_BYTES;

function documentBytes({ loc }: DocumentNode, query: string): number {
  let tokens = 1;
  for (let token = loc?.startToken; token; token = token.next ?? undefined) tokens++;
  return CHARACTER_BYTES * query.length + tokens * TOKEN_BYTES + DERIVED_BYTES;
}
