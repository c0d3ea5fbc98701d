import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { Kind, OperationTypeNode, getOperationAST } from 'graphql';

/**
 * For `@Extensions`: what a whole crowd asks for in the same second. Over HTTP, operations of such fields alone are let
 * in by small groups.
 */
export const SHAREABLE_FIELD = { crowd: true } as const;

const known = new WeakMap<OperationDefinitionNode, boolean>();

/**
 * Whether all that a validated document asks for is marked so. What spreads a fragment at its root is not looked into.
 */
export function isShareable(schema: GraphQLSchema, document: DocumentNode, operationName: unknown): boolean {
  const operation = getOperationAST(document, typeof operationName === 'string' ? operationName : null);
  if (!operation || operation.operation === OperationTypeNode.SUBSCRIPTION) return false;
  const remembered = known.get(operation);
  if (remembered !== undefined) return remembered;
  const root = operation.operation === OperationTypeNode.MUTATION ? schema.getMutationType() : schema.getQueryType();
  const fields = root?.getFields() ?? {};
  const areShareable = operation.selectionSet.selections.every(
    (node) => node.kind === Kind.FIELD && fields[node.name.value]?.extensions.crowd === true,
  );
  known.set(operation, areShareable);
  return areShareable;
}
