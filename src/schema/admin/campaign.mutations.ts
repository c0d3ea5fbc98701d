import type { GraphQLError } from 'graphql';
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { engineRejection } from '../../engine/domain/receipt.js';
import type { CommandStage } from '../../engine/gateway/command-gateway.js';
import type { CampaignId } from '../../events/ids.js';
import { checkCodeLines } from '../../gifticon/codes/code-lines.js';
import { DuplicateCodeError } from '../../gifticon/codes/gifticon-codes.js';
import type { LoadProblem } from '../../gifticon/codes/load-campaign-codes.js';
import { CodesNotLoadedError, loadCampaignCodes } from '../../gifticon/codes/load-campaign-codes.js';
import { receiptOf } from '../command/receipt.js';
import { chosenCommandId, ontoLog, submitCommand } from '../command/submit.js';
import { WaitFor } from '../command/wait-for.js';
import type { ApiContext } from '../context.js';
import { badUserInput, notFound, unavailable } from '../errors.js';
import type { GifticonCampaign } from '../gifticon/campaign.type.js';
import { parseCampaignId } from '../ids.js';
import { COMMAND_COMPLEXITY } from '../pagination/complexity.js';
import { requireAdmin } from '../viewer.js';
import { AdminCampaignInput, AdminLoadGifticonCodesInput } from './action.input.js';
import { AdminCampaignPayload } from './campaign.type.js';

const MAX_CODES = 1_000;
/** As much as some mutations: the codes are encrypted and stored. */
const LOAD_COMPLEXITY = 100;
const DECIDED_MS = 5_000;

/** Commands of the domain: their events are their record. */
@Resolver()
export class AdminCampaignMutations {
  @Mutation(() => AdminCampaignPayload, {
    complexity: COMMAND_COMPLEXITY,
    description:
      'Holds the issuing of a campaign: requests are taken and wait, in their order, and so do those behind them in ' +
      'the partition. For the role `admin` alone.',
  })
  adminPauseCampaign(
    @Arg('input', () => AdminCampaignInput, { description: 'The campaign.' }) input: AdminCampaignInput,
    @WaitFor() waitFor: CommandStage | null,
    @Ctx() context: ApiContext,
  ): Promise<AdminCampaignPayload> {
    return setPaused(context, 'PauseGifticonCampaign', input, waitFor);
  }

  @Mutation(() => AdminCampaignPayload, {
    complexity: COMMAND_COMPLEXITY,
    description: 'Issues on after a pause. For the role `admin` alone.',
  })
  adminResumeCampaign(
    @Arg('input', () => AdminCampaignInput, { description: 'The campaign.' }) input: AdminCampaignInput,
    @WaitFor() waitFor: CommandStage | null,
    @Ctx() context: ApiContext,
  ): Promise<AdminCampaignPayload> {
    return setPaused(context, 'ResumeGifticonCampaign', input, waitFor);
  }

  @Mutation(() => AdminCampaignPayload, {
    complexity: LOAD_COMPLEXITY,
    description:
      'Adds ready-made codes to the stock of a campaign: all of them, or none. They are stored encrypted, ' +
      'and no answer contains one. For the role `admin` alone.',
  })
  async adminLoadGifticonCodes(
    @Arg('input', () => AdminLoadGifticonCodesInput, { description: 'The codes.' })
    { commandId: asked, campaignId: of, codes: given }: AdminLoadGifticonCodesInput,
    @Ctx() context: ApiContext,
  ): Promise<AdminCampaignPayload> {
    const { userId } = requireAdmin(context);
    const { services, logger } = context;
    const { commandId } = chosenCommandId(asked);
    const campaignId = parseCampaignId(of);
    if (!campaignId) throw notFound('There is no campaign with this id.');
    const codes = await checkedCodes(given);
    const { receipt } = await ontoLog(
      loadCampaignCodes(
        {
          commands: services.commands,
          log: services.console.commandLog,
          store: services.console.store,
          codes: services.codes,
          partitions: services.partitions,
          logger,
        },
        {
          campaignId,
          userId,
          commandId,
          count: codes.length,
          read: () => listed(codes),
          decidedMs: DECIDED_MS,
          settleMs: services.commandWaitMs,
        },
      ).catch(refuse),
    );
    const isOwn = receipt.userId === userId && receipt.key === campaignId;
    const shown = isOwn ? receipt : { ...receipt, rejection: engineRejection('COMMAND_ID_REUSED') };
    return { receipt: receiptOf(services.cursorSigner, shown), campaign: await campaignOf(context, campaignId) };
  }
}

async function setPaused(
  context: ApiContext,
  type: 'PauseGifticonCampaign' | 'ResumeGifticonCampaign',
  { commandId, campaignId: asked }: AdminCampaignInput,
  waitFor: CommandStage | null,
): Promise<AdminCampaignPayload> {
  requireAdmin(context);
  const campaignId = parseCampaignId(asked);
  if (!campaignId) throw notFound('There is no campaign with this id.');
  const { receipt } = await submitCommand(context, { type, commandId, waitFor, data: () => ({ campaignId }) });
  return { receipt, campaign: await campaignOf(context, campaignId) };
}

const campaignOf = ({ services }: ApiContext, id: CampaignId): Promise<GifticonCampaign | null> =>
  services.gifticonRequests.campaign(id);

/** The codes as they will be stored. @throws BAD_USER_INPUT without a code in the message */
async function checkedCodes(given: readonly string[]): Promise<readonly string[]> {
  if (given.length === 0 || given.length > MAX_CODES) throw badUserInput('codes', `send 1 to ${MAX_CODES} codes.`);
  const codes = given.map((code) => code.trim());
  const empty = codes.findIndex((code) => code === '' || /[\r\n]/.test(code));
  if (empty >= 0) throw badUserInput('codes', `code ${empty + 1}: send one code, without a line break.`);
  const { bad } = await checkCodeLines(bytesOf(codes), 1);
  if (bad[0]) throw badUserInput('codes', `code ${bad[0].line}: ${bad[0].problem.replace('in line', 'as number')}.`);
  return codes;
}

async function* bytesOf(codes: readonly string[]): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(`${codes.join('\n')}\n`));
}

async function* listed(codes: readonly string[]): AsyncGenerator<string> {
  for (const code of codes) yield await Promise.resolve(code);
}

/** @throws the client's error */
function refuse(error: unknown): never {
  if (error instanceof DuplicateCodeError)
    throw badUserInput('codes', `the campaign has code ${error.index + 1} already; nothing was loaded.`);
  if (!(error instanceof CodesNotLoadedError)) throw error;
  throw LOAD_REFUSALS[error.code](error.message);
}

const sendAgain = (message: string): GraphQLError => unavailable(`Send this again with the same commandId: ${message}`);

const LOAD_REFUSALS: Readonly<Record<LoadProblem, (message: string) => GraphQLError>> = {
  NOT_FOUND: () => notFound('There is no campaign with this id.'),
  TOO_MANY: (message) => badUserInput('codes', message),
  RUNNING: sendAgain,
  UNDECIDED: sendAgain,
  UNSETTLED: sendAgain,
};
