import type { ExecutionArgs } from 'graphql';
import type { UserId } from '../../engine/domain/ids.js';
import { newTraceId } from '../../engine/domain/trace.js';
import type { End, RefusedBy, Sink } from '../../engine/fan-out/subscriber.js';
import type { CampaignId } from '../../events/ids.js';
import { RETRY_AFTER_MS } from '../../server/errors/format-error.js';
import type { ApiContext } from '../context.js';
import type { Results } from '../delivered.js';
import { delivered } from '../delivered.js';
import { notFound, tooManyRequests, unavailable } from '../errors.js';
import { sharedExecution } from '../execute-shared.js';
import { parseCampaignId } from '../ids.js';
import type { ApiServices } from '../services.js';
import { selectionIdentity } from '../subscription-plan.js';
import { requireViewer } from '../viewer.js';

/** The result of `campaignProgress`: as for `RoomEventSource`, the results go to the transport's sink. */
export class CampaignProgressSource implements AsyncIterable<never> {
  constructor(
    readonly campaignId: CampaignId,
    readonly userId: UserId,
  ) {}

  [Symbol.asyncIterator](): never {
    throw new Error('the progress of a campaign is written to a sink: give the context of the subscription one');
  }
}

/** @throws UNAUTHENTICATED, NOT_FOUND, UNAVAILABLE */
export async function openCampaignProgress(id: string, context: ApiContext): Promise<CampaignProgressSource> {
  const { userId } = requireViewer(context);
  const campaignId = parseCampaignId(id);
  const found = campaignId && (await context.services.gifticonRequests.campaign(campaignId));
  if (!found) throw notFound('There is no campaign with this id.');
  return new CampaignProgressSource(found.id, userId);
}

/** Executed and serialised once a second for all who asked the same, and only where something has changed. */
export function campaignProgress(
  args: ExecutionArgs,
  context: ApiContext,
  { campaignId, userId }: CampaignProgressSource,
  sink: Sink,
): Results {
  const { services } = context;
  const { key: group, viewerDependent } = selectionIdentity(args, userId);
  const shared = sharedExecution(args, context, viewerDependent);
  return delivered({
    context,
    sink,
    userId,
    failureOf: (end) => failureOf(end, services),
    subscribe: (subscriber) =>
      services.campaignProgress.subscribe(
        {
          key: campaignId,
          group,
          async render(progress) {
            const traceId = newTraceId();
            return shared.serialise(await shared.execute(progress, traceId), traceId);
          },
        },
        subscriber,
      ),
  });
}

const REFUSED: Readonly<Record<RefusedBy, string>> = {
  groups_of_room: 'This campaign has too many subscriptions that differ in what they select: select what others do.',
  groups_of_user: 'You have too many subscriptions to this campaign that differ in what they select: use one for all.',
};

function failureOf(end: End, { isTransient }: ApiServices): Error | null {
  switch (end.reason) {
    case 'stopping':
      return unavailable('The server is stopping: subscribe again.');
    case 'refused':
      return tooManyRequests(REFUSED[end.by], RETRY_AFTER_MS);
    case 'failed':
      if (isTransient(end.error))
        return unavailable('The progress could not be read: subscribe again.', undefined, { cause: end.error });
      return end.error instanceof Error ? end.error : new Error(String(end.error));
    // The others are those of rooms.
    case 'cancelled':
    case 'left':
    case 'lagged':
    case 'gone':
      return null;
    default:
      return end satisfies never;
  }
}
