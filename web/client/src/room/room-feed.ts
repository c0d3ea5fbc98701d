import type { Following, MadangError, RoomEvent } from '@madang/client';
import { madangError } from '@madang/client';
import { RoomHistoryDocument } from '../generated/operations.js';
import type { SignedIn } from '../session/signed-in.js';
import { delay } from '../../../shared/session/delay.js';
import type { Store } from '../../../shared/session/store.js';
import { createStore } from '../../../shared/session/store.js';
import { replaceHistory, writeEvents } from './room-cache.js';

export interface FeedState {
  readonly status: 'opening' | 'open' | 'left' | 'failed';
  /** With `failed`. */
  readonly failure: MadangError | null;
  readonly interrupted: boolean;
  /** After an interruption, for some seconds: how many messages came meanwhile. */
  readonly missed: number | null;
  readonly gap: boolean;
  readonly loadingOlder: boolean;
  /** The newest message when the room was opened. */
  readonly openedAt: number;
}

export interface RoomFeed {
  readonly state: Store<FeedState>;
  /** How many are connected to the room; null while it is not known. */
  readonly here: Store<number | null>;
  /** Fetches the page before the oldest message, in the client's turn where the room is hot. */
  loadOlder(before: string | null): Promise<void>;
  /** Whether the user looks at the newest messages: then the oldest may go. */
  looksAtNewest(does: boolean): void;
  dismissGap(): void;
  stop(): void;
}

/** An event is written at once, and those behind it together: ten times a second, in a flood four times. */
const FLUSH_MS = 100;
const FLOOD_FLUSH_MS = 250;
const FLOOD_EVENTS = 10;
/** How many messages a room may have while the user looks at the newest, and while the user reads further up. */
const MOST_AT_NEWEST = 600;
const MOST_FURTHER_UP = 5_000;
/** A connection that is back sooner is not worth a notice: a server hands over, or the token is a new one. */
const NOTICE_AFTER_MS = 1_000;
/** How long the notice of a connection that is back stays. */
const BACK_NOTICE_MS = 6_000;
/** What came meanwhile arrives within moments. */
const CATCH_UP_MS = 1_000;

/** Follows a room into the cache. `posted` is told of each message. */
export function openRoomFeed(
  { api, user }: SignedIn,
  roomId: string,
  posted: (events: readonly RoomEvent[]) => void,
): RoomFeed {
  const { apollo, madang, heat, connected } = api;
  const stopping = new AbortController();
  const { signal } = stopping;
  const state = createStore<FeedState>({
    status: 'opening',
    failure: null,
    interrupted: false,
    missed: null,
    gap: false,
    loadingOlder: false,
    openedAt: 0,
  });
  const here = createStore<number | null>(null);
  const change = (next: Partial<FeedState>): void => {
    if (!signal.aborted) state.set({ ...state.get(), ...next });
  };

  const queue: RoomEvent[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let came = 0;
  let most = MOST_AT_NEWEST;
  const flush = (): void => {
    timer = undefined;
    if (queue.length === 0 || signal.aborted) return;
    const events = queue.splice(0);
    writeEvents(apollo.cache, roomId, { userId: user.id, most }, events);
    posted(events);
    timer = setTimeout(flush, events.length > FLOOD_EVENTS ? FLOOD_FLUSH_MS : FLUSH_MS);
  };

  const fetchPage = async (before: string | null, atLeast: string | null) => {
    for (;;) {
      await heat.turn(roomId);
      try {
        const variables = { id: roomId, before, atLeast };
        return await apollo.query({ query: RoomHistoryDocument, variables, fetchPolicy: 'no-cache' });
      } catch (error) {
        const failure = madangError(error);
        if (!failure.isPassing || signal.aborted) throw failure;
        await delay(failure.retryAfterMs ?? 1_000);
      }
    }
  };
  /** Resolves with the number of the newest message. */
  const loadNewest = async (atLeast: string | null): Promise<number> => {
    const { data } = await fetchPage(null, atLeast);
    if (data && !signal.aborted) replaceHistory(apollo.cache, roomId, data);
    return data?.room?.messages.nodes.at(-1)?.seq ?? 0;
  };

  let away: ReturnType<typeof setTimeout> | undefined;
  let back: ReturnType<typeof setTimeout> | undefined;
  /** The connection is back: after a moment it is said how much came. */
  const isBack = (): void => {
    clearTimeout(away);
    away = undefined;
    if (!state.get().interrupted) return;
    change({ interrupted: false });
    clearTimeout(back);
    back = setTimeout(() => {
      change({ missed: came });
      back = setTimeout(() => change({ missed: null }), BACK_NOTICE_MS);
    }, CATCH_UP_MS);
  };
  const unfollow = connected.subscribe(() => connected.get() && isBack());

  const hear = (event: RoomEvent): void => {
    if (event.__typename === 'RoomHeatChanged')
      return heat.set(roomId, event.heat.state === 'HOT' ? event.heat.paceMs : 0);
    if (event.__typename === 'OccupancyChanged') return here.set(event.occupancy.connected);
    // Which messages were the user's is told by the server.
    if (event.__typename === 'MemberErased') return void loadNewest(null).catch(() => undefined);
    if (event.__typename === 'MessagePosted') came += 1;
    isBack();
    queue.push(event);
    if (timer === undefined) flush();
  };

  const follow = async (): Promise<void> => {
    try {
      const following: Following = await madang.follow(roomId, {
        signal,
        keep: 0,
        kinds: ['MESSAGES', 'REACTIONS', 'MEMBERS', 'ROOM', 'HEAT', 'OCCUPANCY'],
        onEvent: hear,
        onInterruption() {
          if (away !== undefined || state.get().interrupted) return;
          came = 0;
          clearTimeout(back);
          away = setTimeout(() => {
            here.set(null);
            change({ interrupted: true, missed: null });
          }, NOTICE_AFTER_MS);
        },
        onGap(atLeast) {
          // What is back is not all there was.
          clearTimeout(away);
          clearTimeout(back);
          away = undefined;
          change({ gap: true, interrupted: false, missed: null });
          loadNewest(atLeast).catch((error: unknown) => change({ failure: madangError(error) }));
        },
      });
      const openedAt = await loadNewest(following.atLeast);
      isBack();
      change({ status: 'open', openedAt });
      await following.ended;
      change({ status: 'left' });
    } catch (error) {
      change({ status: 'failed', failure: madangError(error) });
    }
  };
  void follow();

  return {
    state,
    here,
    async loadOlder(before) {
      if (state.get().loadingOlder) return;
      change({ loadingOlder: true });
      try {
        if (before === null) return void (await loadNewest(null));
        const { data } = await fetchPage(before, null);
        if (data) apollo.cache.writeQuery({ query: RoomHistoryDocument, variables: { id: roomId }, data });
      } catch {
        // The user scrolls again.
      } finally {
        change({ loadingOlder: false });
      }
    },
    looksAtNewest(does) {
      most = does ? MOST_AT_NEWEST : MOST_FURTHER_UP;
    },
    dismissGap: () => change({ gap: false }),
    stop() {
      stopping.abort();
      unfollow();
      clearTimeout(timer);
      clearTimeout(away);
      clearTimeout(back);
      void madang.flushRead(roomId);
    },
  };
}
