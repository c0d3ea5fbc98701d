import {
  GraphQLError,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  OperationTypeNode,
  getDirectiveValues,
} from 'graphql';
import type {
  ASTVisitor,
  DirectiveNode,
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  OperationDefinitionNode,
  SelectionNode,
  SelectionSetNode,
  ValidationContext,
} from 'graphql';

type Values = Readonly<Record<string, unknown>>;
type Includes = (selection: SelectionNode) => boolean;

/** The root fields of an operation, directly and through fragments, that `includes` accepts. */
function rootFields(
  { selectionSet }: OperationDefinitionNode,
  fragmentOf: (name: string) => FragmentDefinitionNode | null | undefined,
  includes: Includes,
): readonly FieldNode[] {
  const found: FieldNode[] = [];
  const seen = new Set<string>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (!includes(selection)) continue;
      if (selection.kind === Kind.FIELD) found.push(selection);
      else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
      else if (!seen.has(selection.name.value)) {
        seen.add(selection.name.value);
        const fragment = fragmentOf(selection.name.value);
        if (fragment) collect(fragment.selectionSet);
      }
    }
  };
  collect(selectionSet);
  return found;
}

/** Whether `@skip` and `@include` leave nothing of an operation. @param variables coerced */
export function selectsNothing(document: DocumentNode, operation: OperationDefinitionNode, variables: Values): boolean {
  const fragmentOf = (name: string) =>
    document.definitions.find(
      (node): node is FragmentDefinitionNode => node.kind === Kind.FRAGMENT_DEFINITION && node.name.value === name,
    );
  const includes: Includes = (selection) =>
    getDirectiveValues(GraphQLSkipDirective, selection, variables)?.if !== true &&
    getDirectiveValues(GraphQLIncludeDirective, selection, variables)?.if !== false;
  return rootFields(operation, fragmentOf, includes).length === 0;
}

/**
 * A subscription has one root field. graphql-js's own rule evaluates `@skip` and `@include` as if every variable were
 * missing, and throws if one is required: here a field that depends on a variable may be there, and `selectsNothing`
 * decides once the variables are known.
 */
export function singleFieldSubscriptions(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(operation) {
      if (operation.operation !== OperationTypeNode.SUBSCRIPTION) return;
      const what = operation.name ? `Subscription "${operation.name.value}"` : 'Anonymous Subscription';
      const fields = rootFields(operation, (name) => context.getFragment(name), mayBeIncluded);
      const names = new Set(fields.map(({ alias, name }) => (alias ?? name).value));
      if (names.size > 1)
        context.reportError(
          new GraphQLError(`${what} must select only one top level field.`, { nodes: fields.slice(1) }),
        );
      const introspection = fields.filter(({ name }) => name.value.startsWith('__'));
      if (introspection.length > 0) {
        context.reportError(
          new GraphQLError(`${what} must not select an introspection top level field.`, { nodes: introspection }),
        );
      }
    },
  };
}

const mayBeIncluded: Includes = ({ directives = [] }) =>
  !directives.some((node) => isLiteral(node, 'skip', true) || isLiteral(node, 'include', false));

const isLiteral = ({ name, arguments: given = [] }: DirectiveNode, directive: string, condition: boolean): boolean =>
  name.value === directive &&
  given.some(
    ({ name: { value }, value: literal }) =>
      value === 'if' && literal.kind === Kind.BOOLEAN && literal.value === condition,
  );
