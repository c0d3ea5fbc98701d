import type { Observable } from '@graphiql/toolkit';
import type { ExecutionResult } from 'graphql';

/** Results before the newest one that stay in view. */
const KEPT = 20;

/** Why an execution ended, in one sentence, and whether a sign-in helps. */
export interface Notice {
  readonly text: string;
  readonly signInHelps: boolean;
}

export interface Sink {
  next(result: ExecutionResult): void;
  /** Without a notice it is complete. */
  end(notice?: Notice): void;
}

/** Starts an operation, and returns a function that ends it. */
export type Source = (sink: Sink) => () => void;

/** An execution as the page shows it. */
export interface Execution {
  readonly isSubscription: boolean;
  readonly isOver: boolean;
  readonly received: number;
  readonly notice: Notice | null;
  /** The `after` that continues behind the last event. */
  readonly position: string | null;
}

type Shown = ExecutionResult & { readonly earlier?: readonly unknown[] };

interface Watcher {
  next(result: Shown): void;
  complete(): void;
}

interface Running extends Execution {
  readonly tab: string;
  /** The handle of the page's sign-in that it was sent with; null: it has no token, or one from the Headers pane. */
  readonly as: string | null;
  /** The newest first. */
  readonly results: ExecutionResult[];
  isOver: boolean;
  received: number;
  notice: Notice | null;
  position: string | null;
  /** The response pane, while it shows this. */
  watcher: Watcher | null;
  /** The response pane has not shown the last result. */
  isUnseen: boolean;
  frame: number | null;
  stop: () => void;
}

export interface ExecuteOptions {
  readonly isSubscription: boolean;
  readonly as: string | null;
}

/** One for each tab of the page that has executed something. It continues while another tab is open. */
const executions = new Map<string, Running>();
let openTab: string | null = null;
/** The ended execution whose results the next one of its tab continues. */
let continued: Running | null = null;
let returning = false;

let snapshot: ReadonlyMap<string, Execution> = new Map();
const listeners = new Set<() => void>();

export const currentExecutions = (): ReadonlyMap<string, Execution> => snapshot;

export function onExecutions(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function changed(): void {
  snapshot = new Map(
    [...executions].map(([tab, { isSubscription, isOver, received, notice, position }]) => [
      tab,
      { isSubscription, isOver, received, notice, position },
    ]),
  );
  for (const listener of listeners) listener();
}

/** GraphiQL calls it whenever its tabs change, and before each execution. */
export function tabsChanged(tabs: readonly { readonly id: string }[], activeTabIndex: number): void {
  openTab = tabs[activeTabIndex]?.id ?? null;
  for (const [tab, execution] of executions) {
    if (tabs.some(({ id }) => id === tab)) continue;
    end(execution);
    executions.delete(tab);
  }
}

/** The response pane shows one result: for a subscription the newest, with the ones before it. */
function shownOf({ results: [newest, ...earlier], isSubscription }: Running): Shown | null {
  if (!newest) return null;
  return isSubscription && earlier.length > 0 ? { ...newest, earlier: earlier.map((result) => result.data) } : newest;
}

function publish(execution: Running): void {
  if (execution.frame !== null) cancelAnimationFrame(execution.frame);
  execution.frame = null;
  const { watcher } = execution;
  execution.isUnseen = !watcher || execution.tab !== openTab;
  if (watcher && !execution.isUnseen) {
    const shown = shownOf(execution);
    if (shown) watcher.next(shown);
    if (execution.isOver) watcher.complete();
  }
  changed();
}

function end(execution: Running, notice: Notice | null = null): void {
  if (execution.isOver) return;
  execution.isOver = true;
  execution.notice = notice;
  execution.stop();
  publish(execution);
}

/** Where a subscription continues: a lagging one says so in its error; nothing continues a position that is gone. */
function positionIn({ data, errors }: ExecutionResult, before: string | null): string | null {
  const extensions = errors?.[0]?.extensions;
  if (extensions?.['code'] === 'POSITION_GONE') return null;
  const [event] = Object.values((data ?? {}) as Record<string, { readonly position?: unknown } | null>);
  const position = extensions?.['position'] ?? event?.position;
  return typeof position === 'string' ? position : before;
}

function observe(execution: Running): Observable<ExecutionResult> {
  const observable = {
    subscribe(watcher: Watcher) {
      execution.watcher = watcher;
      // GraphiQL has the subscription only after this call returns.
      queueMicrotask(() => publish(execution));
      return {
        unsubscribe() {
          execution.watcher = null;
          // Opening another tab unsubscribes, too, and tells of that tab within the same turn.
          queueMicrotask(() => {
            if (execution.watcher === null && openTab === execution.tab) end(execution);
          });
        },
      };
    },
  };
  // The type has a second way to subscribe, with three functions, which GraphiQL does not use.
  return observable as Observable<ExecutionResult>;
}

/** Executes in the open tab, in place of its last execution. */
export function execute(start: Source, options: ExecuteOptions): Observable<ExecutionResult> {
  const tab = openTab ?? '';
  const last = executions.get(tab);
  if (last) end(last);
  const before = continued === last ? last : undefined;
  continued = null;
  const execution: Running = {
    ...options,
    tab,
    results: [...(before?.results ?? [])],
    isOver: false,
    received: before?.received ?? 0,
    notice: null,
    position: before?.position ?? null,
    watcher: null,
    isUnseen: false,
    frame: null,
    stop: () => undefined,
  };
  executions.set(tab, execution);
  const stop = start({
    next(result) {
      if (execution.isOver) return;
      execution.position = positionIn(result, execution.position);
      execution.received += result.data ? 1 : 0;
      execution.results.unshift(result);
      execution.results.length = Math.min(execution.results.length, KEPT + 1);
      // At most once a frame: a busy room would redraw the response pane for each event.
      execution.frame ??= requestAnimationFrame(() => publish(execution));
    },
    end: (notice) => end(execution, notice),
  });
  execution.stop = stop;
  if (execution.isOver) stop();
  changed();
  return observe(execution);
}

/** The next execution of the open tab begins with the results of its last one. */
export function continueResults(): void {
  continued = executions.get(openTab ?? '') ?? null;
}

/**
 * After a tab was opened again: `running` where its execution continues, which the next call of the fetcher then
 * returns; or the text of the response that came in the meantime.
 */
export function returnTo(tab: string): 'running' | Shown | null {
  const execution = executions.get(tab);
  if (!execution) return null;
  returning = !execution.isOver;
  if (returning) return 'running';
  const shown = execution.isUnseen ? shownOf(execution) : null;
  execution.isUnseen = false;
  return shown;
}

/** The execution that the open tab returned to, once. */
export function returned(): Observable<ExecutionResult> | null {
  const execution = executions.get(openTab ?? '');
  const isIt = returning;
  returning = false;
  return isIt && execution && !execution.isOver ? observe(execution) : null;
}

/** An execution ends with the sign-in that it was sent with. */
export function endOthers(handle: string | null): void {
  for (const execution of executions.values()) {
    if (execution.as === null || execution.as === handle) continue;
    end(execution, {
      text: `It ran as @${execution.as}, who is no longer signed in here.`,
      signInHelps: handle === null,
    });
  }
}
