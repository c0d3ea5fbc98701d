import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { Kind, OperationTypeNode, getOperationAST } from 'graphql';

/**
 * For `@Extensions`: a field that a burst of clients requests in the same second. Over HTTP, operations that consist of
 * such fields are admitted in small groups.
 */
export const SHAREABLE_FIELD = { shareable: true } as const;

const known = new WeakMap<OperationDefinitionNode, boolean>();

/** Whether all root fields of a validated operation are marked so. Fragments at the root are not followed. */
export function isShareable(schema: GraphQLSchema, document: DocumentNode, operationName: unknown): boolean {
  const operation = getOperationAST(document, typeof operationName === 'string' ? operationName : null);
  if (!operation || operation.operation === OperationTypeNode.SUBSCRIPTION) return false;
  const remembered = known.get(operation);
  if (remembered !== undefined) return remembered;
  const root = operation.operation === OperationTypeNode.MUTATION ? schema.getMutationType() : schema.getQueryType();
  const fields = root?.getFields() ?? {};
  const areShareable = operation.selectionSet.selections.every(
    (node) => node.kind === Kind.FIELD && fields[node.name.value]?.extensions.shareable === true,
  );
  known.set(operation, areShareable);
  return areShareable;
}
