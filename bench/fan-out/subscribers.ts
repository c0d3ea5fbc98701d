import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ending } from '../support/endings.js';

export interface Subscribing {
  readonly url: string;
  readonly roomId: string;
  /** One for each subscriber. */
  readonly tokens: readonly string[];
  /** Whether all operations have the same id, or each a UUID, the default of graphql-ws. */
  readonly ids: 'same' | 'own';
  /** Default: that of the benchmark `fan-out`. */
  readonly query?: string;
  /** The local address of the sockets. */
  readonly from?: string;
}

export type Asked =
  | { readonly do: 'subscribe'; readonly subscribing: Subscribing }
  | { readonly do: 'reset' | 'count' | 'delays' | 'release' }
  | { readonly do: 'stall'; readonly count: number };

export interface Counted {
  /** Since the last reset. */
  readonly deliveries: number;
  /** The subscribers that have got something, ever. */
  readonly served: number;
  /** The delays since the last reset, of a sample, in milliseconds. */
  readonly delays: readonly number[];
  /** The subscribers in the sample. */
  readonly sampled: number;
}

/** The subscribers of one program, in a process of their own: open files are limited per process. */
export interface Subscribers {
  ask(asked: Asked): Promise<Counted>;
  stop(): Promise<void>;
}

const PROCESS = fileURLToPath(new URL('./subscribers-process.js', import.meta.url));

export async function startSubscribers(subscribing: Subscribing): Promise<Subscribers> {
  const child = fork(PROCESS, { execArgv: ['--max-semi-space-size=32'] });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('a process of subscribers ended')));
  ended.catch(() => undefined);
  const ask = async (asked: Asked): Promise<Counted> => {
    const answered = Promise.race([once(child, 'message'), ended]);
    child.send(asked);
    const [counted] = (await answered) as [Counted];
    return counted;
  };
  const stop = ending(async () => {
    const exited = once(child, 'exit');
    if (child.connected) child.disconnect();
    await exited;
  });
  await ask({ do: 'subscribe', subscribing });
  return { ask, stop };
}
