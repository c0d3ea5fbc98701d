import { GraphQLError, parse, specifiedRules, validate } from 'graphql';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Limits } from './limits.js';
import { limitRules } from './rules.js';

/** Parsed and validated documents by their text: however many subscribers send the same one, it is read once. */
export interface Documents {
  get(query: string): DocumentNode | readonly GraphQLError[];
}

const MAX_DOCUMENTS = 1_000;
const MAX_CHARACTERS = 4 << 20;

export function createDocuments(schema: GraphQLSchema, limits: Limits): Documents {
  const rules = [...limitRules(limits), ...specifiedRules];
  const known = new LRUCache<string, DocumentNode>({ max: MAX_DOCUMENTS, maxSize: MAX_CHARACTERS, sizeCalculation: (_document, query) => query.length || 1 });
  return {
    get(query) {
      const hit = known.get(query);
      if (hit) return hit;
      let document: DocumentNode;
      try {
        document = parse(query, { maxTokens: limits.tokens });
      } catch (error) {
        if (!(error instanceof GraphQLError)) throw error;
        return [coded(error, 'GRAPHQL_PARSE_FAILED')];
      }
      const errors = validate(schema, document, rules);
      if (errors.length > 0) return errors.map((error) => coded(error, 'GRAPHQL_VALIDATION_FAILED'));
      known.set(query, document);
      return document;
    },
  };
}

function coded(error: GraphQLError, code: string): GraphQLError {
  Object.assign(error.extensions, { code });
  return error;
}
