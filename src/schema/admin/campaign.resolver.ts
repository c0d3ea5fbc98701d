import { Arg, Ctx, FieldResolver, ID, Resolver, Root } from 'type-graphql';
import { heldUpBy } from '../../admin/held-up-campaigns.js';
import type { Campaign } from '../../projections/gifticon/campaigns/query.js';
import type { ApiContext } from '../context.js';
import { GifticonCampaign } from '../gifticon/campaign.type.js';
import { parseCampaignId } from '../ids.js';
import { pageComplexity, shortListComplexity } from '../pagination/complexity.js';
import { connection } from '../pagination/connection.js';
import { pageSize } from '../pagination/page-arguments.js';
import { AdminQuery } from './admin.resolver.js';
import { AdminCampaign, AdminCampaignConnection, AdminHeldUpCampaign } from './campaign.type.js';
import { campaignCursors } from './cursors.js';
import { ADMIN_PAGE, After, First, cut } from './page.js';

@Resolver(() => AdminQuery)
export class AdminCampaignsResolver {
  @FieldResolver(() => AdminCampaignConnection, {
    complexity: pageComplexity(ADMIN_PAGE),
    description: 'All campaigns, newest first.',
  })
  async campaigns(
    @First() first: number | null,
    @After() after: string | null,
    @Ctx() { services }: ApiContext,
  ): Promise<AdminCampaignConnection> {
    const cursors = campaignCursors(services.cursorSigner);
    const limit = pageSize('first', first, ADMIN_PAGE);
    const from = cursors.open('after', after);
    const { page, hasMore } = cut(await services.queries.campaigns.newest(limit + 1, from), limit);
    return connection(
      page.map((node) => ({ cursor: cursors.sign(node), node })),
      { hasNextPage: hasMore, hasPreviousPage: from !== null },
    );
  }

  @FieldResolver(() => AdminCampaign, {
    nullable: true,
    description: 'One campaign; null where there is none with this id.',
  })
  async campaign(
    @Arg('id', () => ID, { description: 'The campaign.' }) id: string,
    @Ctx() { services }: ApiContext,
  ): Promise<AdminCampaign | null> {
    const campaignId = parseCampaignId(id);
    return campaignId && services.gifticonRequests.campaign(campaignId);
  }
}

@Resolver(() => AdminCampaign)
export class AdminCampaignResolver {
  @FieldResolver(() => GifticonCampaign, {
    nullable: true,
    description: 'Its live numbers, as clients see them: stock, issued, queued, rate.',
  })
  live(@Root() { id }: Campaign, @Ctx() { services }: ApiContext): Promise<GifticonCampaign | null> {
    return services.gifticonRequests.campaign(id);
  }

  @FieldResolver(() => [AdminHeldUpCampaign], {
    complexity: shortListComplexity,
    description:
      'Other open campaigns in its partition, among the newest 1,000: ' +
      'their requests wait behind those of this one while it is paused.',
  })
  async holdsUp(@Root() campaign: Campaign, @Ctx() { services }: ApiContext): Promise<AdminHeldUpCampaign[]> {
    return (await heldUpBy(services.queries.campaigns, campaign)).map(({ id, title }) => ({ id, title }));
  }
}
