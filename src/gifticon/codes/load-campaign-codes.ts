import type { RecordedEvent } from '../../engine/domain/event.js';
import type { CommandId, UserId } from '../../engine/domain/ids.js';
import type { Receipt } from '../../engine/domain/receipt.js';
import { newTraceId } from '../../engine/domain/trace.js';
import type { CommandGateway } from '../../engine/gateway/command-gateway.js';
import type { CommandLog } from '../../engine/log/command-log.js';
import { checkpointName, isLogError } from '../../engine/log/command-log.js';
import { partitionOf } from '../../engine/log/partitioning.js';
import { withTimeout } from '../../engine/runtime/deadline.js';
import type { Logger } from '../../engine/runtime/logging.js';
import { pause } from '../../engine/runtime/retry.js';
import type { EventStore } from '../../engine/store/event-store.js';
import { MAX_STOCK } from '../../commands/gifticon/create-campaign.js';
import type { CampaignId } from '../../events/ids.js';
import { readCampaignStock } from './campaign-stock.js';
import type { GifticonCodes, LoadedCodes } from './gifticon-codes.js';
import { LoadRunningError } from './gifticon-codes.js';

const POLL_INTERVAL_MS = 50;

export interface CodeLoadAccess {
  readonly commands: Pick<CommandGateway, 'submit' | 'settled'>;
  readonly log: Pick<CommandLog, 'ends' | 'engine' | 'queue'>;
  readonly store: Pick<EventStore, 'checkpoint' | 'readStream' | 'receipts'>;
  readonly codes: GifticonCodes;
  readonly partitions: number;
  readonly logger: Pick<Logger, 'info'>;
}

export interface CodeLoad {
  readonly campaignId: CampaignId;
  readonly userId: UserId;
  /** A load that was sent before under this id has its outcome, and nothing is stored again. */
  readonly commandId: CommandId;
  /** The number of codes that `read` gives: trimmed, valid, no two alike. */
  readonly count: number;
  readonly read: () => AsyncIterable<string>;
  readonly progress?: (stored: number) => void;
  /** How long earlier commands of the campaign may take to be decided. */
  readonly decidedMs: number;
  /** How long the log may be away, or deciders busy, before the load is left to settle by itself. */
  readonly settleMs: number;
}

export interface CodesLoaded {
  readonly receipt: Receipt;
  /** Empty where the outcome is an earlier one, and where its event was not read. */
  readonly events: readonly RecordedEvent[];
  /** Null where the outcome is an earlier one. */
  readonly loaded: LoadedCodes | null;
}

/**
 * - `NOT_FOUND`, `TOO_MANY`, `RUNNING`: nothing was stored.
 * - `UNDECIDED`: nothing was stored; earlier commands wait to be decided.
 * - `UNSETTLED`: the codes are stored, and it is not known yet whether they enter the stock.
 */
export type LoadProblem = 'NOT_FOUND' | 'TOO_MANY' | 'RUNNING' | 'UNDECIDED' | 'UNSETTLED';

