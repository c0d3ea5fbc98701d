import { requestGifticon } from '../../commands/gifticon/request-gifticon.js';
import type { RequestStatus } from '../../gifticon/gifticon-requests.js';
import { RequestUnderWayError } from '../../gifticon/gifticon-requests.js';
import type { CommandStage } from '../../engine/gateway/command-gateway.js';
import { withTimeout } from '../../engine/runtime/deadline.js';
import { chosenCommandId, commandData, ontoLog } from '../command/submit.js';
import type { ApiContext } from '../context.js';
import { tooManyRequests } from '../errors.js';
import { requireViewer } from '../viewer.js';
import type { RequestGifticonInput } from './request.input.js';
import type { RequestGifticonPayload } from './request.type.js';
import { acceptedReceipt, requestView, statusReceipt } from './request-view.js';

/**
 * Sends a request to the issuer's queue. Unlike other commands it may be refused before it gets there, and the answer
 * at ACCEPTED comes from the server's memory, so that a burst of requests reaches the queue while the database is slow.
 * @throws UNAUTHENTICATED, BAD_USER_INPUT, TOO_MANY_REQUESTS, UNAVAILABLE
 */
export async function askForGifticon(
  context: ApiContext,
  input: RequestGifticonInput,
  waitFor: CommandStage,
): Promise<RequestGifticonPayload> {
  const { services, traceId, span } = context;
  const { userId } = requireViewer(context);
  const { commandId, mayRepeat } = chosenCommandId(input.commandId);
  const { campaignId } = commandData(requestGifticon, { campaignId: input.campaignId });

  // An answer at ACCEPTED waits for nothing but the queue, which has timeouts of its own.
  if (waitFor === 'ACCEPTED') return answer(await taken());
  return withTimeout(services.commandWaitMs, async (deadline) => {
    const asked = await taken();
    const current = asked.status === 'QUEUED' ? await settled(asked, deadline) : asked;
    if (
      waitFor === 'DECIDED' ||
      current.status !== 'ISSUED' ||
      (await services.progress.reached(current.receipt, deadline))
    )
      return answer(current);
    return { receipt: acceptedReceipt(current), request: requestView(current) };
  });

  async function taken(): Promise<RequestStatus> {
    const asked = await ontoLog(
      services.gifticonRequests.request({
        campaignId,
        commandId,
        userId,
        traceId,
        span: span?.place.span,
        mayRepeat,
      }),
    ).catch(underWay);
    services.metrics.gifticonAnswers.inc({ answer: asked.status });
    return asked;
  }

  function underWay(error: unknown): never {
    if (!(error instanceof RequestUnderWayError)) throw error;
    services.metrics.gifticonAnswers.inc({ answer: 'UNDER_WAY' });
    throw tooManyRequests(
      'Another request of yours waits in this campaign: watch it, ' +
        'or send this one again after `retryAfterMs`, with the same commandId.',
      error.retryAfterMs,
    );
  }

  /** The outcome; or, where the outcome takes longer than the wait, the request's current place in the queue. */
  async function settled(asked: RequestStatus, deadline: AbortSignal): Promise<RequestStatus> {
    const { gifticonRequests } = services;
    return (
      (await gifticonRequests.outcome(asked.id, userId, deadline)) ??
      (await gifticonRequests.requestStatus(asked.id, userId)) ??
      asked
    );
  }

  function answer(current: RequestStatus): RequestGifticonPayload {
    return { receipt: statusReceipt(services.cursorSigner, current), request: requestView(current) };
  }
}
