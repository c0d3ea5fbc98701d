import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ending } from '../support/endings.js';

/** What a user who waits subscribes to: with the variables `id`, its own request, and `campaign`. */
export type Queries = readonly string[];

export interface Waiting {
  readonly url: string;
  readonly campaignId: string;
  readonly queries: Queries;
  /** One for each user who waits. */
  readonly users: readonly { readonly token: string; readonly requestId: string }[];
}

/** Users who wait, in a process of their own. Resolves once all of them have subscribed. */
export interface Waiters {
  /** Deliveries so far, over all of them. */
  deliveries(): Promise<number>;
  stop(): Promise<void>;
}

const PROCESS = fileURLToPath(new URL('./waiters-process.js', import.meta.url));

export async function startWaiters(waiting: Waiting): Promise<Waiters> {
  const child = fork(PROCESS, { execArgv: ['--max-semi-space-size=32'] });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('a process of waiting users ended')));
  ended.catch(() => undefined);
  const ask = async (asked: Waiting | 'count'): Promise<number> => {
    const answered = Promise.race([once(child, 'message'), ended]);
    child.send(asked);
    const [count] = (await answered) as [number];
    return count;
  };
  const stop = ending(async () => {
    const exited = once(child, 'exit');
    if (child.connected) child.disconnect();
    await exited;
  });
  await ask(waiting);
  return { deliveries: () => ask('count'), stop };
}
