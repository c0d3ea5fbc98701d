import { GraphQLError, getOperationAST, getVariableValues } from 'graphql';
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { fieldExtensionsEstimator, getComplexity, simpleEstimator } from 'graphql-query-complexity';
import type { ComplexityEstimator } from 'graphql-query-complexity';
import { shortened } from '../errors/short-error.js';
import { introspectionEstimator } from './introspection-cost.js';
import { tooMuch } from './rules.js';

export interface CostQuestion {
  readonly schema: GraphQLSchema;
  /** Validated; contains the operation. */
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

const estimatorsOfSchemas = new WeakMap<GraphQLSchema, ComplexityEstimator[]>();

function estimatorsOf(schema: GraphQLSchema): ComplexityEstimator[] {
  const made = estimatorsOfSchemas.get(schema) ?? [
    fieldExtensionsEstimator(),
    introspectionEstimator(schema),
    simpleEstimator({ defaultComplexity: 1 }),
  ];
  estimatorsOfSchemas.set(schema, made);
  return made;
}

/**
 * The cost of an operation, or the refusal of one that costs too much.
 * @throws {GraphQLError} variables do not fit the document
 */
export function costWithin(question: CostQuestion, limit: number): number | GraphQLError {
  const cost = knownCostOf(question);
  if (cost <= limit) return cost;
  const found = Number.isFinite(cost) ? Math.ceil(cost) : `more than ${MAX_NODES}`;
  return tooMuch(`Cost limit of ${limit} exceeded, found ${found}: ask for smaller pages or fewer fields.`);
}

/** The refusal of an operation that costs too much, or null. @throws as `costWithin` */
export function refuseCost(question: CostQuestion, limit: number): GraphQLError | null {
  const cost = costWithin(question, limit);
  return typeof cost === 'number' ? null : cost;
}

/** No operation within the limits has this many selections. */
const MAX_NODES = 10_000;

const costs = new WeakMap<OperationDefinitionNode, Map<string, number>>();
/** Per operation: clients request pages of a few sizes. */
const MAX_KEPT = 10;
/** The key contains the names of variables: a longer one is not worth keeping. */
const MAX_KEY = 200;

/**
 * Counting takes longer than reading a page. The cost depends only on the variables that are numbers and booleans, and
 * on missing ones.
 */
function knownCostOf(question: CostQuestion): number {
  const { schema, document, operationName, variables } = question;
  const operation = getOperationAST(document, operationName);
  if (!operation) throw new Error('the operation was looked for before its cost');
  const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {}, {
    maxErrors: 1,
  });
  // Each error prints the whole value: coercing without a bound lets one request occupy a process for seconds.
  if (!coerced) throw shortened(errors[0]!);
  const kept = costs.get(operation) ?? new Map<string, number>();
  costs.set(operation, kept);
  const key = JSON.stringify(
    Object.entries(coerced).filter(([, value]) => typeof value === 'number' || typeof value === 'boolean'),
  );
  const known = kept.get(key);
  if (known !== undefined) return known;
  const cost = costOf(question);
  if (kept.size >= MAX_KEPT) kept.clear();
  if (key.length <= MAX_KEY) kept.set(key, cost);
  return cost;
}

function costOf({ schema, document, operationName, variables }: CostQuestion): number {
  try {
    return getComplexity({
      schema,
      query: document,
      ...(operationName ? { operationName } : {}),
      variables: variables ?? {},
      estimators: estimatorsOf(schema),
      maxQueryNodes: MAX_NODES,
    });
  } catch (error) {
    // Values that do not fit are reported with their place; the end of counting has none.
    if (error instanceof GraphQLError && !error.nodes) return Infinity;
    throw error;
  }
}
