import type { Madang, RoomEvent } from '@madang/client';
import { madangError, newCommandId } from '@madang/client';
import type { Store } from '../../../shared/session/store.js';
import type { Refusal } from '../../../shared/text/refusals.js';
import { createStore } from '../../../shared/session/store.js';

/** A message of the user's that is not in the room's history yet. */
export interface Outgoing {
  readonly commandId: string;
  readonly roomId: string;
  readonly body: string;
  readonly status: 'sending' | 'sent' | 'failed';
  /** Once it is sent. */
  readonly seq: number | null;
  /** With `failed`: why sending it again is of no use. Null: it may be sent again. */
  readonly refusal: Refusal | null;
}

export interface Outbox {
  readonly messages: Store<readonly Outgoing[]>;
  send(roomId: string, body: string): void;
  /** Sends it again under the same commandId: if it had arrived after all, it comes once. */
  retry(commandId: string): void;
  discard(commandId: string): void;
  /** What has arrived in the room is no longer shown here. */
  posted(userId: string, events: readonly RoomEvent[]): void;
}

/** After which the user is asked whether to go on trying. */
const TIMEOUT_MS = 10_000;

export interface OutboxOptions {
  readonly madang: Madang;
  readonly connected: Store<boolean>;
}

export function createOutbox({ madang, connected }: OutboxOptions): Outbox {
  const messages = createStore<readonly Outgoing[]>([]);
  /** One after the other in each room, so that they arrive as they were written. */
  const lines = new Map<string, Promise<void>>();

  const change = (commandId: string, next: Partial<Outgoing>): void =>
    messages.set(messages.get().map((each) => (each.commandId === commandId ? { ...each, ...next } : each)));
  const discard = (commandId: string): void =>
    messages.set(messages.get().filter((each) => each.commandId !== commandId));
  const isShown = ({ commandId }: Outgoing): boolean => messages.get().some((each) => each.commandId === commandId);
  const failed = (message: Outgoing, refusal: Refusal | null): void => {
    if (!isShown(message)) messages.set([...messages.get(), message]);
    change(message.commandId, { status: 'failed', refusal });
  };

  const deliver = async (message: Outgoing): Promise<void> => {
    const { commandId, roomId, body } = message;
    try {
      const sent = await madang.send('sendMessage', { commandId, roomId, body }, { timeoutMs: TIMEOUT_MS });
      if (sent.receipt.rejection) failed(message, sent.receipt.rejection);
      else change(commandId, { status: 'sent', seq: sent.message?.seq ?? null });
    } catch (error) {
      const failure = madangError(error);
      if (!failure.isPassing) failed(message, failure);
      // The same words came from the room: most likely it arrived, and the answer was lost. The server is asked on. So
      // it is while the connection is away, which the page says: nothing for the user to decide.
      else if (!isShown(message) || !connected.get()) await deliver(message);
      else failed(message, null);
    }
  };
  const enqueue = (message: Outgoing): void => {
    const before = lines.get(message.roomId) ?? Promise.resolve();
    lines.set(
      message.roomId,
      before.then(() => deliver(message)),
    );
  };

  return {
    messages,
    discard,
    send(roomId, body) {
      const commandId = newCommandId();
      const message: Outgoing = { commandId, roomId, body, status: 'sending', seq: null, refusal: null };
      messages.set([...messages.get(), message]);
      enqueue(message);
    },
    retry(commandId) {
      const found = messages.get().find((each) => each.commandId === commandId);
      if (!found) return;
      change(commandId, { status: 'sending', refusal: null });
      enqueue({ ...found, status: 'sending', refusal: null });
    },
    posted(userId, events) {
      let left = messages.get();
      for (const event of events) {
        if (event.__typename !== 'MessagePosted' || event.message.author.id !== userId) continue;
        const { seq, body, roomId } = event.message;
        const arrived =
          left.find((each) => each.roomId === roomId && each.seq === seq) ??
          left.find((each) => each.roomId === roomId && each.status === 'sending' && each.body === body);
        left = left.filter((each) => each !== arrived);
      }
      messages.set(left);
    },
  };
}
