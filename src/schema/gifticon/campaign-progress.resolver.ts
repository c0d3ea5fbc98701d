import { Arg, ID, Resolver, Root, Subscription } from 'type-graphql';
import type { SubscribeResolverData } from 'type-graphql';
import type { ApiContext } from '../context.js';
import { CampaignProgress } from './campaign-progress.type.js';
import { openCampaignProgress } from './progress-subscription.js';

@Resolver()
export class CampaignProgressResolver {
  @Subscription(() => CampaignProgress, {
    subscribe: ({ args, context }: SubscribeResolverData<undefined, { readonly campaignId: string }, ApiContext>) =>
      openCampaignProgress(args.campaignId, context),
    description:
      'The progress of a campaign: now, then as it changes, at most once a second, the same for all who wait. ' +
      'Completes once the campaign is sold out or closed and every request has its outcome.',
  })
  campaignProgress(
    @Arg('campaignId', () => ID, { description: 'The campaign.' }) _campaignId: string,
    @Root() progress: CampaignProgress,
  ): CampaignProgress {
    return progress;
  }
}
