import { newCommandId } from '../engine/domain/command-id.js';
import { MAX_STOCK } from '../commands/gifticon/create-campaign.js';
import type { CampaignId } from '../events/ids.js';
import { newTraceId } from '../engine/domain/trace.js';
import { withTimeout } from '../engine/runtime/deadline.js';
import { readCampaignStock } from '../gifticon/codes/campaign-stock.js';
import { partitionOf } from '../engine/log/partitioning.js';
import type { CommandLog } from '../engine/log/command-log.js';
import { checkpointName, isLogError } from '../engine/log/command-log.js';
import type { GifticonCodes, LoadedCodes } from '../gifticon/codes/gifticon-codes.js';
import { DuplicateCodeError, LoadRunningError } from '../gifticon/codes/gifticon-codes.js';
import { pause } from '../engine/runtime/retry.js';
import { openCodes } from '../wiring/codes.js';
import { OPERATOR, dataOf, holds, projected, queriesOf } from './campaign-commands.js';
import type { Settled } from './campaign-commands.js';
import type { CodeFile } from './code-file.js';
import { openCodeFile } from './code-file.js';
import { checkCodeLines, isBad, readCodeLines } from './code-lines.js';
import type { Connection } from './connect.js';
import { CliError, MISTYPED } from './connect.js';
import type { CliGateway } from './gateway.js';
import { openGateway } from './gateway.js';
import { print, printJson } from './output.js';
import type { Progress } from './progress.js';
import { startProgress } from './progress.js';

const SHOW_BAD = 20;
const DECIDED_MS = 30_000;
/** How long the log may be away, or deciders busy, before a load is left to settle by itself. */
const SETTLE_MS = 60_000;
const POLL_INTERVAL_MS = 50;

interface Load {
  readonly connection: Connection;
  readonly gateway: CliGateway;
  readonly codes: GifticonCodes;
  readonly campaignId: CampaignId;
  readonly file: CodeFile;
  readonly count: number;
}

/** Checks a whole file, stores its codes encrypted, and adds them to the stock: all of them or none. */
export async function loadCodes(
  connection: Connection,
  campaignId: CampaignId,
  path: string,
  json: boolean,
): Promise<void> {
  const { config, pool, store, logger } = connection;
  if (!(await readCampaignStock(store, campaignId)))
    throw new CliError(`there is no campaign ${campaignId}: campaign status lists the newest`, MISTYPED);
  const codes = await openCodes({ config, pool, store, logger });
  const file = await openCodeFile(path);
  try {
    const count = await check(file, path, json);
    const gateway = await openGateway(connection);
    const load: Load = { connection, gateway, codes, campaignId, file, count };
    const { first, settled } = await codes
      .exclusively(campaignId, () => storeAndAdmit(load))
      .catch((error: unknown) => {
        throw error instanceof LoadRunningError
          ? new CliError('codes are being loaded into this campaign already: try again when that has ended')
          : error;
      });
    await projected(queriesOf(connection), campaignId, holds(settled));
    const stock = first + count - 1;
    if (json) printJson({ campaignId, loaded: count, first, stock });
    else print(`loaded ${count} codes as numbers ${first} to ${stock}: the stock is ${stock} now\n`);
  } finally {
    await file.close();
  }
}

/** @throws {CliError} after printing the bad lines */
async function check(file: CodeFile, path: string, json: boolean): Promise<number> {
  const progress = startProgress({ label: 'checking', total: file.bytes, unit: 'bytes' });
  const { codes, bad, badInAll } = await checkCodeLines(counted(file.read(), progress), SHOW_BAD).finally(() =>
    progress.end(),
  );
  const source = path === '-' ? 'standard input' : path;
  if (badInAll > 0) {
    if (json) printJson({ loaded: 0, bad, badInAll });
    else {
      for (const { line, problem, masked } of bad)
        process.stderr.write(`line ${line}: ${problem}${masked === null ? '' : `: ${masked}`}\n`);
      if (badInAll > bad.length) process.stderr.write(`and ${badInAll - bad.length} more\n`);
    }
    throw new CliError(
      `nothing was loaded: ${badInAll === 1 ? '1 line' : `${badInAll} lines`} of ${source} cannot ` +
        `be used; correct ${badInAll === 1 ? 'it' : 'them'} and load all again`,
    );
  }
  if (codes === 0) throw new CliError(`there is no code in ${source}: write one a line`);
  return codes;
}

async function* counted(chunks: AsyncIterable<Uint8Array>, progress: Progress): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    yield chunk;
    progress.at((bytes += chunk.length));
  }
}

