import { Kind } from 'graphql';
import type { DocumentNode, FragmentDefinitionNode, SelectionSetNode } from 'graphql';

/**
 * The number of selections of the largest operation of a document with its fragments unfolded, which counting its cost
 * and executing it visit. Takes time in proportion to the document, even if fragments unfold to billions. A cycle
 * counts as nothing: validation refuses it.
 */
export function unfoldedSelections({ definitions }: DocumentNode): number {
  const fragments = new Map(
    definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [])),
  );
  const known = new Map<FragmentDefinitionNode, number>();

  const ofFragment = (name: string): number => {
    const fragment = fragments.get(name);
    if (!fragment) return 0;
    const before = known.get(fragment);
    if (before !== undefined) return before;
    known.set(fragment, 0);
    const found = count(fragment.selectionSet);
    known.set(fragment, found);
    return found;
  };

  const count = ({ selections }: SelectionSetNode): number => {
    let found = selections.length;
    for (const selection of selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) found += ofFragment(selection.name.value);
      else if (selection.selectionSet) found += count(selection.selectionSet);
    }
    return found;
  };

  return Math.max(
    0,
    ...definitions.map((node) => (node.kind === Kind.OPERATION_DEFINITION ? count(node.selectionSet) : 0)),
  );
}
