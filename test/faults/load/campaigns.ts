import { randomUUID } from 'node:crypto';
import type { CampaignId } from '../../../src/events/ids.js';
import { Customer } from '../../support/gifticon-customer.js';
import type { WireUser } from '../../support/wire.js';
import { wireUser } from '../../support/wire.js';
import type { LoadContext } from './client.js';
import { ask, askUntilAnswered, rest } from './client.js';
import type { Credentials } from './history.js';

/** A campaign and its customers. */
export interface Drop {
  readonly id: CampaignId;
  readonly stock: number;
  readonly customers: Customer[];
}

export interface CampaignsOptions {
  readonly admin: Credentials;
  /** Signs a new customer in. */
  readonly customer: () => Promise<Credentials>;
  readonly stock: number;
  /** Between two customers of a campaign. */
  readonly everyMs: number;
}

const CREATE =
  'mutation ($input: CreateGifticonCampaignInput!) { createGifticonCampaign(input: $input) ' +
  '{ receipt { status } campaign { id } } }';
const CAMPAIGN = 'query ($id: ID!) { gifticonCampaign(id: $id) { id } }';

/** One campaign after the other; each gets half as many customers again as it has gifticons. */
export async function holdCampaigns(context: LoadContext, options: CampaignsOptions, drops: Drop[]): Promise<void> {
  const { closing, over, random } = context;
  const inside: Promise<void>[] = [];
  while (!closing.aborted) {
    const id = await createCampaign(context, options);
    if (!id) break;
    const drop: Drop = { id, stock: options.stock, customers: [] };
    drops.push(drop);
    for (let customers = 0; customers < options.stock * 1.5 && !closing.aborted; customers++) {
      await rest(random, options.everyMs / 2, options.everyMs * 1.5);
      const { token, userId } = await options.customer();
      const user: WireUser = wireUser(context.apis()[0]!, token, userId);
      const customer = new Customer({ user, campaignId: id, servers: context.apis, random, over });
      drop.customers.push(customer);
      inside.push(visit(context, customer));
    }
  }
  await Promise.all(inside);
}

async function createCampaign(
  context: LoadContext,
  { admin, stock }: CampaignsOptions,
): Promise<CampaignId | undefined> {
  const { apis, random, closing, over, history } = context;
  const commandId = randomUUID();
  let id: CampaignId | undefined;
  while (!id && !over.aborted) {
    const made = await askUntilAnswered<{ createGifticonCampaign: { campaign: { id: CampaignId } | null } }>(
      context,
      admin,
      CREATE,
      { input: { title: 'Coffee', stock, commandId } },
      'making a campaign',
    );
    if (!made) return undefined;
    id = made.createGifticonCampaign.campaign?.id;
    if (!id) await rest(random, 100, 300);
  }
  // A server that does not have the campaign yet answers so, which is no fault.
  for (let server = 0; server < apis().length && !closing.aborted && !over.aborted;) {
    const reply = await ask<{ gifticonCampaign: unknown }>(context, apis()[server]!, admin, CAMPAIGN, { id });
    if (reply.kind === 'refused')
      history.wrong.push(
        `looking at a campaign was refused with ${reply.codes.join(', ')}: ${reply.text.slice(0, 300)}`,
      );
    if (reply.kind === 'answer' && reply.data.gifticonCampaign) server++;
    else await rest(random, 100, 300);
  }
  return id;
}

/**
 * Half of the customers press three times, under two ids, and half of these before they had an answer; half of all
 * watch their request.
 */
async function visit({ random }: LoadContext, customer: Customer): Promise<void> {
  const [deadline, curiosity, id] = [random(), random(), randomUUID()];
  const first = customer.press(id);
  if (deadline < 0.25) await first;
  const more = deadline < 0.5 ? [customer.press(id), rest(random, 0, 500).then(() => customer.press())] : [];
  await first;
  if (curiosity < 0.5 && customer.accepted.has(id)) await customer.watch(id);
  await Promise.all(more);
}
