import type { ArgumentNode, ASTNode, FragmentDefinitionNode, OperationDefinitionNode } from 'graphql';
import { Kind, print, visit } from 'graphql';

export interface Normalised {
  /** Equal for definitions that execute to equal results, as far as a cheap comparison shows. */
  readonly text: string;
  /** The variables in the text, in the order of their first use. */
  readonly variables: readonly string[];
}

/**
 * The text of an operation and the fragments that it uses, without differences that do not affect the results: white
 * space and comments, the names and the order of definitions, names of variables, aliases that repeat the name of their
 * field, the order of arguments, and how a string is written. Linear in the size of the document: fragments are not
 * unfolded.
 */
export function normalised(definitions: readonly (OperationDefinitionNode | FragmentDefinitionNode)[]): Normalised {
  const all = new Map(
    definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [])),
  );
  const fragments = new Map<string, string>();
  const variables = new Map<string, string>();
  const queue: FragmentDefinitionNode[] = [];

  const renamed = (names: Map<string, string>, prefix: string, name: string): string => {
    const known = names.get(name) ?? `${prefix}${names.size}`;
    names.set(name, known);
    return known;
  };
  const fragment = (name: string): string => {
    const definition = fragments.has(name) ? undefined : all.get(name);
    if (definition) queue.push(definition);
    return renamed(fragments, 'F', name);
  };

  const write = (node: ASTNode): string =>
    print(
      visit(node, {
        Field: ({ alias, ...field }) => ({
          ...field,
          ...(alias && alias.value !== field.name.value ? { alias } : {}),
          ...(field.arguments ? { arguments: sorted(field.arguments) } : {}),
        }),
        Directive: (directive) => ({ ...directive, arguments: sorted(directive.arguments ?? []) }),
        FragmentSpread: (spread) => ({ ...spread, name: { ...spread.name, value: fragment(spread.name.value) } }),
        Variable: (variable) => ({
          ...variable,
          name: { ...variable.name, value: renamed(variables, 'v', variable.name.value) },
        }),
        StringValue: (value) => ({ ...value, block: false }),
      }),
    );

  const texts = definitions
    .filter((node) => node.kind === Kind.OPERATION_DEFINITION)
    .map(({ name: _name, ...operation }) => write({ ...operation, variableDefinitions: [] }));
  // Fragments that these spread join the queue in turn.
  for (let next = queue.shift(); next; next = queue.shift()) {
    texts.push(write({ ...next, name: { ...next.name, value: fragment(next.name.value) } }));
  }
  return { text: texts.join('\n'), variables: [...variables.keys()] };
}

const sorted = (given: readonly ArgumentNode[]): readonly ArgumentNode[] =>
  given.toSorted((a, b) => (a.name.value < b.name.value ? -1 : 1));
