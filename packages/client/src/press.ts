import type { GifticonRequest } from './commands.js';
import { newCommandId } from './command-id.js';
import { REQUEST } from './commands.js';
import type { CampaignProgress } from './generated/schema.js';
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
const WATCH = `subscription ($id: ID!, $place: Boolean) { gifticonRequest(id: $id, place: $place) { ${REQUEST} } }`;
const PROGRESS = 'subscription ($id: ID!) { campaignProgress(campaignId: $id) { served ratePerSecond } }';

export function createPress(transport: Transport, send: Send) {
  /** Tells the place of a request by its number, from the progress that the server tells all who wait at once. */
  const follow = (request: GifticonRequest, number: number, { onChange }: PressOptions, signal: AbortSignal): void => {
    let told = request.ahead;
    resubscribe<{ readonly campaignProgress: Pick<CampaignProgress, 'served' | 'ratePerSecond'> }>(transport, {
      query: PROGRESS,
      variables: () => ({ id: request.campaignId }),
      signal,
      next({ campaignProgress: { served, ratePerSecond } }) {
        const ahead = Math.max(0, number - served - 1);
        if (signal.aborted || ahead === told) return;
        told = ahead;
        onChange?.({ ...request, ahead, etaSeconds: ratePerSecond > 0 ? (ahead + 1) / ratePerSecond : null });
      },
      interrupted(failure) {
        if (!failure.isPassing) throw failure;
      },
      // The outcome comes all the same.
    }).catch(() => undefined);
  };

  /**
   * Follows a request, over as many connections as it takes, to its outcome.
   * @param queued the request as it waits, where that is known
   */
  const watch = async (id: string, options: PressOptions, queued?: GifticonRequest): Promise<GifticonRequest> => {
    const { onChange, onRetry, signal } = options;
    const over = new AbortController();
    const stop = (): void => over.abort();
    signal?.addEventListener('abort', stop, { once: true });
    const number = queued?.number ?? null;
    if (queued && number !== null && onChange) follow(queued, number, options, over.signal);
    let latest: GifticonRequest | undefined;
    try {
      while (latest === undefined || latest.status === 'QUEUED') {
        await resubscribe<{ readonly gifticonRequest: GifticonRequest }>(transport, {
          query: WATCH,
          variables: () => ({ id, place: number === null }),
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
      over.abort();
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
    const outcome = await watch(request.id, options, request);
    return outcome.status === 'REJECTED' && outcome.duplicateOf ? watch(outcome.duplicateOf, options) : outcome;
  };
}
