import type { DocumentNode, FragmentDefinitionNode, OperationDefinitionNode } from 'graphql';
import { Kind, getOperationAST, visit } from 'graphql';

export interface Reachable {
  readonly operation: OperationDefinitionNode;
  /** Every fragment that the operation spreads, directly or through others, in the order of their names. */
  readonly fragments: readonly FragmentDefinitionNode[];
}

/** The operation and its fragments: the only parts of the document that affect the result. */
export function reachable(document: DocumentNode, operationName: string | null | undefined): Reachable {
  const operation = getOperationAST(document, operationName);
  if (!operation) throw new Error('the document was validated and has the operation');
  const all = new Map(
    document.definitions.flatMap((node) =>
      node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [],
    ),
  );
  const used = new Map<string, FragmentDefinitionNode>();
  const follow = (node: OperationDefinitionNode | FragmentDefinitionNode): void => {
    visit(node, {
      FragmentSpread({ name: { value } }) {
        const fragment = all.get(value);
        if (!fragment || used.has(value)) return;
        used.set(value, fragment);
        follow(fragment);
      },
    });
  };
  follow(operation);
  return { operation, fragments: [...used.values()].sort((a, b) => (a.name.value < b.name.value ? -1 : 1)) };
}
