import type { DocumentNode, GraphQLSchema } from 'graphql';
import { execute } from 'graphql';
import type { RoomId } from '../../events/ids.js';
import { newTraceId } from '../../events/trace.js';
import { createSharedReads } from '../../heat/shared-reads.js';
import type { Identity } from '../../identity/identity.js';
import type { Logger } from '../../platform/logging.js';
import { requestContext } from '../context-factory.js';
import { refuseCost } from '../limits/cost.js';
import { createDocuments } from '../limits/documents.js';
import type { Limits } from '../limits/limits.js';
import type { ApiServices } from '../services.js';
import { heatExtension } from './heat-extension.js';
import { PAGES, lastWriteIn } from './pages.js';
import type { SharedPlan } from './shared-plan.js';
import { sharedPlan } from './shared-plan.js';

export interface SharedRequest {
  readonly viewer: Identity | null;
  readonly query: string;
  readonly operationName: string | null | undefined;
  readonly variables: Readonly<Record<string, unknown>> | null | undefined;
}

/**
 * Fetches of the newest page of a hot room that are the same for all its members: executed and serialised once for everyone who asks within
 * a moment. What a member gets is what executing the operation for that member would have given, a moment ago.
 */
export interface SharedFetches {
  /** The whole answer as JSON; null for an operation that has to be executed by itself: not such a fetch, not a hot room, not a member. */
  answer(request: SharedRequest): Promise<Buffer | null>;
}

export interface SharedFetchesOptions {
  readonly schema: GraphQLSchema;
  readonly services: ApiServices;
  readonly limits: Limits;
  readonly logger: Logger;
}

/** A client may make names of operations up; a document has few. */
const MAX_NAMES = 10;

export function createSharedFetches({ schema, services, limits, logger }: SharedFetchesOptions): SharedFetches {
  const { heat, memberships, metrics } = services;
  const documents = createDocuments(schema, limits);
  const plans = new WeakMap<DocumentNode, Map<string, SharedPlan | null>>();
  const answers = createSharedReads<Buffer | null>({ ...PAGES, weigh: (json) => json?.length ?? 0, keep: (json) => json !== null });

  const planOf = (document: DocumentNode, operationName: string | null | undefined): SharedPlan | null => {
    const ofDocument = plans.get(document) ?? new Map<string, SharedPlan | null>();
    plans.set(document, ofDocument);
    const known = ofDocument.get(operationName ?? '');
    if (known !== undefined) return known;
    const plan = sharedPlan(schema, document, operationName);
    if (ofDocument.size < MAX_NAMES) ofDocument.set(operationName ?? '', plan);
    return plan;
  };

  const executed = async (document: DocumentNode, { operationName, variables }: SharedRequest, roomId: RoomId, viewer: Identity): Promise<Buffer | null> => {
    if (refuseCost({ schema, document, operationName, variables }, limits.cost)) return null;
    const traceId = newTraceId();
    const context = requestContext(services, { viewer, traceId, logger: logger.child({ traceId }), signal: new AbortController().signal });
    const { data, errors } = await execute({ schema, document, operationName, variableValues: variables, contextValue: context });
    // What goes wrong, each finds out by itself.
    return errors ? null : Buffer.from(JSON.stringify({ data, extensions: { heat: heatExtension(heat.of(roomId)) } }));
  };

  return {
    async answer(request) {
      const { viewer, query, operationName, variables } = request;
      if (!viewer) return null;
      const document = documents.get(query);
      if (!('definitions' in document)) return null;
      const roomId = planOf(document, operationName)?.roomId(variables);
      if (!roomId || heat.of(roomId).state !== 'HOT') return null;
      const { userId } = viewer;
      if (!(await memberships.isMember(roomId, userId))) return null;

      const needed = lastWriteIn(services, roomId, userId);
      const key = JSON.stringify([query, operationName ?? null, variables ?? null]);
      // The one that is executed is counted by the field that it fetches.
      if (answers.has(key, needed)) heat.fetched(roomId);
      const { value, outcome } = await answers.read(key, needed, () => executed(document, request, roomId, viewer));
      // The answer may be of a moment after the member left.
      if (!value || !memberships.isKnown(roomId, userId)) return null;
      if (outcome !== 'fresh') metrics.hotRoomFetches.inc({ state: 'HOT', outcome });
      return value;
    },
  };
}
