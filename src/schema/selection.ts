import type { FragmentDefinitionNode, GraphQLResolveInfo, SelectionSetNode } from 'graphql';
import { Kind } from 'graphql';

/**
 * Whether a field of this name is selected anywhere below the field that is being resolved. Ignores `@skip` and
 * `@include`.
 */
export function selectsBelow(info: Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>, name: string): boolean {
  const seen = new Set<FragmentDefinitionNode>();
  const holds = (set: SelectionSetNode | undefined): boolean =>
    set !== undefined &&
    set.selections.some((selection) => {
      switch (selection.kind) {
        case Kind.FIELD:
          return selection.name.value === name || holds(selection.selectionSet);
        case Kind.INLINE_FRAGMENT:
          return holds(selection.selectionSet);
        case Kind.FRAGMENT_SPREAD: {
          const fragment = info.fragments[selection.name.value];
          if (!fragment || seen.has(fragment)) return false;
          seen.add(fragment);
          return holds(fragment.selectionSet);
        }
        default:
          return selection satisfies never;
      }
    });
  return info.fieldNodes.some((node) => holds(node.selectionSet));
}
