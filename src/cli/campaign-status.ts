import { campaignState } from '../gifticon/campaign-events.js';
import type { Partition } from '../engine/domain/ids.js';
import type { CampaignId } from '../events/ids.js';
import { readCampaignStock } from '../gifticon/codes/campaign-stock.js';
import { checkpointName } from '../engine/log/command-log.js';
import { pause } from '../engine/runtime/retry.js';
import type { Campaign } from '../projections/gifticon/campaigns/query.js';
import { projected, queriesOf } from './campaign-commands.js';
import type { Connection } from './connect.js';
import { CliError, MISTYPED } from './connect.js';
import { openGateway } from './gateway.js';
import { print, printJson, table } from './output.js';

const NEWEST = 20;
/** The time over which the issuer's pace is measured. */
const SAMPLE_MS = 1_000;

/** Waiting requests in each partition, of any campaign; index = partition. And the decided offsets. */
interface Queue {
  readonly waiting: readonly number[];
  readonly decided: readonly number[];
}

export async function showCampaigns(connection: Connection, json: boolean): Promise<void> {
  const queue = await openQueue(connection);
  const [campaigns, { waiting }] = await Promise.all([queriesOf(connection).newest(NEWEST), queue()]);
  const rows = campaigns.map((campaign) => statusOf(campaign, waiting));
  if (json) return printJson(rows);
  if (rows.length === 0) return print('no campaign yet: campaign create makes one\n');
  print(
    table(
      ['id', 'title', 'state', 'stock', 'issued', 'queued', 'paused', 'partition'],
      rows.map(({ id, title, state, stock, issued, queued, paused, partition }) => [
        id,
        title,
        state,
        stock,
        issued,
        queued,
        yesNo(paused),
        partition,
      ]),
    ),
  );
}

export async function showCampaign(connection: Connection, id: CampaignId, json: boolean): Promise<void> {
  // The event store, not a lagging read model, shows that there is none.
  const known = await readCampaignStock(connection.store, id);
  if (!known) throw new CliError(`there is no campaign ${id}: campaign status lists the newest`, MISTYPED);
  const campaign = await projected(queriesOf(connection), id, (found) => found !== null);
  if (!campaign) throw new CliError(`campaign ${id} is not in the read model yet: is a projector running?`);
  const queue = await openQueue(connection);
  const before = await queue();
  const status = {
    ...statusOf(campaign, before.waiting),
    drainRatePerSecond: await drainRate(queue, before, campaign.partition),
  };
  if (json) return printJson(status);
  const { title, state, stock, generated, issued, queued, paused, partition, drainRatePerSecond } = status;
  print(
    table(
      ['campaign', id],
      [
        ['title', title],
        ['state', state],
        ['opens', status.opensAt.toISOString()],
        ['closes', status.closesAt?.toISOString() ?? 'when it is sold out'],
        ['stock', `${stock} (${generated} generated, ${stock - generated} loaded)`],
        ['issued', String(issued)],
        ['queued', `${queued} in its partition`],
        ['rate', `${drainRatePerSecond.toFixed(1)} requests a second`],
        ['paused', yesNo(paused)],
        ['partition', String(partition)],
      ],
    ),
  );
}

const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

const statusOf = (campaign: Campaign, waiting: readonly number[]) => {
  const { id, title, stock, generated, issued, paused, partition, opensAt, closesAt } = campaign;
  return {
    id,
    title,
    state: campaignState(campaign, Date.now()),
    stock,
    generated,
    issued,
    queued: waiting[partition] ?? 0,
    paused,
    partition,
    opensAt,
    closesAt,
  };
};

async function openQueue(connection: Connection): Promise<() => Promise<Queue>> {
  const { engine } = await openGateway(connection);
  const name = checkpointName(engine.requests);
  return async () => {
    // The decided offsets first: requests that come in between count as waiting.
    const decided = await Promise.all(
      Array.from(
        { length: connection.settings.partitions },
        async (_, partition) => (await connection.store.checkpoint(name, partition)).next,
      ),
    );
    const ends = await engine.requests.ends();
    return { decided, waiting: ends.map((end, partition) => Math.max(0, end - decided[partition]!)) };
  };
}

/** Requests a second, measured; 0 without waiting ones. */
async function drainRate(queue: () => Promise<Queue>, before: Queue, partition: Partition): Promise<number> {
  if (before.waiting[partition] === 0) return 0;
  const started = performance.now();
  await pause(SAMPLE_MS, new AbortController().signal);
  const { decided } = await queue();
  return ((decided[partition]! - before.decided[partition]!) / (performance.now() - started)) * 1_000;
}
