import { Failure } from './failure.js';
import type { OpenedRoom } from './virtual-users.js';
import { signInAll, signedToken } from './identities.js';
import type { SignIn } from './identities.js';
import { newCommandId } from './operations.js';
import type { Campaign, Operations } from './operations.js';
import type { Plan } from './plan.js';
import { retried } from './retry.js';
import type { Retrying } from './retry.js';
import type { Scenario } from './scenario.js';

/** A run that could not begin. */
export class RunError extends Error {
  override readonly name = 'RunError';
}

export interface Preparing {
  readonly scenario: Scenario;
  readonly signIn: SignIn;
  /** The users' handles are this, a dash and a number. */
  readonly prefix: string;
  /** The drop: a campaign that exists, or the token of an admin who creates one. */
  readonly campaignId?: string | undefined;
  readonly adminToken?: string | undefined;
}

export interface Drop extends Campaign {
  /** Whether the bot's users alone press in it. */
  readonly isOwn: boolean;
}

export interface Prepared {
  readonly tokens: readonly string[];
  readonly rooms: readonly OpenedRoom[];
  readonly drop: Drop | null;
}

const ROOMS_AT_ONCE = 16;

/**
 * Signs the users in, has each room opened by its first member, and finds or creates the campaign of the drop.
 * @throws {RunError}
 */
export async function prepare(
  options: Preparing,
  plan: Plan,
  api: Operations,
  retrying: Retrying,
  onSignedIn: () => void,
): Promise<Prepared> {
  const { scenario, signIn, prefix } = options;
  await api.ping().catch((error: Failure) => {
    throw new RunError(`no Madang answers there (${error.message}): start it, or correct --url`);
  });
  try {
    const handles = Array.from({ length: scenario.users }, (_, user) => `${prefix}-${user + 1}`);
    const tokens = await signInAll(signIn, handles, api, retrying, onSignedIn);
    if (retrying.signal.aborted) throw new RunError('it was interrupted before it began');
    const rooms: OpenedRoom[] = Array.from({ length: plan.rooms.length });
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let room = next++; room < rooms.length; room = next++) {
        const [token, commandId] = [tokens[plan.rooms[room]![0]!]!, newCommandId()];
        rooms[room] = await retried(() => api.createRoom(token, `bot room ${room + 1}`, commandId), retrying);
      }
    };
    await Promise.all(Array.from({ length: ROOMS_AT_ONCE }, lane));
    return {
      tokens,
      rooms,
      drop: scenario.drop ? await dropOf(options, scenario.drop, tokens[0]!, api, retrying) : null,
    };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new RunError(`the run could not begin: ${error.message} (${error.code})`);
  }
}

async function dropOf(
  { signIn, prefix, campaignId, adminToken }: Preparing,
  { stock }: NonNullable<Scenario['drop']>,
  token: string,
  api: Operations,
  retrying: Retrying,
): Promise<Drop> {
  if (campaignId !== undefined) {
    const campaign = await retried(() => api.campaign(token, campaignId), retrying);
    if (!campaign) throw new RunError(`there is no campaign ${campaignId}: campaign status lists them`);
    return { ...campaign, isOwn: false };
  }
  const admin =
    adminToken ?? (signIn.by === 'secret' ? await signedToken(signIn, `${prefix}-admin`, ['admin']) : undefined);
  if (admin === undefined) throw new RunError('the drop needs a campaign, or the token of an admin');
  const commandId = newCommandId();
  const campaign = await retried(() => api.createCampaign(admin, 'bot drop', stock, commandId), retrying);
  return { ...campaign, isOwn: true };
}
