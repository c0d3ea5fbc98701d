import type { Position, UserId } from '../domain/ids.js';

/** Which limit is reached. */
export type RefusedBy = 'groups_of_room' | 'groups_of_user';

/** Why a subscription ended. */
export type End =
  /** The client ended it, or its connection is gone. */
  | { readonly reason: 'cancelled' }
  /** The server stops: the connection is closed by its owner, and the client resumes elsewhere. */
  | { readonly reason: 'stopping' }
  /** The subscriber is no longer a member of the room. */
  | { readonly reason: 'left' }
  /** The client did not keep up: it has everything up to `position`, and can resume from there. */
  | { readonly reason: 'lagged'; readonly position: Position }
  /** The log went back in time behind what the subscriber had been told, or was asked to go on from. */
  | { readonly reason: 'gone' }
  /**
   * It asks what nobody else asks, and the room, or the user, has as many such subscriptions as may be. It never began.
   */
  | { readonly reason: 'refused'; readonly by: RefusedBy }
  | { readonly reason: 'failed'; readonly error: unknown };

/** Where the results of one subscription go. Written to by the fan-out, implemented by each transport. */
export interface Sink {
  /**
   * Writes one serialised execution result. `flushed` is called when the network has taken it, or when it never will.
   */
  next(result: string, flushed?: () => void): void;
  /** Bytes written and not yet taken by the network. */
  backlog(): number;
  readonly transport: 'websocket' | 'sse';
}

export interface Subscriber {
  readonly userId: UserId;
  readonly sink: Sink;
  /** Aborted when the client ends the subscription or its connection is gone. */
  readonly signal: AbortSignal;
  /** Called once, when the subscription is over. */
  ended(end: End): void;
}

/** Waits until the network has taken what was written, so that a long history does not pile up in memory. */
export async function flushed(sink: Pick<Sink, 'backlog'>, signal: AbortSignal): Promise<void> {
  if (sink.backlog() === 0 || signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      signal.removeEventListener('abort', done);
      clearInterval(poll);
      resolve();
    };
    // Drain events of a socket differ by transport; its backlog does not.
    const poll = setInterval(() => {
      if (sink.backlog() === 0) done();
    }, 5);
    signal.addEventListener('abort', done, { once: true });
  });
}
