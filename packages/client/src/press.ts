import type { GifticonRequest } from './commands.js';
import { newCommandId } from './command-id.js';
import { REQUEST } from './commands.js';
import { pause } from './retry.js';
import type { RetryOptions } from './retry.js';
import type { Send } from './send.js';
import { resubscribe } from './subscription.js';
import type { Transport } from './transport.js';

export interface PressOptions extends Omit<RetryOptions, 'timeoutMs'> {
  /** That of an earlier press of the same user, to go on with it. */
  readonly commandId?: string;
  /** Called when the request is taken, and each time that its place moves. */
  readonly onChange?: (request: GifticonRequest) => void;
}

const COMPLETED_EARLY_MS = 500;
const WATCH = `subscription ($id: ID!) { gifticonRequest(id: $id) { ${REQUEST} } }`;

export function createPress(transport: Transport, send: Send) {
  /** Follows a request, over as many connections as it takes, to its outcome. */
  const watch = async (id: string, { onChange, onRetry, signal }: PressOptions): Promise<GifticonRequest> => {
    const over = new AbortController();
    const stop = (): void => over.abort();
    signal?.addEventListener('abort', stop, { once: true });
    let latest: GifticonRequest | undefined;
    try {
      while (latest === undefined || latest.status === 'QUEUED') {
        await resubscribe<{ readonly gifticonRequest: GifticonRequest }>(transport, {
          query: WATCH,
          variables: () => ({ id }),
          signal: over.signal,
          next({ gifticonRequest }) {
            latest = gifticonRequest;
            onChange?.(gifticonRequest);
          },
          interrupted(failure) {
            if (!failure.isPassing) throw failure;
            onRetry?.(failure);
          },
        });
        signal?.throwIfAborted();
        // It completes behind the outcome. A completion before it is the connection's, which is tried again.
        if (latest === undefined || latest.status === 'QUEUED') await pause(COMPLETED_EARLY_MS, signal);
      }
    } finally {
      signal?.removeEventListener('abort', stop);
    }
    return latest;
  };

  /**
   * Asks for a gifticon, and resolves with the request once it has its outcome: ISSUED with the code, SOLD_OUT or
   * REJECTED. Of a user who has asked before, it is the first request, which counts.
   */
  return async function press(campaignId: string, options: PressOptions = {}): Promise<GifticonRequest> {
    const { commandId = newCommandId(), signal, onRetry, onChange } = options;
    const sent = await send('requestGifticon', { campaignId, commandId }, { waitFor: 'ACCEPTED', signal, onRetry });
    const { request } = sent;
    if (request.status === 'REJECTED' && request.duplicateOf) return watch(request.duplicateOf, options);
    if (request.status !== 'QUEUED') return request;
    onChange?.(request);
    const outcome = await watch(request.id, options);
    return outcome.status === 'REJECTED' && outcome.duplicateOf ? watch(outcome.duplicateOf, options) : outcome;
  };
}
