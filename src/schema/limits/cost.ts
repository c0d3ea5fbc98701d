import { GraphQLError, getOperationAST, getVariableValues } from 'graphql';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { fieldExtensionsEstimator, getComplexity, simpleEstimator } from 'graphql-query-complexity';
import { LRUCache } from 'lru-cache';
import { tooMuch } from './rules.js';

export interface CostQuestion {
  readonly schema: GraphQLSchema;
  /** Validated; `operationName` is one of its operations where it has several. */
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

const estimators = [fieldExtensionsEstimator(), simpleEstimator({ defaultComplexity: 1 })];

/**
 * The refusal of an operation that costs too much, or null.
 * @throws {GraphQLError} for variables that do not fit the document
 */
export function refuseCost(question: CostQuestion, limit: number): GraphQLError | null {
  const cost = knownCostOf(question);
  if (cost <= limit) return null;
  const found = Number.isFinite(cost) ? cost : `more than ${MAX_NODES}`;
  return tooMuch(`Cost limit of ${limit} exceeded, found ${found}: ask for smaller pages or fewer fields.`);
}

/** Fragments that spread fragments can unfold without end; counting stops here. */
const MAX_NODES = 10_000;

const costs = new WeakMap<DocumentNode, LRUCache<string, number>>();
/** Of a document: clients ask for pages of a few sizes. */
const MAX_KEPT = 100;

/** Counting takes longer than reading a page. Of the variables, the cost depends on how much is asked for and on what is left out: on numbers and booleans. */
function knownCostOf(question: CostQuestion): number {
  const { schema, document, operationName, variables } = question;
  const operation = getOperationAST(document, operationName);
  const { coerced, errors } = getVariableValues(schema, operation?.variableDefinitions ?? [], variables ?? {}, { maxErrors: 1 });
  // Each error prints the whole value, so coercing without a bound on them lets one request hold a process for seconds.
  if (!coerced) throw shortened(errors[0]!);
  const kept = costs.get(document) ?? new LRUCache<string, number>({ max: MAX_KEPT });
  costs.set(document, kept);
  const key = JSON.stringify([operationName, Object.entries(coerced).filter(([, value]) => typeof value === 'number' || typeof value === 'boolean')]);
  const cost = kept.get(key) ?? costOf(question);
  kept.set(key, cost);
  return cost;
}

const MAX_MESSAGE = 500;

/** Keeps the name of the variable, at the beginning, and the reason, at the end, of a message that has the whole value between them. */
function shortened(error: GraphQLError): GraphQLError {
  const { message, nodes } = error;
  if (message.length <= MAX_MESSAGE) return error;
  const half = MAX_MESSAGE / 2;
  return new GraphQLError(`${message.slice(0, half)} … ${message.slice(-half)}`, { nodes: nodes ?? null });
}

function costOf({ schema, document, operationName, variables }: CostQuestion): number {
  try {
    return getComplexity({ schema, query: document, ...(operationName ? { operationName } : {}), variables: variables ?? {}, estimators, maxQueryNodes: MAX_NODES });
  } catch (error) {
    // Values that do not fit are reported with their place; the end of counting has none.
    if (error instanceof GraphQLError && !error.nodes) return Infinity;
    throw error;
  }
}
