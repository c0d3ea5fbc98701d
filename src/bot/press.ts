import type { Connection } from './connection.js';
import { Failure } from './failure.js';
import { WATCH } from './operations.js';
import type { GifticonRequest } from './operations.js';

/** Follows a queued request over as many connections as it takes. Rejects where it never has an outcome. */
export function outcomeOf(
  connection: Connection,
  id: string,
  { signal, interrupted }: { readonly signal: AbortSignal; readonly interrupted: () => void },
): Promise<GifticonRequest> {
  return new Promise((resolve, reject) => {
    let latest: GifticonRequest | undefined;
    const stop = (): void => {
      end();
      reject(new Failure('NETWORK', 'there was no outcome in time'));
    };
    const finish = (settle: () => void): void => {
      signal.removeEventListener('abort', stop);
      settle();
    };
    const end = connection.subscribe<{ readonly gifticonRequest: GifticonRequest }>({
      query: WATCH,
      variables: () => ({ id }),
      next: ({ gifticonRequest }) => void (latest = gifticonRequest),
      interrupted,
      ended(failure) {
        finish(() => {
          if (failure) reject(failure);
          else if (latest && latest.status !== 'QUEUED') resolve(latest);
          else reject(new Failure('COMPLETED', 'the subscription completed before the outcome'));
        });
      },
    });
    signal.addEventListener('abort', stop, { once: true });
  });
}
