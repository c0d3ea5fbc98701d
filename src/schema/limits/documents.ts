import { GraphQLError, Kind, TokenKind, parse, specifiedRules, validate, visit } from 'graphql';
import type { DefinitionNode, DocumentNode, GraphQLSchema } from 'graphql';
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
  const known = new LRUCache<string, DocumentNode | readonly GraphQLError[]>({ max: MAX_DOCUMENTS, maxSize: MAX_BYTES });
  return {
    get(query) {
      const hit = known.get(query);
      if (hit) return hit;
      const document = readDocument(query, limits);
      if (!('definitions' in document)) return document;
      const errors = validate(schema, document, rules);
      dropComments(document);
      // Remembered, too: validating costs the same each time.
      const outcome = errors.length > 0 ? errors.map((error) => coded(error, 'GRAPHQL_VALIDATION_FAILED')) : document;
      const bytes = weight(document, query);
      if (bytes <= MAX_BYTES) known.set(query, outcome, { size: bytes });
      return outcome;
    },
  };
}

/** The document as its text says, or why it is not even held against the schema: all that is looked at here takes time in proportion to the text. */
export function readDocument(query: string, limits: Limits): DocumentNode | readonly GraphQLError[] {
  if (query.length > limits.characters) {
    return [tooMuch(`The document has more than ${limits.characters} characters: send values as variables, and drop comments.`)];
  }
  try {
    const document = parse(query, { maxTokens: limits.tokens });
    const name = repeatedName(document, limits.repeats);
    return name === null ? document : [tooMuch(`The document selects ${name} more than ${limits.repeats} times: ask for it once in each place.`)];
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return [coded(error, 'GRAPHQL_PARSE_FAILED')];
  }
}

/** Validation compares all fields of one response name in a place with one another: a bound on those keeps it from being quadratic. */
function repeatedName({ definitions }: DocumentNode, limit: number): string | null {
  const inFragments = new Map<string, number>();
  for (const definition of definitions) if (definition.kind === Kind.FRAGMENT_DEFINITION) countNames(definition, inFragments);
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) continue;
    // Fields of two operations never meet; those of fragments may meet in any of them.
    const own = countNames(definition, new Map());
    for (const [name, count] of own) if (count + (inFragments.get(name) ?? 0) > limit) return name;
  }
  for (const [name, count] of inFragments) if (count > limit) return name;
  return null;
}

function countNames(definition: DefinitionNode, counts: Map<string, number>): ReadonlyMap<string, number> {
  visit(definition, {
    Field({ name, alias }) {
      const key = (alias ?? name).value;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
  });
  return counts;
}

function coded(error: GraphQLError, code: string): GraphQLError {
  Object.assign(error.extensions, { code });
  return error;
}

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
