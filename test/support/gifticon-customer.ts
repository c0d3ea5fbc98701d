import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { WireRequest } from './gifticons.js';
import { pressing, standingOf, through, WATCH } from './gifticons.js';
import type { Answer, WireError, WireUser } from './wire.js';

/** What somebody was told of one of their requests. */
export interface Observed {
  /** By this process's clock, in milliseconds. */
  readonly at: number;
  readonly how: 'press' | 'watch' | 'ask';
  readonly request: WireRequest;
}

export interface CustomerOptions {
  /** Somebody signed in. The address is chosen anew for each request. */
  readonly user: WireUser;
  readonly campaignId: string;
  /** Every server of the API, also those that are down just now. */
  readonly servers: () => readonly string[];
  /** 0 … 1, the next one each time. */
  readonly random: () => number;
  /** Ends whatever is still being tried. */
  readonly over: AbortSignal;
}

/** How long an answer may take. Servers wait for nothing that long, also where the machine is very busy. */
const ANSWER_MS = 60_000;

/**
 * One who wants a gifticon, as applications are: it sends the same commandId again, to any server, until it is
 * answered; and it subscribes anew, to another server, where a subscription breaks. It keeps everything that it was
 * told.
 */
export class Customer {
  /** When each commandId was sent for the first time, by this process's clock. */
  readonly sent = new Map<string, number>();
  readonly observed: Observed[] = [];
  /** The ids that were told to be in the queue. */
  readonly accepted = new Set<string>();
  /** Answers that nobody should get. */
  readonly wrong: string[] = [];
  /** How often it had to send, to ask or to subscribe again. */
  again = 0;

  constructor(private readonly options: CustomerOptions) {}

  get userId(): string {
    return this.options.user.userId;
  }

  get campaignId(): string {
    return this.options.campaignId;
  }

  async press(commandId: string = randomUUID()): Promise<void> {
    if (!this.sent.has(commandId)) this.sent.set(commandId, performance.now());
    const answered = await this.insist((user) => pressing(user, this.campaignId, { commandId }));
    if (answered) this.note('press', answered.requestGifticon.request);
  }

  /** Asks where a request stands. */
  async ask(commandId: string): Promise<void> {
    const answered = await this.insist((user) => standingOf(user, commandId));
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
      this.again++;
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
            // Nobody falls back while the same server speaks.
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

  /** Asks, any server, until there is a whole answer. */
  private async insist<T>(ask: (user: WireUser) => Promise<Answer<T>>): Promise<T | undefined> {
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
      this.again++;
    }
    return undefined;
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
 * A server that is not there, or that says that a part it needs is not; or another request of the same user that is
 * still under way, which becomes a final answer when that one is decided.
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
  // fetch has one error for everything that befalls a connection. A socket that could not be had, or that was closed,
  // is an event.
  return name === 'TypeError' ? /fetch failed|terminated/.test(message ?? '') : type === 'error' || type === 'close';
}

// What comes from outside of a test's own world is no Error of it.
const textOf = (error: unknown): string => (error as { readonly stack?: string }).stack ?? JSON.stringify(error);
