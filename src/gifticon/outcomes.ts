import { LRUCache } from 'lru-cache';
import type { Receipt } from '../engine/domain/receipt.js';
import type { RecordedEvent } from '../events/event.js';
import { ofDomain } from '../events/event.js';
import type { CommandId, Partition, Position } from '../engine/domain/ids.js';
import { position } from '../engine/domain/ids.js';
import { campaignId } from '../events/ids.js';
import type { EventStore } from '../engine/store/event-store.js';
import { createBulkLookup } from './bulk-lookup.js';
import type { SettledRequestStatus } from './gifticon-requests.js';
import type { FirstRequests } from './first-requests.js';

/** The outcomes of requests: from their receipts, and from the events that name the gifticon's number. */
export interface Outcomes {
  /** Receipts of requests alone. */
  remember(receipts: readonly Receipt[]): void;
  onEvents(event: RecordedEvent): void;
  /** The log went back in time: remembered outcomes may be wrong. */
  forget(): void;
  /** From memory, which holds the most recent receipts. */
  recent(id: CommandId): Receipt | undefined;
  /** The receipts that the store has. */
  stored(ids: readonly CommandId[]): Promise<ReadonlyMap<CommandId, Receipt>>;
  /** From memory, or from the store; many in one query. @throws where that does not answer in time */
  find(id: CommandId): Promise<Receipt | undefined>;
  /** Null where the store has to be read for the receipt's event. */
  outcomeNow(receipt: Receipt): SettledRequestStatus | null;
  /** The same, and reads the store; many in one query. @throws where that does not answer in time */
  outcomeOf(receipt: Receipt): Promise<SettledRequestStatus>;
}

export interface OutcomesOptions {
  readonly store: Pick<EventStore, 'receipts' | 'readPositions'>;
  readonly firsts: FirstRequests;
  /** Whether a receipt belongs to a request, and not to another command. */
  readonly isRequest: (receipt: Receipt) => boolean;
}

const MAX_RECENT = 20_000;
const MAX_KEYS = 1_000;
const TIMEOUT_MS = 2_000;

export function createOutcomes({ store, firsts, isRequest }: OutcomesOptions): Outcomes {
  const receipts = new LRUCache<CommandId, Receipt>({ max: MAX_RECENT });
  const numbers = new LRUCache<CommandId, number>({ max: MAX_RECENT });

  const onEvents = ({ event }: RecordedEvent): void => {
    if (event.type === 'GifticonIssued') numbers.set(event.data.requestId, event.data.nth);
  };

  const stored = async (ids: readonly CommandId[]): Promise<ReadonlyMap<CommandId, Receipt>> => {
    const found = await store.receipts(ids);
    for (const [id, receipt] of found) if (isRequest(receipt)) receipts.set(id, receipt);
    return found;
  };

  const lookup = createBulkLookup({ load: stored, maxKeys: MAX_KEYS, timeoutMs: TIMEOUT_MS });
  const numberLookup = createBulkLookup<Receipt, number>({
    async load(wanted) {
      const events = await Promise.all(
        [...placesOf(wanted)].map(([partition, positions]) => store.readPositions(partition, positions)),
      );
      for (const event of events.flat()) onEvents(ofDomain(event));
      return new Map(wanted.flatMap((receipt) => entries(receipt, numbers.get(receipt.commandId))));
    },
    maxKeys: MAX_KEYS,
    timeoutMs: TIMEOUT_MS,
  });

  const build = (
    receipt: Receipt,
    nth: number | undefined,
    duplicateOf: CommandId | null | undefined,
  ): SettledRequestStatus | null => {
    const { commandId: id, userId, rejection, decidedAt, number } = receipt;
    const request = { id, campaignId: campaignId(receipt.key), userId, number: number ?? null };
    if (rejection === null)
      return nth === undefined ? null : { ...request, status: 'ISSUED', nth, issuedAt: decidedAt, receipt };
    if (rejection.code === 'SOLD_OUT') return { ...request, status: 'SOLD_OUT', receipt, rejection };
    if (rejection.code !== 'ALREADY_REQUESTED')
      return { ...request, status: 'REJECTED', receipt, rejection, duplicateOf: null };
    return duplicateOf === undefined ? null : { ...request, status: 'REJECTED', receipt, rejection, duplicateOf };
  };

  const outcomeNow = (receipt: Receipt): SettledRequestStatus | null =>
    build(receipt, numbers.get(receipt.commandId), firsts.known(campaignId(receipt.key), receipt.userId) ?? undefined);

  return {
    remember(added) {
      for (const receipt of added) receipts.set(receipt.commandId, receipt);
    },
    onEvents,
    forget() {
      receipts.clear();
      numbers.clear();
    },
    recent: (id) => receipts.get(id),
    stored,
    find: async (id) => receipts.get(id) ?? lookup.find(id),
    outcomeNow,
    async outcomeOf(receipt) {
      const known = outcomeNow(receipt);
      if (known) return known;
      const [nth, duplicateOf] = receipt.rejection
        ? [undefined, await firsts.find(campaignId(receipt.key), receipt.userId)]
        : [await numberLookup.find(receipt), undefined];
      const outcome = build(receipt, nth, duplicateOf);
      if (!outcome)
        throw new Error(`the event of gifticon request ${receipt.commandId} is not where its receipt says that it is`);
      return outcome;
    },
  };
}

/** The positions of these receipts' events. */
function placesOf(receipts: readonly Receipt[]): ReadonlyMap<Partition, readonly Position[]> {
  const places = new Map<Partition, Position[]>();
  for (const { partition, position: last, events } of receipts) {
    const known = places.get(partition) ?? [];
    places.set(partition, known);
    for (let n = 0; n < events; n++) known.push(position(last - n));
  }
  return places;
}

const entries = (receipt: Receipt, nth: number | undefined): readonly (readonly [Receipt, number])[] =>
  nth === undefined ? [] : [[receipt, nth]];
