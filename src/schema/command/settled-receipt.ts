import type { Receipt } from '../../engine/domain/receipt.js';
import { iteration } from '../../engine/runtime/iteration.js';

/** The receipt of a command, once, as soon as it exists. It may never come: the reader can end the wait. */
export function settledReceipt(
  settled: (signal: AbortSignal) => Promise<Receipt | null>,
  connection: AbortSignal,
): AsyncIterableIterator<Receipt> {
  const ending = new AbortController();
  const end = (): void => {
    connection.removeEventListener('abort', end);
    ending.abort();
  };
  connection.addEventListener('abort', end, { once: true });
  if (connection.aborted) end();
  let asked = false;

  return iteration({
    async next() {
      if (asked || ending.signal.aborted) return undefined;
      asked = true;
      try {
        return (await settled(ending.signal)) ?? undefined;
      } finally {
        connection.removeEventListener('abort', end);
      }
    },
    end,
  });
}
