import { LRUCache } from 'lru-cache';
import type { Aggregate, NewEvent, StreamRef } from '../domain/decide.js';
import type { RecordedEvent } from '../domain/event.js';
import type { StreamId } from '../domain/ids.js';
import type { EventStore, LoadedStream, Snapshot } from '../store/event-store.js';

export interface StreamState {
  readonly state: unknown;
  /** The stream's last version; 0 for an empty stream. */
  readonly version: number;
  readonly aggregate: Aggregate<unknown>;
}

/** A stream gets a snapshot each time it has grown by this many events, which bounds the events of a later load. */
const SNAPSHOT_EVERY = 100;
/** States are tiny (a status, a number): this many take a few megabytes. */
const CACHED_STREAMS = 20_000;

/** A snapshot: the state, and the version of its shape. */
interface StoredState {
  readonly version: number;
  readonly state: unknown;
}

const stateVersion = (aggregate: Aggregate<unknown>): number => aggregate.stateVersion ?? 1;

/**
 * The states of the streams of one partition, as of the last commit. Only the owner appends to these streams, so a
 * state stays valid until the owner changes it or loses the partition. Foreign streams are read anew each time.
 */
export interface StreamStates {
  /** Loads the missing ones, with at most three reads. */
  load(streams: readonly StreamRef<unknown>[]): Promise<void>;
  /** A view for the decisions of one batch, which leaves the committed states unchanged. */
  draft(): StreamDraft;
  /** Adopts the states of a committed batch. */
  keep(draft: StreamDraft): void;
  /** Drops everything: the states may be outdated. */
  clear(): void;
}

export interface StreamDraft {
  get(stream: StreamRef<unknown>): StreamState;
  /** Folds an event in. @returns the event's version in its stream */
  append(event: NewEvent): number;
  /** Snapshots of the streams that have grown enough since their last one. */
  snapshots(): readonly Snapshot[];
  readonly changed: ReadonlyMap<StreamId, StreamState>;
}

export function createStreamStates(store: Pick<EventStore, 'loadStreams' | 'readStream'>): StreamStates {
  const committed = new LRUCache<StreamId, StreamState>({ max: CACHED_STREAMS });
  // The states of the running batch: outside of the cache, so that a batch larger than the cache cannot evict its own.
  let needed = new Map<StreamId, StreamState>();

  const fold = (aggregate: Aggregate<unknown>, from: unknown, events: readonly RecordedEvent[]): unknown =>
    events.reduce((state, { event }) => aggregate.evolve(state, event), from);

  const readWhole = async (stream: StreamId, aggregate: Aggregate<unknown>): Promise<StreamState> => {
    let state = aggregate.initialState;
    for (let version = 0; ;) {
      const events = await store.readStream(stream, version, 1_000);
      state = fold(aggregate, state, events);
      version += events.length;
      if (events.length < 1_000) return { state, version, aggregate };
    }
  };

  const fromLoaded = async (
    stream: StreamId,
    aggregate: Aggregate<unknown>,
    loaded: LoadedStream,
  ): Promise<StreamState> => {
    const stored = loaded.snapshot?.state as StoredState | undefined;
    if (stored && stored.version !== stateVersion(aggregate)) return readWhole(stream, aggregate);
    return {
      state: fold(aggregate, stored?.state ?? aggregate.initialState, loaded.events),
      version: loaded.version,
      aggregate,
    };
  };

  return {
    async load(streams) {
      needed = new Map();
      const missing = new Map<StreamId, StreamRef<unknown>>();
      for (const stream of streams) {
        const known = stream.foreign ? undefined : committed.get(stream.id);
        if (known) needed.set(stream.id, known);
        else missing.set(stream.id, stream);
      }
      if (missing.size === 0) return;
      const loaded = await store.loadStreams([...missing.keys()]);
      for (const [id, { aggregate, foreign }] of missing) {
        const state = await fromLoaded(id, aggregate, loaded.get(id)!);
        needed.set(id, state);
        if (!foreign) committed.set(id, state);
      }
    },

    draft: () => createDraft(needed),

    keep({ changed }) {
      for (const [id, state] of changed) committed.set(id, state);
    },

    clear() {
      committed.clear();
      needed = new Map();
    },
  };
}

function createDraft(base: ReadonlyMap<StreamId, StreamState>): StreamDraft {
  const changed = new Map<StreamId, StreamState>();
  const current = (id: StreamId): StreamState => {
    const state = changed.get(id) ?? base.get(id);
    if (!state) throw new Error(`stream ${id} was not declared in the command's reads`);
    return state;
  };

  return {
    get: ({ id }) => current(id),
    append({ stream, event }) {
      const { state, version, aggregate } = current(stream);
      changed.set(stream, { aggregate, state: aggregate.evolve(state, event), version: version + 1 });
      return version + 1;
    },
    snapshots() {
      const due = [...changed].filter(([id, { version }]) => {
        const before = base.get(id)?.version ?? 0;
        return Math.floor(version / SNAPSHOT_EVERY) > Math.floor(before / SNAPSHOT_EVERY);
      });
      return due.map(([stream, { state, version, aggregate }]) => ({
        stream,
        version,
        state: { version: stateVersion(aggregate), state } satisfies StoredState,
      }));
    },
    changed,
  };
}
