import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { WireRequest } from './gifticons.js';
import { pressing, statusOf, through, WATCH } from './gifticons.js';
import type { Answer, WireError, WireUser } from './wire.js';

/** One answer about a request. */
export interface Observed {
  /** By this process's clock, in milliseconds. */
  readonly at: number;
  readonly how: 'press' | 'watch' | 'ask';
  readonly request: WireRequest;
}

export interface CustomerOptions {
  /** A signed-in user. The server is chosen anew for each request. */
  readonly user: WireUser;
  readonly campaignId: string;
  /** Every server of the API, including those that are down now. */
  readonly servers: () => readonly string[];
  /** The next random number, 0 … 1. */
  readonly random: () => number;
  /** Ends all retries. */
  readonly over: AbortSignal;
}

/** The timeout of an answer: longer than every wait of a server, even on a very busy machine. */
const ANSWER_MS = 60_000;

/**
 * A customer who behaves like an application: it sends the same commandId again, to any server, until it is answered,
 * and subscribes again, to another server, when a subscription breaks. It records every answer.
 */
export class Customer {
  /** The time of each commandId's first request, by this process's clock. */
  readonly sent = new Map<string, number>();
  readonly observed: Observed[] = [];
  /** The ids that were reported as queued. */
  readonly accepted = new Set<string>();
  /** Answers that no customer should get. */
  readonly wrong: string[] = [];
  /** The number of retries. */
  again = 0;
  /** The reason of the last one. */
  lastReason = '';

  constructor(private readonly options: CustomerOptions) {}

  get userId(): string {
    return this.options.user.userId;
  }

  /** Whether it has no outcome yet. */
  get waits(): boolean {
    return (this.observed.at(-1)?.request.status ?? 'QUEUED') === 'QUEUED';
  }

  get campaignId(): string {
    return this.options.campaignId;
  }

  async press(commandId: string = randomUUID()): Promise<void> {
    if (!this.sent.has(commandId)) this.sent.set(commandId, performance.now());
    const answered = await this.askUntilAnswered((user) => pressing(user, this.campaignId, { commandId }));
    if (answered) this.note('press', answered.requestGifticon.request);
  }

  /** Asks for the status of a request. */
  async ask(commandId: string): Promise<void> {
    const answered = await this.askUntilAnswered((user) => statusOf(user, commandId));
    if (answered?.gifticonRequest) this.note('ask', answered.gifticonRequest);
    else if (answered)
      this.wrong.push(`there is no request ${commandId}, although ${JSON.stringify(this.observed)} was told`);
  }

  /** Watches a request until it has its outcome, over as many subscriptions as it takes. */
  async watch(commandId: string): Promise<void> {
    for (let url = this.anyServer(); !this.options.over.aborted; url = this.anyServer(url), await this.rest()) {
      const { last, error } = await this.subscribe(url, commandId);
      if (last && last.status !== 'QUEUED') return;
      if (error !== undefined && !isPassing(error))
        return void this.wrong.push(`watching ${commandId}: ${textOf(error)}`);
      this.retry(`the end of a subscription to ${commandId} at ${url}`, error);
    }
  }

  private async subscribe(
    url: string,
    commandId: string,
  ): Promise<{ readonly last: WireRequest | undefined; readonly error?: unknown }> {
    const { user, over } = this.options;
    const address = {
      url: `${url.replace('http', 'ws')}/graphql`,
      connectionParams: { authorization: `Bearer ${user.token}` },
    };
    const client = createClient({ ...address, webSocketImpl: WebSocket, retryAttempts: 0 });
    const broken: unknown[] = [];
    let last: WireRequest | undefined;
    await new Promise<void>((resolve) => {
      over.addEventListener('abort', () => resolve(), { once: true });
      client.subscribe<{ gifticonRequest: WireRequest }>(
        { query: WATCH, variables: { id: commandId } },
        {
          next: ({ data, errors }) => {
            if (errors) broken.push(errors);
            if (!data) return;
            // A place never grows in the answers of one server.
            if (last && data.gifticonRequest.ahead > last.ahead)
              this.wrong.push(`${commandId}: after ${last.ahead} ahead came ${data.gifticonRequest.ahead}`);
            last = data.gifticonRequest;
            this.note('watch', last);
          },
          error: (error) => {
            broken.push(error);
            resolve();
          },
          complete: resolve,
        },
      );
    });
    void client.dispose();
    return broken.length > 0 ? { last, error: broken[0] } : { last };
  }

  /** Asks any server until there is a whole answer. */
  private async askUntilAnswered<T>(ask: (user: WireUser) => Promise<Answer<T>>): Promise<T | undefined> {
    for (; !this.options.over.aborted; await this.rest()) {
      const url = this.anyServer();
      const answer = await Promise.race([
        ask(through(url, this.options.user)).catch((error: unknown) => ({ error })),
        delay(ANSWER_MS, null, { ref: false }),
      ]);
      if (!answer) this.wrong.push(`${url} gave no answer within ${ANSWER_MS} ms`);
      else if ('error' in answer) {
        if (!isPassing(answer.error)) this.wrong.push(textOf(answer.error));
      } else if (!isPassing(answer.errors)) {
        return void this.wrong.push(answer.text);
      } else if (answer.errors.length === 0 && answer.data) return answer.data;
      this.retry(`an answer of ${url}`, answer && 'error' in answer ? answer.error : answer?.errors);
    }
    return undefined;
  }

  /** The customer for a person who looks into a failure. */
  toString(): string {
    const { userId, campaignId, again, lastReason, wrong } = this;
    return JSON.stringify({
      userId,
      campaignId,
      sent: [...this.sent],
      accepted: [...this.accepted],
      last: this.observed.at(-1),
      again,
      lastReason,
      wrong,
    });
  }

  private retry(after: string, error: unknown): void {
    this.again++;
    this.lastReason = `${Math.round(performance.now())} ms, ${after}: ${JSON.stringify(error)}`;
  }

  private note(how: Observed['how'], request: WireRequest): void {
    this.observed.push({ at: performance.now(), how, request });
    if (request.status === 'QUEUED') this.accepted.add(request.id);
  }

  private anyServer(but?: string): string {
    const servers = this.options.servers();
    const others = servers.filter((url) => url !== but);
    const from = others.length > 0 ? others : servers;
    return from[Math.floor(this.options.random() * from.length)]!;
  }

  private rest(): Promise<void> {
    return delay(50 + 150 * this.options.random());
  }
}

/**
 * Transient: a server is gone, or a part that it needs; or another request of the same user is under way, which becomes
 * a final answer when that one is decided.
 */
const PASSING = new Set(['UNAVAILABLE', 'TOO_MANY_REQUESTS']);

function isPassing(error: unknown): boolean {
  if (Array.isArray(error))
    return (error as readonly WireError[]).every(({ extensions }) => PASSING.has(extensions.code));
  const { name, message, type } = error as {
    readonly name?: string;
    readonly message?: string;
    readonly type?: string;
  };
  // fetch has one error for every failure of a connection. A failed or closed socket gives an event.
  return name === 'TypeError' ? /fetch failed|terminated/.test(message ?? '') : type === 'error' || type === 'close';
}

// An error of another realm is not an instance of this realm's Error.
const textOf = (error: unknown): string => (error as { readonly stack?: string }).stack ?? JSON.stringify(error);
