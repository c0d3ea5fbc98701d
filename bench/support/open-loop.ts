import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Answer, RawConnection } from './raw-http.js';
import { openConnection } from './raw-http.js';

/** Milliseconds since 1970, finer than a millisecond, the same in all threads of this process. */
export const now = (): number => performance.timeOrigin + performance.now();

/** The end of a request. `unanswered`: not within the timeout, whether it was sent by then or not. */
export const OUTCOMES = ['unanswered', 'served', 'refused', 'failed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface OpenLoop {
  /** Requests go to them in turn. */
  readonly urls: readonly string[];
  /** The number to each of them. A request that finds none free waits for one. */
  readonly connections: number;
  readonly perSecond: number;
  readonly seconds: number;
  /** The due time of the first request, by `now()`: late enough to open the connections before. */
  readonly startAt: number;
  readonly timeoutMs: number;
  /** Called when the request is sent. */
  request(index: number): { readonly token: string; readonly body: string };
  judge(index: number, answer: Answer): Exclude<Outcome, 'unanswered'>;
}

/** One entry for each request, in the order of their due times. */
export interface Taken {
  /** From the due time to the answer; NaN where it failed or was unanswered. */
  readonly ms: Float64Array;
  /** Indices into `OUTCOMES`. */
  readonly outcomes: Uint8Array;
}

const outcomeIndex = (outcome: Outcome): number => OUTCOMES.indexOf(outcome);

/**
 * Sends requests by a fixed schedule, at any speed of the server: a slow server gets no fewer, and each request is
 * measured from its due time. Resolves when all are answered, or at the timeout of the last one.
 */
export async function openLoop(options: OpenLoop): Promise<Taken> {
  const { urls, connections, perSecond, seconds, startAt, timeoutMs, request, judge } = options;
  const total = Math.round(perSecond * seconds);
  const taken: Taken = { ms: new Float64Array(total).fill(Number.NaN), outcomes: new Uint8Array(total) };
  const dueAt = (index: number): number => startAt + (index * 1_000) / perSecond;
  const lanes = await Promise.all(
    urls.map(async (url) => ({ url, idle: await openConnections(url, connections), queue: [] as number[], first: 0 })),
  );
  type Lane = (typeof lanes)[number];
  const open = new Set<RawConnection>(lanes.flatMap(({ idle }) => idle));
  let left = total;
  let over = false;

  const settle = (index: number, outcome: Outcome): void => {
    const ms = now() - dueAt(index);
    const inTime = ms <= timeoutMs;
    taken.outcomes[index] = outcomeIndex(inTime ? outcome : 'unanswered');
    if (inTime && outcome !== 'failed') taken.ms[index] = ms;
    left--;
  };

  const reopened = async (closed: RawConnection, url: string): Promise<RawConnection> => {
    open.delete(closed);
    const fresh = await openConnection(url);
    open.add(fresh);
    if (over) fresh.close();
    return fresh;
  };

  const send = async (lane: Lane, connection: RawConnection, index: number): Promise<void> => {
    const { token, body } = request(index);
    let usable = connection.isOpen ? connection : await reopened(connection, lane.url);
    try {
      const answer = await usable.post('/graphql', token, body);
      settle(index, judge(index, answer));
    } catch {
      if (over) return;
      settle(index, 'failed');
      usable = await reopened(usable, lane.url);
    }
    lane.idle.push(usable);
    pump(lane);
  };

  const pump = (lane: Lane): void => {
    while (lane.first < lane.queue.length && lane.idle.length > 0 && !over) {
      const index = lane.queue[lane.first++]!;
      if (now() - dueAt(index) > timeoutMs) settle(index, 'unanswered');
      // The server takes no connections any more: this one stays lost, and its requests unanswered.
      else send(lane, lane.idle.pop()!, index).catch(() => undefined);
    }
  };

  for (let next = 0; next < total; await delay(1)) {
    for (const at = now(); next < total && dueAt(next) <= at; next++) lanes[next % lanes.length]!.queue.push(next);
    for (const lane of lanes) pump(lane);
  }
  while (left > 0 && now() < dueAt(total) + timeoutMs) await delay(10);
  over = true;
  for (const connection of open) connection.close();
  return taken;
}

async function openConnections(url: string, count: number): Promise<RawConnection[]> {
  const opened: RawConnection[] = [];
  // A few at a time: all at once would overflow the server's queue of connections.
  while (opened.length < count)
    opened.push(
      ...(await Promise.all(Array.from({ length: Math.min(50, count - opened.length) }, () => openConnection(url)))),
    );
  return opened;
}
