import { Arg, Ctx, Extensions, ID, Mutation, Query, Resolver } from 'type-graphql';
import { derivedId } from '../../engine/domain/command-id.js';
import { ofDomain } from '../../events/event.js';
import { campaignState, createdCampaign } from '../../gifticon/campaign-events.js';
import type { CommandStage } from '../../engine/gateway/command-gateway.js';
import { submitCommand } from '../command/submit.js';
import { WaitFor } from '../command/wait-for.js';
import type { ApiContext } from '../context.js';
import { parseCampaignId } from '../ids.js';
import { COMMAND_COMPLEXITY } from '../pagination/complexity.js';
import { VIEWER_DEPENDENT, requireAdmin, requireViewer } from '../viewer.js';
import { CreateGifticonCampaignInput } from './campaign.input.js';
import { CreateGifticonCampaignPayload, GifticonCampaign } from './campaign.type.js';

@Resolver()
export class GifticonCampaignResolver {
  @Extensions(VIEWER_DEPENDENT)
  @Query(() => GifticonCampaign, {
    nullable: true,
    description: 'One campaign as it stands now; null where there is none with this id.',
  })
  async gifticonCampaign(
    @Arg('id', () => ID, { description: 'The campaign.' }) id: string,
    @Ctx() context: ApiContext,
  ): Promise<GifticonCampaign | null> {
    requireViewer(context);
    const campaignId = parseCampaignId(id);
    return campaignId && context.services.gifticonRequests.campaign(campaignId);
  }

  @Mutation(() => CreateGifticonCampaignPayload, {
    complexity: COMMAND_COMPLEXITY,
    description: 'Opens a gifticon campaign. For the role `admin` alone.',
  })
  async createGifticonCampaign(
    @Arg('input', () => CreateGifticonCampaignInput, { description: 'The new campaign.' })
    { commandId, title, stock, opensAt, closesAt }: CreateGifticonCampaignInput,
    @WaitFor() waitFor: CommandStage | null,
    @Ctx() context: ApiContext,
  ): Promise<CreateGifticonCampaignPayload> {
    requireAdmin(context);
    const { receipt, submission } = await submitCommand(context, {
      type: 'CreateGifticonCampaign',
      commandId,
      waitFor,
      data: (userId, id) => ({
        campaignId: derivedId('campaign', userId, id),
        title,
        stock,
        opensAt: opensAt?.toISOString() ?? null,
        closesAt: closesAt?.toISOString() ?? null,
      }),
    });
    const events = submission.status === 'DECIDED' ? submission.events : [];
    for (const event of events) {
      const created = createdCampaign(ofDomain(event));
      if (created)
        return {
          receipt,
          campaign: { ...created, state: campaignState(created, Date.now()), queued: 0, drainRatePerSecond: 0 },
        };
    }
    return { receipt, campaign: null };
  }
}
