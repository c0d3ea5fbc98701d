import type { Position, UserId } from '../domain/ids.js';

/** The limit that was reached. */
export type RefusedBy = 'groups_of_room' | 'groups_of_user';

/** The reason for the end of a subscription. */
export type End =
  /** The client ended it, or its connection is gone. */
  | { readonly reason: 'cancelled' }
  /** The server stops: the owner closes the connection, and the client resumes elsewhere. */
  | { readonly reason: 'stopping' }
  /** The subscriber is no longer a member of the room. */
  | { readonly reason: 'left' }
  /** The client did not keep up: it has everything up to `position`, and can resume from there. */
  | { readonly reason: 'lagged'; readonly position: Position }
  /** The log forked before a position that the subscriber had seen or resumed from. */
  | { readonly reason: 'gone' }
  /** Its selection is unique, and the room or the user has the maximum number of such subscriptions. It never began. */
  | { readonly reason: 'refused'; readonly by: RefusedBy }
  | { readonly reason: 'failed'; readonly error: unknown };

/**
 * Serialised results that a group's subscribers get together, in order. The same object goes to all of them, so that a
 * transport frames it once.
 */
export interface Delivery {
  readonly results: readonly string[];
}

/** The destination of one subscription's results. Written by the fan-out, implemented by each transport. */
export interface Sink {
  /** Writes one serialised execution result. `flushed` is called when the network has taken it, or never will. */
  next(result: string, flushed?: () => void): void;
  /**
   * The same for results that others get, too. Called once per subscriber and write, so it makes no promise and no
   * closure. Never called after the subscription has ended.
   * @returns false if more is waiting for the network than it takes at once: then the caller asks for the backlog
   */
  deliver(delivery: Delivery): boolean;
  /** Bytes written and not yet taken by the network. */
  backlog(): number;
  readonly transport: 'websocket' | 'sse';
}

export interface Subscriber {
  readonly userId: UserId;
  readonly sink: Sink;
  /** Aborted when the client ends the subscription or its connection is gone. */
  readonly signal: AbortSignal;
  /** Called once, before anything is written, with another way for the client to end the subscription. */
  began?(cancel: () => void): void;
  /** Called once, when the subscription is over. */
  ended(end: End): void;
}

const FLUSH_POLL_MS = 5;

/** Waits until the network has taken the written bytes, so that a long history does not pile up in memory. */
export async function flushed(sink: Pick<Sink, 'backlog'>, isOver: () => boolean): Promise<void> {
  if (sink.backlog() === 0 || isOver()) return;
  await new Promise<void>((resolve) => {
    // Drain events differ between transports; the backlog does not.
    const poll = setInterval(() => {
      if (sink.backlog() > 0 && !isOver()) return;
      clearInterval(poll);
      resolve();
    }, FLUSH_POLL_MS);
  });
}
