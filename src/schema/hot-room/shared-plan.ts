import type { ArgumentNode, DocumentNode, FieldNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import {
  Kind,
  OperationTypeNode,
  TypeInfo,
  getOperationAST,
  valueFromASTUntyped,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { RoomId } from '../../events/ids.js';
import { parseRoomId } from '../ids.js';
import { reachable } from '../reachable.js';
import { hotRoomOf } from './hot-room.directive.js';
import type { MarkedField, PagePlan } from './page-plan.js';
import { pagePlan } from './page-plan.js';

type Values = Readonly<Record<string, unknown>>;

/** The plan of an operation whose text shows that every member of a room gets the same answer, apart from slots. */
export interface SharedPlan {
  /**
   * The room whose newest page the operation asks for; null where it names no room, asks for another page, or demands a
   * position.
   */
  roomId(variables: Values | null | undefined): RoomId | null;
}

/** What the text of an operation says about its fetches. */
export interface FetchPlan {
  /** Whether it is a query with a field that is marked with `@hotRoom`. */
  readonly fetches: boolean;
  readonly shared: SharedPlan | null;
  /** Null for a query that is not for one page of one room alone. */
  readonly page: PagePlan | null;
}

const NO_FETCH: FetchPlan = { fetches: false, shared: null, page: null };

/**
 * `shared` is the plan of a query that fetches from one room; null for any other operation. It may select fields that
 * are refused to strangers and equal for members (`sameForMembers`), and fields that leave a slot for each member's own
 * value; no other field that differs from member to member. `page` is the plan of a query for one page of one room,
 * with any fields.
 */
export function fetchPlan(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
): FetchPlan {
  // The pipeline reports a document with several operations and no name.
  if (!getOperationAST(document, operationName)) return NO_FETCH;
  const { operation, fragments } = reachable(document, operationName);
  if (operation.operation !== OperationTypeNode.QUERY) return NO_FETCH;

  let isApart = false;
  const marked: MarkedField[] = [];
  const typeInfo = new TypeInfo(schema);
  for (const definition of [operation, ...fragments]) {
    visit(
      definition,
      visitWithTypeInfo(typeInfo, {
        Field(node) {
          const field = typeInfo.getFieldDef();
          if (!field) return;
          const hot = hotRoomOf(field);
          if (hot) marked.push({ node, field, away: hot.away });
          const { viewerDependent, sameForMembers, leavesSlot } = field.extensions;
          if (viewerDependent === true && sameForMembers !== true && leavesSlot !== true) isApart = true;
        },
      }),
    );
  }
  const fetches = marked.length > 0;
  const [root, ...others] = operation.selectionSet.selections;
  if (!fetches || others.length > 0 || root?.kind !== Kind.FIELD || root.name.value !== 'room')
    return { fetches, shared: null, page: null };
  const defaults = defaultsOf(operation);
  const away = marked.flatMap((each) =>
    (each.node.arguments ?? []).filter(({ name }) => each.away.includes(name.value)),
  );
  const shared: SharedPlan = {
    roomId(variables) {
      const values = { ...defaults, ...variables };
      return away.some((argument) => isGiven(argument, values)) ? null : roomOf(root, values);
    },
  };
  const page = pagePlan({ schema, operation, root, marked, isGiven, roomOf: (values) => roomOf(root, values) });
  return { fetches, shared: isApart ? null : shared, page };
}

function roomOf(root: FieldNode, values: Values): RoomId | null {
  const argument = (name: string): ArgumentNode | undefined => root.arguments?.find((each) => each.name.value === name);
  const [id, atLeast] = [argument('id'), argument('atLeast')];
  if (!id || (atLeast && isGiven(atLeast, values))) return null;
  const value = valueFromASTUntyped(id.value, values);
  return typeof value === 'string' ? parseRoomId(value) : null;
}

const isGiven = ({ value }: ArgumentNode, values: Values): boolean =>
  (valueFromASTUntyped(value, values) ?? null) !== null;

const defaultsOf = ({ variableDefinitions }: OperationDefinitionNode): Values =>
  Object.fromEntries(
    (variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
      defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)]] : [],
    ),
  );
