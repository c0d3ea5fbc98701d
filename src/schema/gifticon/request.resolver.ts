import {
  Arg,
  Ctx,
  Extensions,
  FieldResolver,
  ID,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import type { SubscribeResolverData } from 'type-graphql';
import { commandId } from '../../engine/domain/ids.js';
import type { RequestStatus } from '../../gifticon/gifticon-requests.js';
import type { CommandStage } from '../../engine/gateway/command-gateway.js';
import { clientCommandId } from '../command/submit.js';
import { WaitFor } from '../command/wait-for.js';
import type { ApiContext } from '../context.js';
import { SHAREABLE_FIELD } from '../../server/http/shareable-fields.js';
import { notFound } from '../errors.js';
import { COMMAND_COMPLEXITY } from '../pagination/complexity.js';
import { VIEWER_DEPENDENT, requireViewer } from '../viewer.js';
import { askForGifticon } from './ask.js';
import { RequestGifticonInput } from './request.input.js';
import { GifticonRequest, RequestGifticonPayload } from './request.type.js';
import type { RequestView } from './request-view.js';
import { requestView } from './request-view.js';

interface WatchArguments {
  readonly id: string;
  readonly place?: boolean | null;
}

@Resolver(() => GifticonRequest)
export class GifticonRequestResolver {
  @Extensions(VIEWER_DEPENDENT)
  @FieldResolver(() => String, {
    nullable: true,
    description: 'The gifticon. Only where `status` is ISSUED, and only for the user whom it was issued to.',
  })
  async code(@Root() { issued }: RequestView, @Ctx() context: ApiContext): Promise<string | null> {
    const { userId } = requireViewer(context);
    if (issued?.userId !== userId) return null;
    return context.services.codes.codeOf({ campaignId: issued.campaignId, nth: issued.nth });
  }

  @Extensions(VIEWER_DEPENDENT)
  @FieldResolver(() => Int, {
    nullable: true,
    description:
      'Its number among the requests of the campaign, 1, 2, 3 … in the order in which they were taken: with ' +
      '`campaignProgress` it says the place. A request that is sent again keeps its number. Null where it is not ' +
      'known, and where the request was refused at once.',
  })
  async number(@Root() { id, status, number }: RequestView, @Ctx() context: ApiContext): Promise<number | null> {
    if (status !== 'QUEUED' || number !== null) return number;
    const { userId } = requireViewer(context);
    // A press of the button is answered also while its number is not known.
    return context.services.gifticonRequests.number(commandId(id), userId).catch(() => null);
  }

  @Extensions(VIEWER_DEPENDENT)
  @Query(() => GifticonRequest, {
    nullable: true,
    description:
      "The status of one of the caller's own requests. Null: no request has this id, or it is another user's.",
  })
  async gifticonRequest(
    @Arg('id', () => ID, { description: 'The commandId of the request.' }) id: string,
    @Ctx() context: ApiContext,
  ): Promise<RequestView | null> {
    const { userId } = requireViewer(context);
    const request = await context.services.gifticonRequests.requestStatus(clientCommandId(id, 'id'), userId);
    return request && requestView(request);
  }

  @Extensions(SHAREABLE_FIELD)
  @Mutation(() => RequestGifticonPayload, {
    complexity: COMMAND_COMPLEXITY,
    description:
      'Asks for a gifticon. Answers as soon as the request is safe in the queue, ' +
      'or at once with its outcome where that is known: a campaign ' +
      ('that is sold out or closed, a second request of the same user. ' +
        'Requests are served in the order in which they were taken.'),
  })
  requestGifticon(
    @Arg('input', () => RequestGifticonInput, { description: 'The campaign.' }) input: RequestGifticonInput,
    @WaitFor('ACCEPTED') waitFor: CommandStage | null,
    @Ctx() context: ApiContext,
  ): Promise<RequestGifticonPayload> {
    return askForGifticon(context, input, waitFor ?? 'ACCEPTED');
  }

  @Extensions(VIEWER_DEPENDENT)
  @Subscription(() => GifticonRequest, {
    subscribe: async ({ args, context }: SubscribeResolverData<undefined, WatchArguments, ApiContext>) => {
      const { userId } = requireViewer(context);
      const updates = await context.services.gifticonRequests.watch(
        clientCommandId(args.id, 'id'),
        userId,
        context.signal,
        args.place !== false,
      );
      if (!updates) throw notFound('You have made no such request: send it first, then subscribe with its commandId.');
      return updates;
    },
    name: 'gifticonRequest',
    description:
      "One of the caller's own requests: its status now, then its place as it moves, " +
      'at most once a second, then its outcome, and then ' +
      'complete. Subscribed to again, on any server, it begins with the status of that moment.',
  })
  watchGifticonRequest(
    @Arg('id', () => ID, { description: 'The commandId of the request.' }) _id: string,
    @Arg('place', () => Boolean, {
      nullable: true,
      defaultValue: true,
      description: 'Whether to tell its place while it is QUEUED. False: its outcome alone.',
    })
    _place: boolean | null,
    @Root() request: RequestStatus,
  ): RequestView {
    return requestView(request);
  }
}
