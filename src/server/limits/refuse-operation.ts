import { GraphQLError, Kind, OperationTypeNode, getOperationAST, getVariableValues } from 'graphql';
import type { CostQuestion } from './cost.js';
import { costWithin } from './cost.js';
import { tooManyItems } from './items.js';
import type { Limits } from './limits.js';
import { selectsNothing } from './root-fields.js';

/**
 * Why one operation of a validated document is not executed; null if it is. On every transport, before any other use of
 * the operation or its variables.
 * @param pay called last, with the cost of the operation: returns why it is not executed now
 */
export function refuseOperation(
  question: CostQuestion,
  limits: Limits,
  pay: (cost: number) => GraphQLError | null = () => null,
): GraphQLError | null {
  try {
    return refusalOf(question, limits, pay);
  } catch (error) {
    // Variables that do not fit.
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

function refusalOf(
  question: CostQuestion,
  limits: Limits,
  pay: (cost: number) => GraphQLError | null,
): GraphQLError | null {
  const { schema, document, operationName, variables } = question;
  const operation = getOperationAST(document, operationName);
  if (!operation) return badRequest(missing(question));
  if (tooManyItems(variables, limits.items))
    return badRequest(`The lists in the variables have more than ${limits.items} items: send fewer at a time.`);
  const cost = costWithin(question, limits.cost);
  if (typeof cost !== 'number') return cost;
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
    const { coerced = {} } = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {}, {
      maxErrors: 1,
    });
    if (selectsNothing(document, operation, coerced))
      return badRequest('@skip and @include leave nothing to subscribe to: leave the subscription out instead.');
  }
  return pay(cost);
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

/** No operation has an empty name: clients that fill in every field mean null by it. */
export const givenName = (operationName: string | null | undefined): string | null =>
  operationName === '' ? null : (operationName ?? null);
