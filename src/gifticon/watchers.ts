import type { RequestStatus } from './gifticon-requests.js';
import type { RequestStatusSource } from './request-status-source.js';
import { requestStatusSource } from './request-status-source.js';
import type { WaitingRequest } from './request-index.js';

/** The watchers of waiting requests. */
export interface Watchers {
  has(request: WaitingRequest): boolean;
  /** Its status at once, then as its place moves, then its outcome. Without `places` its outcome alone. */
  watch(request: WaitingRequest, signal: AbortSignal, places?: boolean): AsyncIterableIterator<RequestStatus>;
  /** Its outcome alone; null where the signal, or a stop, ends the wait. */
  outcome(request: WaitingRequest, signal: AbortSignal): Promise<RequestStatus | null>;
  settle(request: WaitingRequest, outcome: RequestStatus): void;
  /** Ends its watchers without an outcome. */
  lose(request: WaitingRequest): void;
  stop(): void;
}

export interface WatchersOptions {
  /** The current status of a request. */
  readonly statusOf: (request: WaitingRequest) => RequestStatus;
  readonly ahead: (request: WaitingRequest) => number;
  /** The shortest time between two updates for a watcher, in milliseconds. */
  readonly updateEveryMs: number;
  /** The limit of updates to all watchers together: with more watchers each gets fewer. */
  readonly updatesPerSecond: number;
}

interface Watch {
  readonly request: WaitingRequest;
  readonly source: RequestStatusSource;
  sent: number;
  due: number;
}

const TICK_MS = 50;

export function createWatchers({ statusOf, ahead, updateEveryMs, updatesPerSecond }: WatchersOptions): Watchers {
  const observers = new Map<WaitingRequest, Set<RequestStatusSource>>();
  /** In the order in which their updates are due. */
  const queue = new Set<Watch>();
  let ticker: NodeJS.Timeout | undefined;
  let ticked = 0;
  let stopped = false;
  const tickMs = Math.min(TICK_MS, updateEveryMs);

  const observe = (request: WaitingRequest, signal: AbortSignal, ended: () => void): RequestStatusSource => {
    const sources = observers.get(request) ?? new Set<RequestStatusSource>();
    observers.set(request, sources);
    const source = requestStatusSource(signal, () => {
      sources.delete(source);
      if (sources.size === 0 && observers.get(request) === sources) observers.delete(request);
      ended();
    });
    sources.add(source);
    return source;
  };

  const tick = (): void => {
    const now = performance.now();
    let left = Math.min(queue.size, Math.ceil(((now - ticked) * updatesPerSecond) / 1_000));
    ticked = now;
    for (const watch of queue) {
      if (watch.due > now || left-- === 0) break;
      queue.delete(watch);
      queue.add(Object.assign(watch, { due: now + updateEveryMs }));
      const place = ahead(watch.request);
      if (place === watch.sent) continue;
      watch.sent = place;
      watch.source.push(statusOf(watch.request));
    }
  };

  const enqueue = (watch: Watch): void => {
    queue.add(watch);
    if (ticker) return;
    ticked = performance.now();
    ticker = setInterval(tick, tickMs);
    ticker.unref();
  };

  const dequeue = (watch: Watch): void => {
    queue.delete(watch);
    if (queue.size > 0) return;
    clearInterval(ticker);
    ticker = undefined;
  };

  const finish = (request: WaitingRequest, last: RequestStatus | null): void => {
    for (const source of observers.get(request) ?? []) {
      if (last) source.push(last);
      source.end();
    }
  };

  return {
    has: (request) => observers.has(request),
    watch(request, signal, places = true) {
      const source = observe(request, signal, () => dequeue(watch));
      const watch: Watch = { request, source, sent: ahead(request), due: performance.now() + updateEveryMs };
      if (signal.aborted || stopped) source.drop();
      else if (places) {
        source.push(statusOf(request));
        enqueue(watch);
      }
      return source.statuses;
    },
    async outcome(request, signal) {
      const source = observe(request, signal, () => undefined);
      if (signal.aborted || stopped) source.drop();
      const { value } = await source.statuses.next();
      return value ?? null;
    },
    settle: finish,
    lose: (request) => finish(request, null),
    stop() {
      stopped = true;
      for (const request of observers.keys()) finish(request, null);
    },
  };
}
