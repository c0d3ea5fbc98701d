import type { DocumentNode, GraphQLSchema } from 'graphql';
import { Kind, OperationTypeNode, getOperationAST } from 'graphql';

/** For `@Extensions`: what a whole crowd asks for in the same second. Over HTTP, operations of such fields alone are let in by small groups. */
export const CROWD_FIELD = { crowd: true } as const;

/** The names of the fields that are marked so: a text that has none of them asks for nothing of the kind. */
export const crowdFields = (schema: GraphQLSchema): readonly string[] =>
  [schema.getQueryType(), schema.getMutationType()].flatMap((root) =>
    Object.values(root?.getFields() ?? {}).flatMap(({ name, extensions }) => (extensions.crowd === true ? [name] : [])),
  );

const known = new WeakMap<DocumentNode, Map<string, boolean>>();

/** Whether all that a validated document asks for is marked so. What spreads a fragment at its root is not looked into. */
export function isForCrowds(schema: GraphQLSchema, document: DocumentNode, operationName: string | null | undefined): boolean {
  const ofDocument = known.get(document) ?? new Map<string, boolean>();
  known.set(document, ofDocument);
  const remembered = ofDocument.get(operationName ?? '');
  if (remembered !== undefined) return remembered;
  const operation = getOperationAST(document, operationName);
  const root = operation?.operation === OperationTypeNode.MUTATION ? schema.getMutationType() : schema.getQueryType();
  const fields = root?.getFields() ?? {};
  const forCrowds =
    operation !== null &&
    operation !== undefined &&
    operation.operation !== OperationTypeNode.SUBSCRIPTION &&
    operation.selectionSet.selections.every((node) => node.kind === Kind.FIELD && fields[node.name.value]?.extensions.crowd === true);
  // A client may make names up; a document has few operations.
  if (ofDocument.size < 10) ofDocument.set(operationName ?? '', forCrowds);
  return forCrowds;
}
