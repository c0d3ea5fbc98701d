import { settlesWithin } from '../engine/runtime/deadline.js';
import type { Lifecycle } from '../engine/runtime/lifecycle.js';
import type { Metrics } from '../metrics.js';
import { startPoll } from '../engine/runtime/poll.js';

const ASK_EVERY_MS = 2_000;
/** A server that takes longer counts as away. */
const TIMEOUT_MS = 1_500;

export interface DependenciesOptions {
  /** A check of each server that the process needs, by its name in the metric. A failed check throws, or never ends. */
  readonly ask: Readonly<Record<string, () => Promise<unknown>>>;
  readonly notReady: () => Promise<readonly string[]>;
  readonly failingConsumers: () => number;
  readonly lifecycle: Lifecycle;
  readonly metrics: Metrics;
}

/**
 * Updates `madang_dependency_up` and `madang_ready`. One check at a time per server: a server that hangs must not get
 * more of them.
 */
export function watchDependencies({ ask, notReady, failingConsumers, lifecycle, metrics }: DependenciesOptions): void {
  const asking = new Map<string, Promise<unknown>>();

  const answers = async (name: string, question: () => Promise<unknown>): Promise<boolean> => {
    const running = asking.get(name) ?? question().finally(() => asking.delete(name));
    asking.set(name, running);
    return (
      (await settlesWithin(running, TIMEOUT_MS)) &&
      running.then(
        () => true,
        () => false,
      )
    );
  };

  const run = async (): Promise<void> => {
    metrics.consumersFailing.set(failingConsumers());
    const ready = async (): Promise<void> => {
      const reasons = await notReady();
      if (reasons.length > 0) throw new Error(reasons.join('; '));
    };
    const up = Object.entries(ask).map(async ([dependency, question]) =>
      metrics.dependencyUp.set({ dependency }, (await answers(dependency, question)) ? 1 : 0),
    );
    await Promise.all([...up, answers('ready', ready).then((is) => metrics.ready.set(is ? 1 : 0))]);
  };

  // What does not answer has its gauge, and what is not ready says why: a run does not fail.
  const poll = startPoll({ run, everyMs: ASK_EVERY_MS, failed: () => undefined });
  void poll.now();
  lifecycle.onStop('the checks of the servers that the process needs', () => poll.stop());
}
