import { randomUUID } from 'node:crypto';
import type { ChatClient, EventStream, RoomEvent } from './chat-client.js';
import { connect, sendMessage } from './chat-client.js';
import { until } from './conditions.js';

/** A client that behaves like an application: it retries unanswered requests, and resumes broken subscriptions. */
export class RetryingUser implements AsyncDisposable {
  private readonly disposed = new AbortController();
  private readonly received: RoomEvent[] = [];
  private stream: EventStream | null = null;
  readonly sent: string[] = [];
  private client: ChatClient;

  constructor(
    private url: string,
    private readonly token: string,
    private readonly userId: string,
    private readonly roomId: string,
    private position: string,
  ) {
    this.client = connect(url, token, userId);
  }

  /** Moves to another server, or to the same one at its new address. */
  async moveTo(url: string): Promise<void> {
    this.url = url;
    await this.client[Symbol.asyncDispose]();
    this.client = connect(url, this.token, this.userId);
  }

  async send(body: string): Promise<void> {
    const commandId = randomUUID();
    const deadline = Date.now() + 60_000;
    while (this.alive()) {
      try {
        const { receipt } = await sendMessage(this.client, { roomId: this.roomId, body, commandId });
        if (receipt.status === 'SUCCEEDED') return void this.sent.push(body);
        expect(receipt.rejection).toBeNull();
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  /** Follows the room until `signal`, over as many subscriptions as it takes. */
  async listen(over: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([over, this.disposed.signal]);
    while (!signal.aborted) {
      const stream = this.client.events(this.roomId, this.position);
      this.stream = stream;
      const url = this.url;
      await until(
        () => signal.aborted || stream.errors.length > 0 || this.url !== url,
        'a reason to subscribe anew',
        120_000,
      );
      stream.stop();
      this.stream = null;
      this.received.push(...stream.received);
      this.position = this.received.at(-1)?.position ?? this.position;
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** The numbers of the messages, in the order of their arrival. */
  seqs(): readonly number[] {
    return [...this.received, ...(this.stream?.received ?? [])].flatMap(({ message }) =>
      message ? [message.seq] : [],
    );
  }

  /** Until it is disposed of: a test that failed must not leave it running. */
  alive(): boolean {
    return !this.disposed.signal.aborted;
  }

  heard(): number {
    return this.seqs().length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disposed.abort();
    await this.client[Symbol.asyncDispose]();
  }
}
