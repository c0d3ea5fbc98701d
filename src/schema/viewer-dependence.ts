import type { FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode, DocumentNode } from 'graphql';
import { TypeInfo, visit, visitWithTypeInfo } from 'graphql';
import { reachable } from './reachable.js';

/**
 * Whether the result of an operation can differ from viewer to viewer: it selects a field that is marked so, directly
 * or through fragments. Fields that `@skip` leaves out count: a group too many costs an execution, a group too few
 * would show a viewer data of another. Fields of a new message that are empty lists do not count, nor does what is
 * selected in them (`SHOWS_NEW`, `EMPTY_IF_NEW`).
 */
export function dependsOnViewer(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
): boolean {
  const { operation, fragments } = reachable(document, operationName);
  const byName = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
  /** The fragments that were looked into, as a part of a new object and otherwise. */
  const seen = { new: new Set<string>(), other: new Set<string>() };
  const queue: { readonly node: OperationDefinitionNode | FragmentDefinitionNode; readonly isNew: boolean }[] = [
    { node: operation, isNew: false },
  ];
  let found = false;

  const enter = (name: string, isNew: boolean): void => {
    const of = isNew ? seen.new : seen.other;
    if (of.has(name)) return;
    of.add(name);
    queue.push({ node: byName.get(name)!, isNew });
  };

  for (let next = queue.shift(); next && !found; next = queue.shift()) {
    const typeInfo = new TypeInfo(schema);
    /** Of the selection sets around the current node: whether each is that of a new object. */
    const isNew = [next.isNew];
    visit(
      next.node,
      visitWithTypeInfo(typeInfo, {
        Field: {
          enter() {
            const extensions = typeInfo.getFieldDef()?.extensions ?? {};
            if (isNew.at(-1) && extensions.emptyIfNew === true) return false;
            if (extensions.viewerDependent === true) found = true;
            isNew.push(extensions.showsNew === true);
            return undefined;
          },
          leave: () => void isNew.pop(),
        },
        FragmentSpread: ({ name: { value } }) => enter(value, isNew.at(-1)!),
      }),
    );
  }
  return found;
}
