import { createHash } from 'node:crypto';
import type { DocumentNode, ExecutionArgs, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { TypeInfo, getVariableValues, visit, visitWithTypeInfo } from 'graphql';
import type { UserId } from '../engine/domain/ids.js';
import type { RoomId } from '../events/ids.js';
import { filterKey } from './message/event-filter.js';
import type { RoomEventPlace } from './message/open-room-events.js';
import { normalised } from './normalised-selection.js';
import { reachable } from './reachable.js';
import { dependsOnViewer } from './viewer-dependence.js';

/** What the document alone says about a subscription. */
interface Plan {
  readonly operation: OperationDefinitionNode;
  /**
   * The hash of the selection, without the arguments of the root field: they say where to begin, not what to show. A
   * hash, not the text: the text of each operation that spreads a fragment contains all of it, and a kept document is
   * weighed by its source alone.
   */
  readonly selection: string;
  /** The variables in the selection, in the order of their first use. */
  readonly variables: readonly string[];
  readonly viewerDependent: boolean;
}

/** The transports keep the documents, and the same document comes again with every subscriber. */
const plans = new WeakMap<DocumentNode, Map<string, Plan>>();

/** The same plan for as long as the document is kept. */
export function subscriptionPlan(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
): Plan {
  const ofDocument = plans.get(document) ?? new Map<string, Plan>();
  plans.set(document, ofDocument);
  const known = ofDocument.get(operationName ?? '');
  if (known) return known;

  const { operation, fragments } = reachable(document, operationName);
  const typeInfo = new TypeInfo(schema);
  const shown = [operation, ...fragments].map((definition) =>
    visit(
      definition,
      visitWithTypeInfo(typeInfo, {
        Field: (node) =>
          typeInfo.getParentType() === schema.getSubscriptionType() ? { ...node, arguments: [] } : undefined,
      }),
    ),
  );
  const { text, variables } = normalised(shown);
  const plan: Plan = {
    operation,
    selection: sha256(text),
    variables,
    viewerDependent: dependsOnViewer(schema, document, operationName),
  };
  ofDocument.set(operationName ?? '', plan);
  return plan;
}

export interface GroupIdentity {
  readonly key: string;
  /** Whether the group belongs to one viewer alone. */
  readonly viewerDependent: boolean;
}

type Selecting = Pick<ExecutionArgs, 'schema' | 'document' | 'operationName' | 'variableValues'>;

/** Equal keys: one execution of an event serves all of them. */
export function groupIdentity(
  args: Selecting,
  roomId: RoomId,
  userId: UserId,
  { filter, batchMs }: Pick<RoomEventPlace, 'filter' | 'batchMs'>,
): GroupIdentity {
  const { viewerDependent, selection, values } = selectionOf(args);
  const text = JSON.stringify([roomId, viewerDependent ? userId : null, filterKey(filter), batchMs, selection, values]);
  return { key: sha256(text), viewerDependent };
}

/** The same for subscriptions that differ in nothing but their selection. */
export function selectionIdentity(args: Selecting, userId: UserId): GroupIdentity {
  const { viewerDependent, selection, values } = selectionOf(args);
  return { key: sha256(JSON.stringify([viewerDependent ? userId : null, selection, values])), viewerDependent };
}

function selectionOf({ schema, document, operationName, variableValues }: Selecting) {
  const { operation, selection, variables, viewerDependent } = subscriptionPlan(schema, document, operationName);
  // The values as they are used: a default in the document is part of the value.
  const { coerced = {} } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {});
  const values = variables.map((name) => [coerced[name] ?? null, Object.hasOwn(coerced, name)]);
  return { viewerDependent, selection, values };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');
