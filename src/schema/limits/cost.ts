import { GraphQLError } from 'graphql';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { fieldExtensionsEstimator, getComplexity, simpleEstimator } from 'graphql-query-complexity';
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
 * The refusal of an operation that costs too much, or null. It depends on the variables, so it cannot be kept with the document.
 * @throws {GraphQLError} for variables that do not fit the document
 */
export function refuseCost(question: CostQuestion, limit: number): GraphQLError | null {
  const cost = costOf(question);
  if (cost <= limit) return null;
  const found = Number.isFinite(cost) ? cost : `more than ${MAX_NODES}`;
  return tooMuch(`Cost limit of ${limit} exceeded, found ${found}: ask for smaller pages or fewer fields.`);
}

/** Fragments that spread fragments can unfold without end; counting stops here. */
const MAX_NODES = 10_000;

function costOf({ schema, document, operationName, variables }: CostQuestion): number {
  try {
    return getComplexity({ schema, query: document, ...(operationName ? { operationName } : {}), variables: variables ?? {}, estimators, maxQueryNodes: MAX_NODES });
  } catch (error) {
    // Values that do not fit are reported with their place; the end of counting has none.
    if (error instanceof GraphQLError && !error.nodes) return Infinity;
    throw error;
  }
}
