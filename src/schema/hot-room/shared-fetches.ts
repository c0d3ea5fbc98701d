import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { execute, getOperationAST } from 'graphql';
import type { Position, UserId } from '../../engine/domain/ids.js';
import type { RoomId } from '../../events/ids.js';
import { position } from '../../engine/domain/ids.js';
import { newTraceId } from '../../engine/domain/trace.js';
import { createBurstDetector } from '../../hot-rooms/burst-detector.js';
import { createSharedReads } from '../../hot-rooms/shared-reads.js';
import type { Identity } from '../../server/identity/identity.js';
import type { Logger } from '../../engine/runtime/logging.js';
import { withTimeout } from '../../engine/runtime/deadline.js';
import { partitionOf } from '../../engine/log/partitioning.js';
import { shortKey } from '../../engine/runtime/short-key.js';
import { requestContext } from '../context-factory.js';
import { exceeds } from '../../server/limits/answer-bytes.js';
import { refuseCost } from '../../server/limits/cost.js';
import type { Documents } from '../../server/limits/documents.js';
import type { Limits } from '../../server/limits/limits.js';
import type { FetchOperation, SharedAnswer } from '../../server/http/shared-answers.js';
import type { ApiServices } from '../services.js';
import { heatExtension } from './heat-extension.js';
import type { Page, PagePlan } from './page-plan.js';
import { PAGES, askFor, lastWriteIn } from './pages.js';
import type { Template } from './personal-slots.js';
import { createPersonalSlots, fill } from './personal-slots.js';
import { roomHotRefusal } from './room-hot.js';
import type { FetchPlan } from './shared-plan.js';
import { createSharedRead } from './shared-read.js';
import { fetchPlan } from './shared-plan.js';
import { createTurns } from './turns.js';

/**
 * The fast path's answers to fetches from hot rooms. A fetch of the newest page is executed and serialised once for all
 * members who ask within a moment; each gets the answer that executing the operation for that member would have given a
 * moment ago. For other pages, only refusals are answered here.
 */
export interface SharedFetches {
  /** How an operation is answered, from its text alone; null for an operation that fetches no pages. */
  answerTo(operation: FetchOperation): SharedAnswer | null;
  /** Drops all answers: they are no longer true, or contain data of an erased user. */
  clear(): void;
}

/** A query for the newest page of a room. */
interface NewestFetch {
  readonly operation: FetchOperation;
  readonly document: DocumentNode;
  readonly roomId: RoomId;
  /** The cache key of its answer, while the room is hot and while it is not. */
  readonly keys: { readonly HOT: string; readonly NORMAL: string };
}

export interface SharedFetchesOptions {
  readonly schema: GraphQLSchema;
  /** The parsed documents of the transports. */
  readonly documents: Documents;
  readonly services: ApiServices;
  readonly limits: Limits;
  readonly logger: Logger;
}

/** As JSON; with slots where a value is each member's own. */
type Json = Buffer | Template;

interface Answer {
  readonly json: Json;
  readonly holds: Position;
}

const weightOf = (answer: Answer | null): number =>
  answer === null
    ? 0
    : Buffer.isBuffer(answer.json)
      ? answer.json.length
      : answer.json.parts.reduce((sum, part) => sum + part.length, 0);

/** Fetches of one room so close together that sharing pays although the room is not hot. */
const BURST = { from: 8, windowMs: 250 } as const;
const OWN_WRITES_TIMEOUT_MS = 500;