/** From reading the stock to the log's answer no other load may run: it would delete the codes above the stock. */
async function storeAndAdmit(load: Load): Promise<{ readonly first: number; readonly settled: Settled }> {
  const { connection, gateway, codes, campaignId, file, count } = load;
  await allDecided(gateway.engine.commands, connection, campaignId);
  const { stock } = (await readCampaignStock(connection.store, campaignId))!;
  if (stock + count > MAX_STOCK)
    throw new CliError(
      `the campaign has ${stock} gifticons, and with these codes it would have more than ${MAX_STOCK}: load fewer`,
    );
  const progress = startProgress({ label: 'storing', total: count, unit: 'codes' });
  const loaded = await codes
    .load(campaignId, stock, codesOf(file, count), (stored) => progress.at(stored))
    .catch(async (error: unknown) => {
      if (!(error instanceof DuplicateCodeError)) throw error;
      throw new CliError(
        `nothing was loaded: the campaign has the code of line ${await lineOf(file, error.index)} ` +
          'already; take it out and load the rest',
      );
    })
    .finally(() => progress.end());
  return { first: loaded.first, settled: await admit(load, loaded) };
}

/**
 * Waits until every command of the campaign on the log has its outcome: an interrupted load may have left one there,
 * and its codes must not count as abandoned.
 */
async function allDecided(log: CommandLog, { store, settings }: Connection, campaignId: CampaignId): Promise<void> {
  const partition = partitionOf(campaignId, settings.partitions);
  const end = (await log.ends())[partition]!;
  await withTimeout(DECIDED_MS, async (deadline) => {
    while ((await store.checkpoint(checkpointName(log), partition)).next < end) {
      if (deadline.aborted)
        throw new CliError('nothing was loaded: earlier commands wait to be decided; is a decider running?');
      await pause(POLL_INTERVAL_MS, deadline);
    }
  });
}

async function* codesOf(file: CodeFile, count: number): AsyncGenerator<string> {
  let given = 0;
  for await (const lines of readCodeLines(file.read())) {
    for (const each of lines) {
      if (isBad(each) || given === count) throw changed();
      given++;
      yield each.code;
    }
  }
  if (given < count) throw changed();
}

const changed = (): CliError => new CliError('nothing was loaded: the file changed while it was read; load it again');

async function lineOf(file: CodeFile, index: number): Promise<number> {
  let at = 0;
  for await (const lines of readCodeLines(file.read())) {
    if (at + lines.length > index) return lines[index - at]!.line;
    at += lines.length;
  }
  throw changed();
}

/** Adds the stored codes to the stock. They are deleted only if the log has refused them for good. */
async function admit({ connection, gateway, codes, campaignId }: Load, loaded: LoadedCodes): Promise<Settled> {
  const settled = await settleLoad(gateway, campaignId, loaded);
  const { rejection } = settled.receipt;
  if (rejection === null) return settled;
  await codes.unload(campaignId, loaded);
  connection.logger.info(
    { campaignId, code: rejection.code },
    'the log refused stored codes, and they were deleted again',
  );
  throw new CliError(`nothing was loaded: ${rejection.message}`);
}

/** Sends the same command until there is an answer. Without one the codes stay stored: it may still come. */
async function settleLoad(
  { commands }: CliGateway,
  campaignId: CampaignId,
  { first, count }: LoadedCodes,
): Promise<Settled> {
  const data = dataOf('LoadGifticonCodes', { campaignId, first, count });
  const command = {
    commandId: newCommandId(),
    type: 'LoadGifticonCodes',
    key: campaignId,
    userId: OPERATOR,
    traceId: newTraceId(),
    data,
  } as const;
  return withTimeout(SETTLE_MS, async (deadline) => {
    for (let again = false; ; again = true) {
      try {
        const submission = await commands.submit({ command, mayRepeat: again, waitFor: 'DECIDED' });
        if (submission.status === 'DECIDED') return submission;
        const receipt = await commands.settled(command.commandId, OPERATOR, deadline);
        if (receipt) return { receipt, events: [] };
        throw new CliError(
          'the codes are stored, and enter the stock as soon as a decider decides it: ' +
            'is one running? see campaign status',
        );
      } catch (error) {
        if (!isLogError(error, 'LOG_UNAVAILABLE')) throw error;
        if (deadline.aborted)
          throw new CliError(
            'the codes are stored, but the command log does not answer, ' +
              'so it is not known whether they enter the stock: see campaign status once it does, ' +
              `and load them again if they are not in (${error.message})`,
          );
        await pause(POLL_INTERVAL_MS, deadline);
      }
    }
  });
}
