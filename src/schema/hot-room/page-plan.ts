import type {
  ArgumentNode,
  FieldNode,
  GraphQLError,
  GraphQLField,
  GraphQLFormattedError,
  GraphQLSchema,
  OperationDefinitionNode,
} from 'graphql';
import { getArgumentValues, getLocation, getVariableValues, isNonNullType } from 'graphql';
import type { RoomId } from '../../events/ids.js';
import { pageKey } from './pages.js';

type Values = Readonly<Record<string, unknown>>;

/** The error that a refused client gets. */
export type Refusal = Readonly<Pick<GraphQLError, 'message' | 'extensions'>>;

export interface Page {
  readonly roomId: RoomId;
  /** Identifies the page among all pages of all rooms. */
  readonly key: string;
}

/**
 * The plan of a query for one page of one room, not the newest: if the room refuses the fetch, the answer is known
 * without executing the query.
 */
export interface PagePlan {
  /**
   * Null where the variables do not fit, name no room, or ask for the newest page: then only executing the query can
   * answer.
   */
  page(variables: Values | null | undefined): Page | null;
  /**
   * The answer that executing it would give if the room's field threw this refusal. It is data, so that a burst of
   * refused clients costs no error object each.
   */
  refused(refusal: Refusal): { readonly errors: readonly [GraphQLFormattedError]; readonly data: Values };
}

/** A field of a query that is marked with `@hotRoom`. */
export interface MarkedField {
  readonly node: FieldNode;
  readonly field: GraphQLField<unknown, unknown>;
  /** Arguments that lead away from the newest page. */
  readonly away: readonly string[];
}

export interface PagePlanOptions {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  /** The query's only root field, which asks for a room. */
  readonly root: FieldNode;
  readonly marked: readonly MarkedField[];
  readonly roomOf: (variables: Values) => RoomId | null;
  readonly isGiven: (argument: ArgumentNode, variables: Values) => boolean;
}

const responseKey = ({ alias, name }: FieldNode): string => (alias ?? name).value;

/** Null where the query asks for more than such a page, or may leave the page out. */
export function pagePlan({ schema, operation, root, marked, roomOf, isGiven }: PagePlanOptions): PagePlan | null {
  const [only, ...others] = marked;
  if (!only || others.length > 0 || !isNonNullType(only.field.type)) return null;
  const { node, field, away } = only;
  if (!root.selectionSet?.selections.includes(node) || isConditional(root) || isConditional(node)) return null;
  const path = [responseKey(root), responseKey(node)];
  const locations = node.loc && [getLocation(node.loc.source, node.loc.start)];

  return {
    page(variables) {
      const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {}, {
        maxErrors: 1,
      });
      if (
        errors ||
        !node.arguments?.some((argument) => away.includes(argument.name.value) && isGiven(argument, coerced))
      )
        return null;
      const roomId = roomOf(coerced);
      return roomId && { roomId, key: pageKey(roomId, node.name.value, getArgumentValues(field, node, coerced)) };
    },
    refused: ({ message, extensions }) => ({
      errors: [{ message, ...(locations ? { locations } : {}), path, extensions }],
      data: { [path[0]!]: null },
    }),
  };
}

const isConditional = ({ directives = [] }: FieldNode): boolean => directives.length > 0;
