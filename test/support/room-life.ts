import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { command } from './wire.js';
import type { WireUser } from './wire.js';

const PAGE = 20;
const READ = `query ($id: ID!, $atLeast: Position) {
  room(id: $id, atLeast: $atLeast) { memberCount unreadCount lastMessage { seq } messages(last: ${PAGE}) {
    nodes { seq body } } }
}`;
const EVENTS =
  'subscription ($roomId: ID!) { roomEvents(roomId: $roomId) { ... on MessagePosted { message { seq body } } } }';

interface Read {
  readonly memberCount: number;
  readonly unreadCount: number;
  readonly lastMessage: { readonly seq: number } | null;
  readonly messages: { readonly nodes: readonly { readonly seq: number; readonly body: string }[] };
}

/**
 * A room of two: one member sends all the time, the other reads and listens all the time. Nobody else is in it, so the
 * right answers are known: every other answer is a fault.
 */
export class RoomLife implements AsyncDisposable {
  readonly faults: string[] = [];
  /** Messages that were acknowledged. */
  sent = 0;
  reads = 0;
  heard = 0;
  #sending = 0;
  #position: string | null = null;
  #over = false;
  readonly #working: Promise<unknown>;
  readonly #socket;

  /** @param reader a member who has read nothing and sends nothing */
  constructor(
    private readonly roomId: string,
    private readonly writer: WireUser,
    private readonly reader: WireUser,
  ) {
    this.#socket = createClient({
      url: `${reader.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      lazy: false,
      retryAttempts: 0,
      connectionParams: { authorization: `Bearer ${reader.token}` },
    });
    this.#listen();
    this.#working = Promise.all([this.#send(), this.#read(true), this.#read(false)]);
  }

  /** Ends the sending and the reading; the subscription goes on. */
  async stop(): Promise<void> {
    this.#over = true;
    await this.#working;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#socket.dispose();
  }

  /** What a wait that fails shows. */
  toJSON(): object {
    const { sent, reads, heard, faults } = this;
    return { sent, reads, heard, faults };
  }

  async #send(): Promise<void> {
    while (!this.#over) {
      const seq = ++this.#sending;
      const { result, text } = await this.#answered(
        command(this.writer, 'sendMessage', { roomId: this.roomId, body: `message ${seq}` }),
      );
      if (result?.receipt.status !== 'SUCCEEDED' || result.message?.seq !== seq)
        this.#fault(`message ${seq} was answered ${text}`);
      this.sent = seq;
      this.#position = result?.receipt.position ?? null;
    }
  }

  /** Demands the known position, or none: then it must never see less than before. */
  async #read(known: boolean): Promise<void> {
    for (let seen = { last: 0, unread: 0, page: 0 }; !this.#over; this.reads++) {
      const least = known ? this.sent : 0;
      const { data, text } = await this.#answered(
        this.reader.ask<{ room: Read }>(READ, { id: this.roomId, atLeast: known ? this.#position : null }),
      );
      if (!data?.room) return this.#fault(`a read was answered ${text}`);
      const { memberCount, unreadCount, lastMessage, messages } = data.room;
      const now = { last: lastMessage?.seq ?? 0, unread: unreadCount, page: messages.nodes.at(-1)?.seq ?? 0 };
      if (memberCount !== 2) this.#fault(`the room of two has ${memberCount} members`);
      for (const [what, count] of Object.entries(now)) {
        const before = seen[what as keyof typeof seen];
        if (count < Math.max(least, before) || count > this.#sending)
          this.#fault(`${what} is ${count}, after ${before} was seen and of ${least} that are known`);
      }
      const expected = Array.from(
        { length: Math.min(PAGE, now.page) },
        (_, n) => now.page - Math.min(PAGE, now.page) + n + 1,
      );
      if (
        messages.nodes.map(({ seq, body }) => `${seq} ${body}`).join() !==
        expected.map((seq) => `${seq} message ${seq}`).join()
      )
        this.#fault(`a page is ${JSON.stringify(messages.nodes)}`);
      seen = now;
    }
  }

  #listen(): void {
    this.#socket.subscribe<{ roomEvents: { message?: { seq: number; body: string } } }>(
      { query: EVENTS, variables: { roomId: this.roomId } },
      {
        next: ({ data, errors }) => {
          const message = data?.roomEvents.message;
          if (errors) this.#fault(`a subscriber was told ${JSON.stringify(errors)}`);
          if (!message) return;
          // The first event may come before the subscription stands.
          if ((this.heard > 0 && message.seq !== this.heard + 1) || message.body !== `message ${message.seq}`)
            this.#fault(`${JSON.stringify(message)} was heard after ${this.heard}`);
          this.heard = message.seq;
        },
        error: (error) =>
          this.#fault(`a subscription ended with ${error instanceof Error ? error.message : JSON.stringify(error)}`),
        complete: () => undefined,
      },
    );
  }

  /** A broken connection is no answer either. */
  async #answered<T extends object>(asked: Promise<T>): Promise<T | (Partial<T> & { readonly text: string })> {
    return asked.catch(
      (error: unknown) => ({ text: `not at all: ${String(error)}` }) as Partial<T> & { readonly text: string },
    );
  }

  #fault(what: string): void {
    if (this.faults.length < 20) this.faults.push(what);
  }
}
