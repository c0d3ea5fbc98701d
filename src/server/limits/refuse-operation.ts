import { GraphQLError, Kind, OperationTypeNode, getOperationAST, getVariableValues } from 'graphql';
import type { CostQuestion } from './cost.js';
import { refuseCost } from './cost.js';
import type { Limits } from './limits.js';
import { selectsNothing } from './root-fields.js';

/**
 * Why one operation of a validated document is not executed; null where it is. On every transport, before anything else
 * looks at the operation or its variables.
 */
export function refuseOperation(question: CostQuestion, limits: Limits): GraphQLError | null {
  try {
    return refusalOf(question, limits);
  } catch (error) {
    // Variables that do not fit.
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

function refusalOf(question: CostQuestion, { cost }: Limits): GraphQLError | null {
  const { schema, document, operationName, variables } = question;
  const operation = getOperationAST(document, operationName);
  if (!operation) return badRequest(missing(question));
  const refused = refuseCost(question, cost);
  if (refused || operation.operation !== OperationTypeNode.SUBSCRIPTION) return refused;
  const { coerced = {} } = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {}, {
    maxErrors: 1,
  });
  if (!selectsNothing(document, operation, coerced)) return null;
  return badRequest('@skip and @include leave nothing to subscribe to: leave the subscription out instead.');
}

function missing({ document, operationName }: CostQuestion): string {
  if (operationName) return `The document has no operation named ${JSON.stringify(operationName)}.`;
  const some = document.definitions.some(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  return some
    ? 'Name the operation to execute: the document has several.'
    : 'The document has no operation: send a query, mutation or subscription.';
}

const badRequest = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

/** No operation has an empty name: clients that fill in every field mean that they name none. */
export const givenName = (operationName: string | null | undefined): string | null =>
  operationName === '' ? null : (operationName ?? null);
