/**
 * How those are who read the log for this process. A consumer that starts anew again and again does no work, and says
 * nothing of it by itself: commands are acknowledged, and nobody decides them.
 */
export interface ConsumerHealth {
  /**
   * @param problem asked whenever somebody wants to know: why this consumer does no work, in words without names of
   * servers; null where it works
   * @returns how to stop asking
   */
  add(problem: () => string | null): () => void;
  /** It starts anew. */
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