/** The codes are not in the stock. The message is for an operator. */
export class CodesNotLoadedError extends Error {
  constructor(
    readonly code: LoadProblem,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Stores ready-made codes encrypted, and adds them to the stock: all of them or none. A rejection by the domain is in
 * the receipt; then they are deleted again.
 * @throws {CodesNotLoadedError}
 * @throws {DuplicateCodeError} where the campaign has one of them already; nothing was stored
 */
export async function loadCampaignCodes(access: CodeLoadAccess, load: CodeLoad): Promise<CodesLoaded> {
  const { store, codes } = access;
  const { campaignId } = load;
  const before = await earlier(access, load);
  if (before) return before;
  if (!(await readCampaignStock(store, campaignId)))
    throw new CodesNotLoadedError('NOT_FOUND', `there is no campaign ${campaignId}: campaign status lists the newest`);
  return codes
    .exclusively(campaignId, () => storeAndAdmit(access, load))
    .catch((error: unknown) => {
      throw error instanceof LoadRunningError
        ? new CodesNotLoadedError(
            'RUNNING',
            'codes are being loaded into this campaign already: try again when that has ended',
          )
        : error;
    });
}

async function earlier({ store }: CodeLoadAccess, { commandId }: CodeLoad): Promise<CodesLoaded | null> {
  const receipt = (await store.receipts([commandId])).get(commandId);
  return receipt ? { receipt, events: [], loaded: null } : null;
}

/** From reading the stock to the log's answer no other load may run: it would delete the codes above the stock. */
async function storeAndAdmit(access: CodeLoadAccess, load: CodeLoad): Promise<CodesLoaded> {
  const { codes, store, logger } = access;
  const { campaignId, count } = load;
  await allDecided(access, load);
  const before = await earlier(access, load);
  if (before) return before;
  const { stock } = (await readCampaignStock(store, campaignId))!;
  if (stock + count > MAX_STOCK)
    throw new CodesNotLoadedError(
      'TOO_MANY',
      `the campaign has ${stock} gifticons, and with these codes it would have more than ${MAX_STOCK}: load fewer`,
    );
  const loaded = await codes.load(campaignId, stock, load.read(), load.progress);
  const settled = await settle(access, load, loaded);
  const { rejection } = settled.receipt;
  if (rejection !== null) {
    await codes.unload(campaignId, loaded);
    logger.info({ campaignId, code: rejection.code }, 'the log refused stored codes, and they were deleted again');
  }
  return { ...settled, loaded };
}

/**
 * Waits until every command of the campaign on the log has its outcome: an interrupted load may have left one there,
 * and its codes must not count as abandoned.
 */
async function allDecided({ log, store, partitions }: CodeLoadAccess, load: CodeLoad): Promise<void> {
  const partition = partitionOf(load.campaignId, partitions);
  const end = (await log.ends())[partition]!;
  await withTimeout(load.decidedMs, async (deadline) => {
    while ((await store.checkpoint(checkpointName(log), partition)).next < end) {
      if (deadline.aborted)
        throw new CodesNotLoadedError(
          'UNDECIDED',
          'nothing was loaded: earlier commands wait to be decided; is a decider running?',
        );
      await pause(POLL_INTERVAL_MS, deadline);
    }
  });
}

/** Sends the same command until there is an answer. Without one the codes stay stored: it may still come. */
async function settle(
  { commands }: CodeLoadAccess,
  { campaignId, userId, commandId, settleMs }: CodeLoad,
  { first, count }: LoadedCodes,
): Promise<Pick<CodesLoaded, 'receipt' | 'events'>> {
  const data = { campaignId, first, count };
  const traceId = newTraceId();
  const command = { commandId, type: 'LoadGifticonCodes', key: campaignId, userId, traceId, data } as const;
  return withTimeout(settleMs, async (deadline) => {
    for (let again = false; ; again = true) {
      try {
        const submission = await commands.submit({ command, mayRepeat: again, waitFor: 'DECIDED' });
        if (submission.status === 'DECIDED') return submission;
        const receipt = await commands.settled(commandId, userId, deadline);
        if (receipt) return { receipt, events: [] };
        throw new CodesNotLoadedError(
          'UNSETTLED',
          'the codes are stored, and enter the stock as soon as a decider decides it: ' +
            'is one running? see campaign status',
        );
      } catch (error) {
        if (!isLogError(error, 'LOG_UNAVAILABLE')) throw error;
        if (deadline.aborted)
          throw new CodesNotLoadedError(
            'UNSETTLED',
            'the codes are stored, but the command log does not answer, ' +
              'so it is not known whether they enter the stock: see campaign status once it does, ' +
              `and load them again if they are not in (${error.message})`,
          );
        await pause(POLL_INTERVAL_MS, deadline);
      }
    }
  });
}
