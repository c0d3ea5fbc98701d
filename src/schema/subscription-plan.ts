import { createHash } from 'node:crypto';
import type { DocumentNode, ExecutionArgs, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { TypeInfo, getVariableValues, visit, visitWithTypeInfo } from 'graphql';
import type { RoomId, UserId } from '../events/ids.js';
import { normalised } from './normalised-selection.js';
import { reachable } from './reachable.js';
import { dependsOnViewer } from './viewer-dependence.js';

/** What can be told of a subscription from its document alone. */
interface Plan {
  readonly operation: OperationDefinitionNode;
  /** What is selected, without what the root field was given: that says where to begin, not what to show. */
  readonly selection: string;
  /** The variables that stand in it, in the order of their first use. */
  readonly variables: readonly string[];
  readonly viewerDependent: boolean;
}

/** Documents are kept by the transports and come again with every subscriber. */
const plans = new WeakMap<DocumentNode, Map<string, Plan>>();

function planOf(schema: GraphQLSchema, document: DocumentNode, operationName: string | null | undefined): Plan {
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
        Field: (node) => (typeInfo.getParentType() === schema.getSubscriptionType() ? { ...node, arguments: [] } : undefined),
      }),
    ),
  );
  const { text, variables } = normalised(shown);
  const plan: Plan = {
    operation,
    selection: text,
    variables,
    viewerDependent: dependsOnViewer(schema, document, operationName),
  };
  ofDocument.set(operationName ?? '', plan);
  return plan;
}

export interface GroupIdentity {
  readonly key: string;
  /** Whether the group is one viewer's alone. */
  readonly viewerDependent: boolean;
}

/** Equal keys: one execution of an event serves all of them. */
export function groupIdentity(args: Pick<ExecutionArgs, 'schema' | 'document' | 'operationName' | 'variableValues'>, roomId: RoomId, userId: UserId): GroupIdentity {
  const { schema, document, operationName, variableValues } = args;
  const { operation, selection, variables, viewerDependent } = planOf(schema, document, operationName);
  // As they are used: a default of the document's own is part of the value.
  const { coerced = {} } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {});
  const values = variables.map((name) => [coerced[name] ?? null, Object.hasOwn(coerced, name)]);
  const text = JSON.stringify([roomId, viewerDependent ? userId : null, selection, values]);
  return { key: createHash('sha256').update(text).digest('base64url'), viewerDependent };
}
