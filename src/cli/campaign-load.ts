import { OPERATOR } from '../admin/operator-actions.js';
import { newCommandId } from '../engine/domain/command-id.js';
import type { CampaignId } from '../events/ids.js';
import { checkCodeLines, isBad, readCodeLines } from '../gifticon/codes/code-lines.js';
import { DuplicateCodeError } from '../gifticon/codes/gifticon-codes.js';
import { readCampaignStock } from '../gifticon/codes/campaign-stock.js';
import type { CodeLoad } from '../gifticon/codes/load-campaign-codes.js';
import { CodesNotLoadedError, loadCampaignCodes } from '../gifticon/codes/load-campaign-codes.js';
import { openCodes } from '../wiring/codes.js';
import { holds, projected, queriesOf } from './campaign-commands.js';
import type { CodeFile } from './code-file.js';
import { openCodeFile } from './code-file.js';
import type { Connection } from './connect.js';
import { CliError, MISTYPED } from './connect.js';
import { openGateway } from './gateway.js';
import { print, printJson } from './output.js';
import type { Progress } from './progress.js';
import { startProgress } from './progress.js';

const SHOW_BAD = 20;
const DECIDED_MS = 30_000;
/** How long the log may be away, or deciders busy, before a load is left to settle by itself. */
const SETTLE_MS = 60_000;

/** Checks a whole file, stores its codes encrypted, and adds them to the stock: all of them or none. */
export async function loadCodes(
  connection: Connection,
  campaignId: CampaignId,
  path: string,
  json: boolean,
): Promise<void> {
  const { config, pool, store, settings, logger } = connection;
  // Before the whole file is read.
  if (!(await readCampaignStock(store, campaignId)))
    throw new CliError(`there is no campaign ${campaignId}: campaign status lists the newest`, MISTYPED);
  const codes = await openCodes({ config, pool, store, logger });
  const file = await openCodeFile(path);
  try {
    const count = await check(file, path, json);
    const { commands, engine } = await openGateway(connection);
    const progress = startProgress({ label: 'storing', total: count, unit: 'codes' });
    const access = { commands, log: engine.commands, store, codes, partitions: settings.partitions, logger };
    const load: CodeLoad = {
      campaignId,
      userId: OPERATOR,
      commandId: newCommandId(),
      count,
      read: () => codesOf(file, count),
      progress: (stored) => progress.at(stored),
      decidedMs: DECIDED_MS,
      settleMs: SETTLE_MS,
    };
    const { receipt, events, loaded } = await loadCampaignCodes(access, load)
      .catch(async (error: unknown) => {
        throw await refusalOf(error, file);
      })
      .finally(() => progress.end());
    if (receipt.rejection) throw new CliError(`nothing was loaded: ${receipt.rejection.message}`);
    await projected(queriesOf(connection), campaignId, holds({ receipt, events }));
    const { first } = loaded!;
    const stock = first + count - 1;
    if (json) printJson({ campaignId, loaded: count, first, stock });
    else print(`loaded ${count} codes as numbers ${first} to ${stock}: the stock is ${stock} now\n`);
  } finally {
    await file.close();
  }
}

async function refusalOf(error: unknown, file: CodeFile): Promise<unknown> {
  if (error instanceof CodesNotLoadedError)
    return new CliError(error.message, ...(error.code === 'NOT_FOUND' ? [MISTYPED] : []));
  if (!(error instanceof DuplicateCodeError)) return error;
  return new CliError(
    `nothing was loaded: the campaign has the code of line ${await lineOf(file, error.index)} ` +
      'already; take it out and load the rest',
  );
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
