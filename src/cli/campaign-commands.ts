import type { z } from 'zod';
import { newCommandId } from '../engine/domain/command-id.js';
import type { Receipt } from '../engine/domain/receipt.js';
import type { CommandData, CommandType } from '../commands/registry.js';
import { COMMANDS } from '../commands/registry.js';
import { campaignIdText } from '../commands/text.js';
import type { RecordedEvent } from '../engine/domain/event.js';
import type { CommandId } from '../engine/domain/ids.js';
import type { CampaignId } from '../events/ids.js';
import { OPERATOR } from '../admin/operator-actions.js';
import { newTraceId } from '../engine/domain/trace.js';
import { withTimeout } from '../engine/runtime/deadline.js';
import { isLogError } from '../engine/log/command-log.js';
import { openPrisma } from '../projections/prisma-client.js';
import { pause } from '../engine/runtime/retry.js';
import type { Campaign, CampaignQueries } from '../projections/gifticon/campaigns/query.js';
import { campaignQueries } from '../projections/gifticon/campaigns/query.js';
import type { Connection } from './connect.js';
import { CliError, MISTYPED, NOT_DONE } from './connect.js';
import type { CliGateway } from './gateway.js';

const PROJECTED_MS = 5_000;
const POLL_INTERVAL_MS = 20;

export function campaignIdOf(text: string): CampaignId {
  const parsed = campaignIdText.safeParse(text);
  if (!parsed.success)
    throw new CliError(`${text} is not the id of a campaign: campaign status lists the newest`, MISTYPED);
  return parsed.data;
}

export const queriesOf = ({ pool }: Connection): CampaignQueries => campaignQueries({ prisma: openPrisma(pool) });

/** A command's data by its schema. `options`: the operator's names of its fields. */
export function dataOf<T extends CommandType>(
  type: T,
  data: unknown,
  options: Readonly<Record<string, string>> = {},
): CommandData<T> {
  const parsed = (COMMANDS[type].schema as z.ZodType<CommandData<T>>).safeParse(data);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  const field = String(path[0] ?? type);
  throw new CliError(`${options[field] ?? field}: ${message}`, MISTYPED);
}

export interface Settled {
  readonly receipt: Receipt;
  readonly events: readonly RecordedEvent[];
}

interface CampaignCommand<T extends CommandType> {
  readonly type: T;
  readonly campaignId: CampaignId;
  readonly data: CommandData<T>;
  readonly commandId?: CommandId;
}

/**
 * Sends one command and waits for its outcome.
 * @throws {CliError} it is refused, or its outcome is unknown
 */
export async function settle<T extends CommandType>(
  { commands }: CliGateway,
  command: CampaignCommand<T>,
): Promise<Settled> {
  const { type, campaignId, data, commandId = newCommandId() } = command;
  const submission = await commands
    .submit({
      command: { commandId, type, key: campaignId, userId: OPERATOR, traceId: newTraceId(), data },
      mayRepeat: command.commandId !== undefined,
      waitFor: 'DECIDED',
    })
    .catch((error: unknown) => {
      if (!isLogError(error, 'LOG_UNAVAILABLE')) throw error;
      throw new CliError(
        'the command log does not answer, so it is not known whether this took effect: ' +
          `see campaign status once it does (${error.message})`,
      );
    });
  if (submission.status === 'ACCEPTED')
    throw new CliError(
      'accepted, but not decided yet: is a decider running? It takes effect once one is; see campaign status',
    );
  const { rejection } = submission.receipt;
  if (rejection) throw new CliError(rejection.message, rejection.code === 'CAMPAIGN_NOT_FOUND' ? MISTYPED : NOT_DONE);
  return submission;
}

/** Waits a moment for the read model, so that the operator's next command shows the change. The wait is bounded. */
export async function projected(
  queries: CampaignQueries,
  campaignId: CampaignId,
  enough: (campaign: Campaign | null) => boolean,
): Promise<Campaign | null> {
  return withTimeout(PROJECTED_MS, async (deadline) => {
    for (;;) {
      const campaign = (await queries.byIds([campaignId]))[0] ?? null;
      if (enough(campaign) || deadline.aborted) return campaign;
      await pause(POLL_INTERVAL_MS, deadline);
    }
  });
}

/** Whether the read model holds all events of the command. */
export const holds =
  ({ receipt }: Settled) =>
  (campaign: Campaign | null): boolean =>
    receipt.events === 0 || (campaign !== null && campaign.position >= receipt.position);
