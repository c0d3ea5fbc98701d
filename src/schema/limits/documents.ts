import { GraphQLError, TokenKind, parse, specifiedRules, validate } from 'graphql';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Limits } from './limits.js';
import { limitRules, tooMuch } from './rules.js';

/** Parsed and validated documents by their text: however many subscribers send the same one, it is read once. */
export interface Documents {
  get(query: string): DocumentNode | readonly GraphQLError[];
}

const MAX_DOCUMENTS = 1_000;
const MAX_BYTES = 64 << 20;
/** A token and its part of the tree, on the heap. */
const TOKEN_BYTES = 300;

export function createDocuments(schema: GraphQLSchema, limits: Limits): Documents {
  const rules = [...limitRules(limits), ...specifiedRules];
  const known = new LRUCache<string, DocumentNode>({ max: MAX_DOCUMENTS, maxSize: MAX_BYTES, sizeCalculation: weight });
  return {
    get(query) {
      const hit = known.get(query);
      if (hit) return hit;
      if (isTooLong(query, limits)) return [documentTooLong(limits)];
      let document: DocumentNode;
      try {
        document = parse(query, { maxTokens: limits.tokens });
      } catch (error) {
        if (!(error instanceof GraphQLError)) throw error;
        return [coded(error, 'GRAPHQL_PARSE_FAILED')];
      }
      const errors = validate(schema, document, rules);
      if (errors.length > 0) return errors.map((error) => coded(error, 'GRAPHQL_VALIDATION_FAILED'));
      dropComments(document);
      known.set(query, document);
      return document;
    },
  };
}

function coded(error: GraphQLError, code: string): GraphQLError {
  Object.assign(error.extensions, { code });
  return error;
}

export const isTooLong = (query: string, { characters }: Limits): boolean => query.length > characters;

export const documentTooLong = ({ characters }: Limits): GraphQLError =>
  tooMuch(`The document has more than ${characters} characters: send values as variables, and drop comments.`);

/** A document keeps all its tokens, and the limit on tokens does not count comments: unlinked, they cost nothing to keep. */
function dropComments({ loc }: DocumentNode): void {
  for (let token = loc?.startToken; token?.next; token = token.next) {
    while (token.next?.kind === TokenKind.COMMENT) Object.assign(token, { next: token.next.next });
    if (token.next) Object.assign(token.next, { prev: token });
  }
}

/** In bytes, about: the text twice (as the key, and as the source), and the tokens. */
function weight({ loc }: DocumentNode, query: string): number {
  let tokens = 1;
  for (let token = loc?.startToken; token; token = token.next ?? undefined) tokens++;
  return 4 * query.length + tokens * TOKEN_BYTES;
}
