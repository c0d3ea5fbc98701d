import type { Author, PostedMessage } from './commands.js';
import { MESSAGE } from './commands.js';
import type { PlainEvents } from './generated/parts.js';
import { PLAIN_EVENTS } from './generated/parts.js';
import type { Occupancy, RoomEventKind, RoomHeat } from './generated/schema.js';
import { MadangError } from './madang-error.js';
import type { Send } from './send.js';
import { resubscribe } from './subscription.js';
import type { Transport } from './transport.js';

type Event<Name extends string, Fields> = Fields & {
  readonly __typename: Name;
  readonly roomId: string;
  readonly at: string;
};

type PlainEvent = { [Name in keyof PlainEvents]: Event<Name, PlainEvents[Name]> }[keyof PlainEvents];

export type RoomEvent =
  | PlainEvent
  | Event<'MessagePosted', { readonly message: PostedMessage }>
  | Event<'MemberJoined', { readonly user: Author }>
  | Event<'RoomHeatChanged', { readonly heat: Pick<RoomHeat, 'state' | 'paceMs' | 'until'> }>
  | Event<'OccupancyChanged', { readonly occupancy: Pick<Occupancy, 'connected' | 'members'> }>
  | Event<'ReactionsChanged', { messageId: string; reactions: readonly { emoji: string; count: number }[] }>;

export interface FollowOptions {
  /** Called with each event of the room: in the room's order, each one once. */
  readonly onEvent?: (event: RoomEvent) => void;
  /** The connection broke, or the server is away: it is tried again until it is back, and nothing is missed. */
  readonly onInterruption?: (failure: MadangError) => void;
  /**
   * The server has lost the place where this client was, as after it went back to a backup: there may be a gap. What is
   * shown must be queried anew, with `atLeast`; following goes on from there.
   */
  readonly onGap?: (atLeast: string) => void;
  /** The kinds of events to get. Default: all that are stored, and changes of the room's heat. */
  readonly kinds?: readonly RoomEventKind[];
  /**
   * In a room of more than 200 members: `MembersChanged` and `ReactionsChanged` once a second, instead of single joins,
   * leaves and reactions of others.
   */
  readonly summarise?: boolean;
  /** How many of the newest events `events` keeps. */
  readonly keep?: number;
  /** Stops following. */
  readonly signal?: AbortSignal;
}

export interface Following {
  /** Where following began: hand it to `room(id:, atLeast:)`, and what that answers goes on without a gap. */
  readonly atLeast: string;
  /** The newest events, oldest first. */
  readonly events: readonly RoomEvent[];
  /** Resolves when the user has left the room or it was stopped; rejects with a MadangError for good. */
  readonly ended: Promise<void>;
  stop(): void;
}

const EVENTS = `subscription ($roomId: ID!, $after: Position, $kinds: [RoomEventKind!], $summarise: Boolean) {
roomEvents(roomId: $roomId, after: $after, kinds: $kinds, summarise: $summarise) {
  __typename position roomId at${PLAIN_EVENTS}
  ... on MessagePosted { message { ${MESSAGE} } }
  ... on MemberJoined { user { id handle name } }
  ... on RoomHeatChanged { heat { state paceMs until } }
  ... on OccupancyChanged { occupancy { connected members } }
  ... on ReactionsChanged { messageId reactions { emoji count } }
} }`;

type Positioned = RoomEvent & { readonly position: string };

export function createFollow(transport: Transport, send: Send) {
  /** Where the room stands now: a read mark that changes nothing has the place of the room's last event. */
  const placeOf = async (roomId: string, { signal, onInterruption }: FollowOptions): Promise<string> => {
    const { receipt } = await send('markRead', { roomId, seq: 0 }, { signal, onRetry: onInterruption });
    if (receipt.rejection) throw new MadangError(receipt.rejection.code, receipt.rejection.message);
    return (receipt as { readonly position?: string }).position!;
  };

  /** Resolves once it is known where to begin: from then on no event is missed. */
  return async function follow(roomId: string, options: FollowOptions = {}): Promise<Following> {
    const { keep = 200, kinds = null, summarise = false, signal, onEvent, onInterruption, onGap } = options;
    const stopping = new AbortController();
    const stop = (): void => stopping.abort();
    signal?.addEventListener('abort', stop, { once: true });
    const atLeast = await placeOf(roomId, options);
    const events: RoomEvent[] = [];
    let after = atLeast;
    const ended = resubscribe<{ readonly roomEvents: Positioned }>(transport, {
      query: EVENTS,
      variables: () => ({ roomId, after, kinds, summarise }),
      signal: stopping.signal,
      next({ roomEvents: { position, ...event } }) {
        after = position;
        events.push(event);
        if (events.length > keep) events.shift();
        onEvent?.(event);
      },
      async interrupted(failure) {
        if (failure.code === 'POSITION_GONE') {
          after = await placeOf(roomId, { ...options, signal: stopping.signal });
          onGap?.(after);
        } else if (failure.isPassing) {
          after = failure.position ?? after;
          onInterruption?.(failure);
        } else throw failure;
      },
    }).finally(() => signal?.removeEventListener('abort', stop));
    // One who does not look at it has stopped caring, or hears of the same failure from a query.
    ended.catch(() => undefined);
    return { atLeast, events, ended, stop };
  };
}
