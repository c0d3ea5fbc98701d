import type { Browser, Page } from 'playwright-core';

/** What a page's main thread did, by the browser's own trace, in processor time: other tests do not count. */
export interface MainThread {
  readonly longestTaskMs: number;
  /** Of the time that it took, the part in which the thread had the processor. */
  readonly busyShare: number;
  readonly tasks: number;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Processor time, in microseconds. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

export async function traceMainThread(browser: Browser, page: Page, work: () => Promise<void>): Promise<MainThread> {
  await browser.startTracing(page, { categories: ['toplevel'] });
  const began = performance.now();
  await work();
  const tookMs = performance.now() - began;
  const { traceEvents } = JSON.parse(String(await browser.stopTracing())) as {
    readonly traceEvents: readonly TraceEvent[];
  };
  const idOf = ({ pid, tid }: TraceEvent): string => `${pid}:${tid}`;
  const mainThreads = new Set(
    traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(idOf),
  );
  const tasks = traceEvents.filter(
    (event) => event.ph === 'X' && event.name === 'ThreadControllerImpl::RunTask' && mainThreads.has(idOf(event)),
  );
  const times = tasks.map(({ tdur = 0 }) => tdur / 1_000);
  return {
    longestTaskMs: times.reduce((longest, ms) => Math.max(longest, ms), 0),
    busyShare: times.reduce((sum, ms) => sum + ms, 0) / tookMs,
    tasks: tasks.length,
  };
}
