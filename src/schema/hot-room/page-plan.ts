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

/** What a client is told. */
export type Refusal = Readonly<Pick<GraphQLError, 'message' | 'extensions'>>;

export interface Page {
  readonly roomId: RoomId;
  /** Tells it from every other page. */
  readonly key: string;
}

/**
 * A query for one page of one room that is not the newest: what is answered where the room refuses it can be told
 * without executing it.
 */
export interface PagePlan {
  /**
   * Null where the variables do not fit, name no room, or ask for the newest page: executing it tells what there is to
   * tell.
   */
  page(variables: Values | null | undefined): Page | null;
  /**
   * The answer that executing it would give, if the room's field threw this: as data, for a crowd is refused without
   * making an error for each.
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

/** Null where there is more in the query than such a page, or where it may be left out. */
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
