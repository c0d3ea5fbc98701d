import { ofDomain } from '../events/event.js';
import type { Command } from 'commander';
import { derivedId, newCommandId } from '../engine/domain/command-id.js';
import { heldUpBy } from '../admin/held-up-campaigns.js';
import { campaignId as asCampaignId } from '../events/ids.js';
import { OPERATOR } from '../admin/operator-actions.js';
import { campaignIdOf, dataOf, holds, projected, queriesOf, settle } from './campaign-commands.js';
import { loadCodes } from './campaign-load.js';
import { showCampaign, showCampaigns } from './campaign-status.js';
import type { Connection } from './connect.js';
import { CliError, MISTYPED, withConnection } from './connect.js';
import { openGateway } from './gateway.js';
import { print, printJson } from './output.js';

interface Json {
  readonly json?: boolean;
}

interface CreateOptions extends Json {
  readonly title: string;
  readonly stock: string;
  readonly opens?: string;
  readonly closes?: string;
}

export function campaignCommand(program: Command): void {
  const campaign = program.command('campaign').description('gifticon campaigns');
  campaign
    .command('create')
    .description('a new campaign; prints its id')
    .requiredOption('--title <title>', 'the title for users')
    .requiredOption('--stock <n>', 'how many codes to generate; 0 to load ready-made ones')
    .option('--opens <time>', 'ISO 8601, such as 2026-12-24T18:00:00Z (default: now)')
    .option('--closes <time>', 'ISO 8601 (default: when it is sold out)')
    .option('--json', 'print JSON')
    .action((options: CreateOptions) => withConnection((connection) => create(connection, options)));
  campaign
    .command('load')
    .description('adds ready-made codes to the stock: all of the file, or nothing')
    .argument('<id>', 'the campaign')
    .argument(
      '<file>',
      'UTF-8, one code a line, of 4 to 128 printable characters; ' +
        'white space around it and empty lines do not count; "-": standard input',
    )
    .option('--json', 'print JSON')
    .action((id: string, file: string, { json = false }: Json) => {
      const campaignId = campaignIdOf(id);
      return withConnection((connection) => loadCodes(connection, campaignId, file, json));
    });
  campaign
    .command('pause')
    .description(
      'stops issuing: requests are accepted and wait, and with them those of other campaigns in the same partition',
    )
    .argument('<id>', 'the campaign')
    .option('--json', 'print JSON')
    .action((id: string, { json = false }: Json) => setPaused(id, true, json));
  campaign
    .command('resume')
    .description('issues on after a pause')
    .argument('<id>', 'the campaign')
    .option('--json', 'print JSON')
    .action((id: string, { json = false }: Json) => setPaused(id, false, json));
  campaign
    .command('status')
    .description('the newest campaigns, or one: stock, issued, queued (all requests that wait in its partition)')
    .argument('[id]', 'one campaign')
    .option('--json', 'print JSON')
    .action((id: string | undefined, { json = false }: Json) => {
      const campaignId = id === undefined ? null : campaignIdOf(id);
      return withConnection((connection) =>
        campaignId === null ? showCampaigns(connection, json) : showCampaign(connection, campaignId, json),
      );
    });
}

async function create(connection: Connection, { title, stock, opens, closes, json }: CreateOptions): Promise<void> {
  if (!/^\d+$/.test(stock)) throw new CliError(`--stock ${stock}: must be a whole number`, MISTYPED);
  const commandId = newCommandId();
  const campaignId = asCampaignId(derivedId('campaign', OPERATOR, commandId));
  const given = { campaignId, title, stock: Number(stock), opensAt: opens ?? null, closesAt: closes ?? null };
  const data = dataOf('CreateGifticonCampaign', given, {
    title: '--title',
    stock: '--stock',
    opensAt: '--opens',
    closesAt: '--closes',
  });
  const settled = await settle(await openGateway(connection), {
    type: 'CreateGifticonCampaign',
    campaignId,
    data,
    commandId,
  });
  await projected(queriesOf(connection), campaignId, holds(settled));
  const created = settled.events[0] && ofDomain(settled.events[0]).event;
  if (json)
    printJson({
      id: campaignId,
      ...(created?.type === 'GifticonCampaignCreated'
        ? { title: data.title, stock: data.stock, opensAt: created.data.opensAt, closesAt: created.data.closesAt }
        : {}),
    });
  else print(`${campaignId}\n`);
}

function setPaused(id: string, paused: boolean, json: boolean): Promise<void> {
  const campaignId = campaignIdOf(id);
  const type = paused ? 'PauseGifticonCampaign' : 'ResumeGifticonCampaign';
  return withConnection(async (connection) => {
    const settled = await settle(await openGateway(connection), {
      type,
      campaignId,
      data: dataOf(type, { campaignId }),
    });
    await projected(queriesOf(connection), campaignId, holds(settled));
    const changed = settled.receipt.events > 0;
    const others = paused
      ? await heldUpBy(queriesOf(connection), { id: campaignId, partition: settled.receipt.partition })
      : [];
    if (json)
      return printJson({
        id: campaignId,
        paused,
        changed,
        alsoWaiting: others.map(({ id: other, title }) => ({ id: other, title })),
      });
    print(`${paused ? 'paused' : 'resumed'}${changed ? '' : ' already'}\n`);
    if (others.length > 0) {
      print(`These wait, too, since they are in the same partition (${settled.receipt.partition}):\n`);
      for (const other of others) print(`  ${other.id}  ${other.title}\n`);
    }
  });
}
