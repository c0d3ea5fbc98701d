/** The longest delay that a timer takes; a longer one would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Calls `act` once at the time, which may be any time away. @returns cancels it */
export function at(time: Date, act: () => void): () => void {
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    const left = time.getTime() - Date.now();
    timer = setTimeout(left > MAX_DELAY_MS ? arm : act, Math.min(Math.max(left, 0), MAX_DELAY_MS));
    timer.unref();
  };
  arm();
  return () => clearTimeout(timer);
}
