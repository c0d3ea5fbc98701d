import { requestGifticon } from '../../commands/gifticon/request-gifticon.js';
import type { RequestStanding } from '../../gifticon/gifticon-requests.js';
import { RequestUnderWayError } from '../../gifticon/gifticon-requests.js';
import type { CommandStage } from '../../engine/gateway/command-gateway.js';
import { withTimeout } from '../../engine/runtime/deadline.js';
import { chosenCommandId, commandData, ontoLog } from '../command/submit.js';
import type { ApiContext } from '../context.js';
import { tooManyRequests } from '../errors.js';
import { requireViewer } from '../viewer.js';
import type { RequestGifticonInput } from './request.input.js';
import type { RequestGifticonPayload } from './request.type.js';
import { acceptedReceipt, requestView, standingReceipt } from './standing.js';

/**
 * The way of a request into the issuer's queue, which is not that of other commands: it may be refused before it gets
 * there, and what is answered at ACCEPTED comes from the door's memory, so that a crowd reaches the queue whatever the
 * database does.
 * @throws UNAUTHENTICATED, BAD_USER_INPUT, TOO_MANY_REQUESTS, UNAVAILABLE
 */
export async function askForGifticon(
  context: ApiContext,
  input: RequestGifticonInput,
  waitFor: CommandStage,
): Promise<RequestGifticonPayload> {
  const { services, traceId } = context;
  const { userId } = requireViewer(context);
  const { commandId, mayRepeat } = chosenCommandId(input.commandId);
  const { campaignId } = commandData(requestGifticon, { campaignId: input.campaignId });

  return withTimeout(services.commandWaitMs, async (patience) => {
    const asked = await ontoLog(services.door.request({ campaignId, commandId, userId, traceId, mayRepeat })).catch(
      underWay,
    );
    services.metrics.gifticonAnswers.inc({ answer: asked.status });
    if (waitFor === 'ACCEPTED') return answer(asked);
    const standing = asked.status === 'QUEUED' ? await settled(asked, patience) : asked;
    if (
      waitFor === 'DECIDED' ||
      standing.status !== 'ISSUED' ||
      (await services.progress.reached(standing.receipt, patience))
    )
      return answer(standing);
    return { receipt: acceptedReceipt(standing), request: requestView(standing) };
  });

  function underWay(error: unknown): never {
    if (!(error instanceof RequestUnderWayError)) throw error;
    services.metrics.gifticonAnswers.inc({ answer: 'UNDER_WAY' });
    throw tooManyRequests(
      'Another request of yours waits in this campaign: watch it, ' +
        'or send this one again after `retryAfterMs`, with the same commandId.',
      error.retryAfterMs,
    );
  }

  /** The outcome; where it outlasts the wait, the place that the request has got to meanwhile. */
  async function settled(asked: RequestStanding, patience: AbortSignal): Promise<RequestStanding> {
    const { door } = services;
    return (await door.outcome(asked.id, userId, patience)) ?? (await door.standing(asked.id, userId)) ?? asked;
  }

  function answer(standing: RequestStanding): RequestGifticonPayload {
    return { receipt: standingReceipt(services.seal, standing), request: requestView(standing) };
  }
}
