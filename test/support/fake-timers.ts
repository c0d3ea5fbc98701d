/** Jest's own object, of which each native ES module gets one, without a type: its timers are the test file's. */
export const { jest } = import.meta as unknown as {
  readonly jest: {
    useFakeTimers(options?: { readonly now: number }): unknown;
    useRealTimers(): unknown;
    advanceTimersByTime(ms: number): void;
    advanceTimersByTimeAsync(ms: number): Promise<void>;
  };
};
