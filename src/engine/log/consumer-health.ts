/**
 * The state of this process's consumers. A consumer that restarts again and again does no work without failing:
 * commands are acknowledged, and nothing decides them.
 */
export interface ConsumerHealth {
  /**
   * @param problem called for each health check: why this consumer does no work, without names of servers; null while
   * it works
   * @returns unsubscribes
   */
  add(problem: () => string | null): () => void;
  /** The consumer restarts. */
  restarted(): void;
  problems(): readonly string[];
}

export function createConsumerHealth(onRestart: () => void = () => undefined): ConsumerHealth {
  const asked = new Set<() => string | null>();
  return {
    add(problem) {
      asked.add(problem);
      return () => void asked.delete(problem);
    },
    restarted: onRestart,
    problems: () => [...new Set([...asked].flatMap((problem) => problem() ?? []))],
  };
}