export function createSharedFetches({
  schema,
  documents,
  services,
  limits,
  logger,
}: SharedFetchesOptions): SharedFetches {
  const { heat, memberships, metrics, limiters } = services;
  const plans = new WeakMap<OperationDefinitionNode, FetchPlan>();
  const bursts = createBurstDetector(BURST.from, BURST.windowMs);
  const answers = createSharedReads<Answer | null>({ ...PAGES, weigh: weightOf, keep: (answer) => answer !== null });

  services.epochs.onFork(() => answers.clear());

  const takeTurn = createTurns();

  const planOf = (document: DocumentNode, operationName: string | null | undefined): FetchPlan => {
    const operation = getOperationAST(document, operationName);
    const known = operation && plans.get(operation);
    if (known) return known;
    const plan = fetchPlan(schema, document, operationName);
    if (operation) plans.set(operation, plan);
    return plan;
  };

  const executed = async (
    { document, operation: { operationName, variables }, roomId }: NewestFetch,
    viewer: Identity,
    holds: Position,
    ahead: boolean,
  ): Promise<Answer | null> => {
    if (refuseCost({ schema, document, operationName, variables }, limits.cost)) return null;
    const traceId = newTraceId();
    const context = requestContext(services, {
      viewer,
      traceId,
      logger: logger.child({ traceId }),
      signal: new AbortController().signal,
    });
    context.loaders.reading.require({ partition: partitionOf(roomId, services.partitions), position: holds });
    const slots = createPersonalSlots();
    const shared = createSharedRead();
    const { data, errors } = await execute({
      schema,
      document,
      operationName,
      variableValues: variables,
      contextValue: { ...context, slots, ahead, counted: true, sharedAmongMembers: shared },
    });
    // Each caller finds out about an error by itself.
    if (errors || exceeds({ data: data ?? null }, limits.answerBytes)) return null;
    const now = heat.of(roomId);
    const template = slots.template(
      now.state === 'HOT' ? { data, extensions: { heat: heatExtension(now) } } : { data },
    );
    return { json: template.slots.length > 0 ? template : template.parts[0]!, holds: shared.holds };
  };

  /** Looks up each member's own values, for all members who ask within a moment. */
  const filled = async (template: Template, roomId: RoomId, userId: UserId, needed: Position): Promise<Buffer> => {
    const partition = partitionOf(roomId, services.partitions);
    if (needed > 0)
      await withTimeout(OWN_WRITES_TIMEOUT_MS, (deadline) =>
        services.progress.reached({ partition, position: needed }, deadline),
      );
    const seqs = [...new Set(template.slots.flatMap((slot) => (slot.of === 'mine' ? [slot.seq] : [])))];
    const counts = template.slots.some(({ of }) => of !== 'mine');
    const atLeast = position(Math.max(needed, services.fanOut.settledPosition(partition)));
    const [own, unread] = await Promise.all([
      seqs.length > 0 ? services.personal.reactions({ roomId, userId, seqs }) : new Set<string>(),
      counts ? services.personal.unread({ roomId, userId, partition, atLeast }) : null,
    ]);
    return fill(template, (slot) => {
      switch (slot.of) {
        case 'mine':
          return String(own.has(`${slot.seq}/${slot.emoji}`));
        case 'readSeq':
          return String(unread?.readSeq ?? null);
        case 'unreadCount':
          return String(unread?.unreadCount ?? null);
        default:
          return slot satisfies never;
      }
    });
  };

  /** Most fetches of older pages are refused, without executing anything. Null for a page that is to be read. */
  const refusal = async ({ roomId, key }: Page, plan: PagePlan, { userId }: Identity): Promise<Buffer | null> => {
    if (heat.of(roomId).state !== 'HOT') return null;
    // Strangers get the error of the resolver.
    if (!memberships.isKnown(roomId, userId) && !(await memberships.isMember(roomId, userId))) return null;
    const ask = askFor(services, roomId, key, lastWriteIn(services, roomId, userId), false);
    const isFree = (): boolean => services.pages.has(ask) || services.buckets.isReserved(key);
    const turn = await takeTurn(key, isFree, () => services.buckets.reserve(roomId, userId, key));
    if (turn.granted) return null;
    heat.fetched(roomId);
    await limiters.leaving.enter();
    const now = heat.of(roomId);
    metrics.hotRoomFetches.inc({ state: now.state, outcome: 'refused' });
    const { errors, data } = plan.refused(roomHotRefusal(turn.retryAfterMs, now.paceMs));
    return Buffer.from(JSON.stringify({ errors, data, extensions: { heat: heatExtension(now) } }));
  };

  /** Null where the operation has to be executed by itself. */
  const sharedAnswer = async (fetch: NewestFetch, viewer: Identity): Promise<Buffer | null> => {
    const { roomId } = fetch;
    const { userId } = viewer;
    if (!(await memberships.isMember(roomId, userId))) return null;
    // Counted before the wait: the clients that wait are the ones that make the room hot.
    heat.fetched(roomId);
    await limiters.coming.enter();
    const { state } = heat.of(roomId);
    const needed = lastWriteIn(services, roomId, userId);
    const ask = askFor(services, roomId, fetch.keys[state], needed);
    const { value, outcome } = await answers.read(ask, (holds, ahead) => executed(fetch, viewer, holds, ahead));
    if (!value) return null;
    const json = Buffer.isBuffer(value.json) ? value.json : await filled(value.json, roomId, userId, needed);
    // All callers who waited for the same read continue at once.
    if (outcome !== 'cached' || json !== value.json) await limiters.leaving.enter();
    // The answer may be newer than the member's leaving.
    if (!memberships.isKnown(roomId, userId, value.holds)) return null;
    if (outcome !== 'fresh') metrics.hotRoomFetches.inc({ state, outcome });
    return json;
  };

  return {
    clear: () => answers.clear(),

    answerTo(operation) {
      const { query, operationName, variables } = operation;
      const document = documents.get(query);
      if (!('definitions' in document)) return null;
      const { fetches, shared, page } = planOf(document, operationName);
      if (!fetches) return null;
      const newestOf = shared?.roomId(variables) ?? null;
      const other = newestOf === null ? (page?.page(variables) ?? null) : null;
      const roomId = newestOf ?? other?.roomId;
      if (roomId === undefined) return { bytes: null, of: () => Promise.resolve('in turn') };
      const fetch = newestOf === null ? null : newestFetch(operation, document, newestOf);
      const of: SharedAnswer['of'] = async (viewer, inBurst) => {
        if (!viewer) return 'now';
        const isHot = heat.of(roomId).state === 'HOT';
        // With few readers, none waits for another.
        if (!isHot && !(inBurst && bursts.joins(roomId))) return 'now';
        return (
          (fetch ? await sharedAnswer(fetch, viewer) : other && (await refusal(other, page!, viewer))) ?? 'in turn'
        );
      };
      return { bytes: fetch && documents.weightOf(document) + bytesOf(operation), of };
    },
  };
}

function newestFetch(operation: FetchOperation, document: DocumentNode, roomId: RoomId): NewestFetch {
  const { query, operationName, variables } = operation;
  const key = shortKey(JSON.stringify([query, operationName ?? null, variables ?? null]));
  return { operation, document, roomId, keys: { HOT: `HOT ${key}`, NORMAL: `NORMAL ${key}` } };
}

/** The memory of the variables is up to ten times their JSON: an empty list is two characters, and 32 bytes. */
const bytesOf = ({ query, variables }: FetchOperation): number =>
  2 * query.length + 16 * JSON.stringify(variables ?? null).length;
