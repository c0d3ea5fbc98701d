import { isEvent } from '../events/event.js';
import { LRUCache } from 'lru-cache';
import { firstRequestStream } from '../commands/gifticon/first-request.js';
import type { FirstRequestState } from '../commands/gifticon/first-request.js';
import type { CommandId, StreamId, UserId } from '../engine/domain/ids.js';
import type { CampaignId } from '../events/ids.js';
import type { EventStore, LoadedStream } from '../engine/store/event-store.js';
import { createBulkLookup } from './bulk-lookup.js';

/** Each user's first request in a campaign: the one that decides. */
export interface FirstRequests {
  /** From memory. Null: the store was asked and had none; undefined: not known. */
  known(campaignId: CampaignId, userId: UserId): CommandId | null | undefined;
  learn(campaignId: CampaignId, userId: UserId, requestId: CommandId): void;
  /** The log went back in time: remembered requests may be wrong. */
  forget(): void;
  /**
   * Asks the store, many lookups in one query, and remembers a "none" too: call it only for campaigns in which no first
   * request can happen any more.
   * @throws where the store does not answer in time
   */
  find(campaignId: CampaignId, userId: UserId): Promise<CommandId | null>;
}

const MAX_REMEMBERED = 100_000;
const MAX_KEYS = 1_000;
const TIMEOUT_MS = 500;

export function createFirstRequests({ loadStreams }: Pick<EventStore, 'loadStreams'>): FirstRequests {
  const remembered = new LRUCache<StreamId, CommandId | 'none'>({ max: MAX_REMEMBERED });
  const streamOf = (campaignId: CampaignId, userId: UserId): StreamId => firstRequestStream(campaignId, userId).id;
  const lookup = createBulkLookup<StreamId, CommandId>({
    load: async (streams) =>
      new Map([...(await loadStreams(streams))].flatMap(([stream, loaded]) => entries(stream, requestOf(loaded)))),
    maxKeys: MAX_KEYS,
    timeoutMs: TIMEOUT_MS,
  });

  return {
    known(campaignId, userId) {
      const id = remembered.get(streamOf(campaignId, userId));
      return id === 'none' ? null : id;
    },
    forget: () => remembered.clear(),
    learn: (campaignId, userId, requestId) => void remembered.set(streamOf(campaignId, userId), requestId),
    async find(campaignId, userId) {
      const stream = streamOf(campaignId, userId);
      const id = await lookup.find(stream);
      // An id learnt meanwhile is newer than a "none".
      if (id || !remembered.has(stream)) remembered.set(stream, id ?? 'none');
      return id ?? null;
    },
  };
}

const entries = (stream: StreamId, id: CommandId | null): readonly (readonly [StreamId, CommandId])[] =>
  id ? [[stream, id]] : [];

function requestOf({ snapshot, events }: LoadedStream): CommandId | null {
  const last = events.at(-1);
  if (last && isEvent(last, 'GifticonRequested')) return last.event.data.requestId;
  return (snapshot?.state as FirstRequestState | undefined)?.requestId ?? null;
}
