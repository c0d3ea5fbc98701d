import type { DocumentNode, GraphQLSchema } from 'graphql';
import { TypeInfo, visit, visitWithTypeInfo } from 'graphql';
import { reachable } from './reachable.js';

/**
 * Whether the result of an operation can differ from viewer to viewer: it selects a field that is marked so, directly
 * or through fragments. Fields that `@skip` leaves out count: a group too many costs an execution, a group too few
 * would show a viewer data of another.
 */
export function dependsOnViewer(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
): boolean {
  const { operation, fragments } = reachable(document, operationName);
  const typeInfo = new TypeInfo(schema);
  let found = false;
  for (const definition of [operation, ...fragments]) {
    visit(
      definition,
      visitWithTypeInfo(typeInfo, {
        Field() {
          if (typeInfo.getFieldDef()?.extensions.viewerDependent === true) found = true;
        },
      }),
    );
  }
  return found;
}
