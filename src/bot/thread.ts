import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { noCounts } from './counts.js';
import type { Counts } from './counts.js';
import { openVirtualUsers } from './virtual-users.js';
import type { VirtualUsersOptions, Findings } from './virtual-users.js';
import { createLatencies } from './latencies.js';
import type { EncodedLatencies } from './latencies.js';
import { planOf } from './plan.js';

// A thread of the bot with a part of its users. The main thread leads it from stage to stage.

export type ThreadData = Omit<VirtualUsersOptions, 'plan' | 'counts' | 'latencies' | 'signal'>;

export type ToThread =
  | { readonly type: 'arrive' | 'begin'; readonly startAt: number }
  | { readonly type: 'settle'; readonly heads: readonly number[]; readonly timeoutMs: number }
  | { readonly type: 'stop' };

/** Latencies are those since the last report; counts are those of the whole run. */
export interface ThreadReport {
  readonly type: 'report';
  readonly counts: Counts;
  readonly latencies: EncodedLatencies;
  /** The delay of the thread's event loop since the last report, in milliseconds. */
  readonly loopDelay: { readonly p99: number; readonly max: number };
}

export type FromThread =
  | ThreadReport
  | { readonly type: 'ready' | 'arrived' }
  | { readonly type: 'sent'; readonly heads: readonly number[] }
  | { readonly type: 'settled'; readonly findings: Findings };

const REPORT_EVERY_MS = 1_000;
const RESOLUTION_MS = 10;

const port = parentPort!;
const data = workerData as ThreadData;
const post = (message: FromThread): void => port.postMessage(message);
const stopping = new AbortController();
const counts = noCounts();
const latencies = createLatencies();
const loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
const users = openVirtualUsers({ ...data, plan: planOf(data.scenario), counts, latencies, signal: stopping.signal });

/** The monitor measures the time from one tick to the next, of which a tick's own length is no delay. */
const delayMs = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);

function report(): void {
  const loopDelay = { p99: delayMs(loop.percentile(99)), max: delayMs(loop.max) };
  post({ type: 'report', counts, latencies: latencies.encode(), loopDelay });
  latencies.reset();
  loop.reset();
}

loop.enable();
const reporting = setInterval(report, REPORT_EVERY_MS);

async function settle(heads: readonly number[], timeoutMs: number): Promise<void> {
  const findings = await users.settle(heads, timeoutMs);
  clearInterval(reporting);
  report();
  post({ type: 'settled', findings });
  await users.close();
  port.close();
}

post({ type: 'ready' });
port.on('message', (message: ToThread) => {
  switch (message.type) {
    case 'arrive':
      return void users.arrive(message.startAt).then(() => post({ type: 'arrived' }));
    case 'begin':
      return void users.begin(message.startAt).then((heads) => post({ type: 'sent', heads }));
    case 'settle':
      return void settle(message.heads, message.timeoutMs);
    case 'stop':
      return stopping.abort();
    default:
      return message satisfies never;
  }
});
