import { randomUUID } from 'node:crypto';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Deployment } from './deployment.js';
import type { Answer, WireReceipt, WireUser } from './wire.js';
import { forgeToken, secondsFromNow, secretOf, wireUser } from './wire.js';

// Gifticons over HTTP and graphql-ws, as an application uses them.

export interface WireCampaign {
  readonly id: string;
  readonly title: string;
  readonly stock: number;
  readonly issued: number;
  readonly queued: number;
  readonly state: string;
  readonly opensAt: string;
  readonly closesAt: string | null;
  readonly drainRatePerSecond: number;
  readonly paused: boolean;
}

export interface WireRequest {
  readonly id: string;
  readonly campaignId: string;
  readonly status: string;
  readonly ahead: number;
  readonly etaSeconds: number | null;
  readonly code: string | null;
  readonly issuedAt: string | null;
  readonly rejection: { readonly code: string } | null;
  readonly duplicateOf: string | null;
}

const RECEIPT = 'receipt { commandId status position rejection { code message } }';
const CAMPAIGN = 'id title stock issued queued state opensAt closesAt drainRatePerSecond paused';
const REQUEST = 'id campaignId status ahead etaSeconds code issuedAt rejection { code } duplicateOf';

/** The same user with a token that has the role `admin`. */
export async function asAdmin(deployment: Deployment, { url, userId }: WireUser): Promise<WireUser> {
  const claims = { sub: userId, handle: 'admin', name: 'admin', roles: ['admin'] };
  return wireUser(url, await forgeToken(await secretOf(deployment, 'token_key'), claims, secondsFromNow(3600)), userId);
}

/** The same user through another process. */
export const through = (url: string, { token, userId }: WireUser): WireUser => wireUser(url, token, userId);

export async function createCampaign(admin: WireUser, input: Readonly<Record<string, unknown>>): Promise<WireCampaign> {
  const query =
    'mutation ($input: CreateGifticonCampaignInput!) { createGifticonCampaign(input: $input) ' +
    `{ ${RECEIPT} campaign { ${CAMPAIGN} } } }`;
  const { data, text } = await admin.ask<{ createGifticonCampaign: { campaign: WireCampaign | null } }>(query, {
    input: { title: 'Coffee', ...input },
  });
  if (!data?.createGifticonCampaign.campaign) throw new Error(`createGifticonCampaign answered ${text}`);
  return data.createGifticonCampaign.campaign;
}

export async function campaignOf(user: WireUser, id: string): Promise<WireCampaign | null> {
  const { data, text } = await user.ask<{ gifticonCampaign: WireCampaign | null }>(
    `query ($id: ID!) { gifticonCampaign(id: $id) { ${CAMPAIGN} } }`,
    { id },
  );
  if (!data) throw new Error(`gifticonCampaign answered ${text}`);
  return data.gifticonCampaign;
}

export interface Pressed {
  readonly receipt: WireReceipt;
  readonly request: WireRequest;
}

export interface Press {
  readonly commandId?: string;
  /** The API's default where it is left out. */
  readonly waitFor?: string;
}

/** Any answer to `requestGifticon`. */
export function pressing(
  user: WireUser,
  campaignId: string,
  { commandId = randomUUID(), waitFor }: Press = {},
): Promise<Answer<{ readonly requestGifticon: Pressed }>> {
  const stage = waitFor === undefined ? '' : `, waitFor: ${waitFor}`;
  const query =
    `mutation ($input: RequestGifticonInput!) { requestGifticon(input: $input${stage}) ` +
    `{ ${RECEIPT} request { ${REQUEST} } } }`;
  return user.ask(query, { input: { commandId, campaignId } });
}

export async function press(user: WireUser, campaignId: string, options: Press = {}): Promise<Pressed> {
  const { data, text } = await pressing(user, campaignId, options);
  if (!data) throw new Error(`requestGifticon answered ${text}`);
  return data.requestGifticon;
}

/** Any answer to `gifticonRequest`. */
export const statusOf = (
  user: WireUser,
  id: string,
): Promise<Answer<{ readonly gifticonRequest: WireRequest | null }>> =>
  user.ask(`query ($id: ID!) { gifticonRequest(id: $id) { ${REQUEST} } }`, { id });

export async function requestOf(user: WireUser, id: string): Promise<WireRequest | null> {
  const { data, errors, text } = await statusOf(user, id);
  if (!data || errors.length > 0) throw new Error(`gifticonRequest answered ${text}`);
  return data.gifticonRequest;
}

export interface Watch extends AsyncDisposable {
  readonly statuses: readonly WireRequest[];
  /** Errors of the subscription, and the loss of its connection. */
  readonly errors: readonly unknown[];
  readonly completed: () => boolean;
}

export const WATCH = `subscription ($id: ID!) { gifticonRequest(id: $id) { ${REQUEST} } }`;

export const watch = (user: WireUser, id: string): Watch => {
  const statuses: WireRequest[] = [];
  return { statuses, ...subscribed(user, WATCH, id, (value) => statuses.push(value as WireRequest)) };
};

export interface WireProgress {
  readonly served: number;
  readonly issued: number;
  readonly stock: number;
  readonly queued: number;
  readonly ratePerSecond: number;
  readonly state: string;
}

const PROGRESS =
  'subscription ($id: ID!) { campaignProgress(campaignId: $id) { served issued stock queued ratePerSecond state } }';

/** The progress of a campaign. */
export const watchProgress = (user: WireUser, id: string) => {
  const values: WireProgress[] = [];
  return { values, ...subscribed(user, PROGRESS, id, (value) => values.push(value as WireProgress)) };
};

/** A subscription with the variable `id`, on a socket of its own. `next` gets the values of its field. */
function subscribed({ url, token }: WireUser, query: string, id: string, next: (value: unknown) => void) {
  const errors: unknown[] = [];
  let over = false;
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
  });
  client.subscribe<Record<string, unknown>>(
    { query, variables: { id } },
    {
      next: (result) => {
        Object.values(result.data ?? {}).forEach(next);
        if (result.errors) errors.push(result.errors);
      },
      error: (error) => errors.push(error),
      complete: () => (over = true),
    },
  );
  return { errors, completed: () => over, [Symbol.asyncDispose]: async () => client.dispose() };
}

/** The number of a request in its campaign. */
export const numberOf = async (user: WireUser, id: string): Promise<number | null | undefined> =>
  (
    await user.ask<{ gifticonRequest: { readonly number: number | null } | null }>(
      'query ($id: ID!) { gifticonRequest(id: $id) { number } }',
      { id },
    )
  ).data?.gifticonRequest?.number;
