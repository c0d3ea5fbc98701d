import { randomUUID } from 'node:crypto';
import { Failure } from './failure.js';
import type { HttpClient } from './http.js';

/** The operations of the bot's users, as docs/client-guide.md has them. */
export interface Receipt {
  readonly status: 'ACCEPTED' | 'SUCCEEDED' | 'REJECTED';
  readonly position: string | null;
  readonly rejection: { readonly code: string; readonly message: string } | null;
}

const RECEIPT = 'receipt { status position rejection { code message } }';
const SIGN_IN = 'mutation ($handle: String!) { signIn(handle: $handle) { token } }';
const CREATE_ROOM = `mutation ($input: CreateRoomInput!) { createRoom(input: $input) { ${RECEIPT} room { id } } }`;
const JOIN_ROOM = `mutation ($input: JoinRoomInput!) { joinRoom(input: $input) { ${RECEIPT} } }`;
const SEND = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { ${RECEIPT} message { seq } } }`;
const CREATE_CAMPAIGN =
  'mutation ($input: CreateGifticonCampaignInput!) { createGifticonCampaign(input: $input, waitFor: PROJECTED) ' +
  `{ ${RECEIPT} campaign { id stock issued } } }`;
const CAMPAIGN = 'query ($id: ID!) { gifticonCampaign(id: $id) { id stock issued } }';
const REQUEST_FIELDS = 'id status code duplicateOf';
const PRESS =
  'mutation ($input: RequestGifticonInput!) { requestGifticon(input: $input) ' +
  `{ receipt { status } request { ${REQUEST_FIELDS} } } }`;
const FETCH =
  'query ($id: ID!) { room(id: $id) { messages(last: 50) { nodes { seq body createdAt author { handle } } } } }';

export const WATCH = `subscription ($id: ID!) { gifticonRequest(id: $id) { ${REQUEST_FIELDS} } }`;
export const EVENTS =
  'subscription ($roomId: ID!, $after: Position) { roomEvents(roomId: $roomId, after: $after) ' +
  '{ __typename position ... on MessagePosted { message { seq body } } } }';

export interface RoomEvent {
  readonly __typename: string;
  readonly position: string;
  readonly message?: { readonly seq: number; readonly body: string };
}

export interface GifticonRequest {
  readonly id: string;
  readonly status: 'QUEUED' | 'ISSUED' | 'SOLD_OUT' | 'REJECTED';
  readonly code: string | null;
  readonly duplicateOf: string | null;
}

export interface Campaign {
  readonly id: string;
  readonly stock: number;
  readonly issued: number;
}

/** Each makes one attempt. A command that is repeated must have the same commandId. */
export interface Operations {
  /** An empty query. */
  ping(): Promise<void>;
  signIn(handle: string): Promise<string>;
  createRoom(token: string, title: string, commandId: string): Promise<{ readonly id: string; position: string }>;
  /** @returns the position from which on the member follows the room */
  joinRoom(token: string, roomId: string, commandId: string): Promise<string>;
  /** @returns the message's number */
  send(token: string, roomId: string, body: string, commandId: string): Promise<number>;
  createCampaign(token: string, title: string, stock: number, commandId: string): Promise<Campaign>;
  campaign(token: string, id: string): Promise<Campaign | null>;
  press(token: string, campaignId: string, commandId: string): Promise<GifticonRequest>;
  /** @returns the numbers of the newest messages */
  fetchNewest(token: string, roomId: string): Promise<readonly number[]>;
}

export const newCommandId = (): string => randomUUID();

export function operationsOver(http: HttpClient): Operations {
  const command = async <Payload extends { readonly receipt: Receipt }>(
    name: string,
    query: string,
    token: string,
    input: object,
  ): Promise<Payload> => {
    const data = await http.run<Record<string, Payload>>(token, query, { input });
    const payload = data[name]!;
    const { status, rejection } = payload.receipt;
    if (status === 'ACCEPTED') throw new Failure('UNAVAILABLE', 'The command is safe, and has no outcome yet.');
    if (rejection) throw new Failure(rejection.code, rejection.message);
    return payload;
  };

  return {
    ping: async () => void (await http.run(undefined, '{ __typename }', {})),
    signIn: async (handle) =>
      (await http.run<{ signIn: { token: string } }>(undefined, SIGN_IN, { handle })).signIn.token,
    async createRoom(token, title, commandId) {
      type Payload = { readonly receipt: Receipt; readonly room: { readonly id: string } | null };
      const { receipt, room } = await command<Payload>('createRoom', CREATE_ROOM, token, { title, commandId });
      if (!room) throw new Failure('UNAVAILABLE', 'The room is there, and its id is not known yet.');
      return { id: room.id, position: receipt.position! };
    },
    async joinRoom(token, roomId, commandId) {
      const { receipt } = await command('joinRoom', JOIN_ROOM, token, { roomId, commandId });
      return receipt.position!;
    },
    async send(token, roomId, body, commandId) {
      type Payload = { readonly receipt: Receipt; readonly message: { readonly seq: number } | null };
      const { message } = await command<Payload>('sendMessage', SEND, token, { roomId, body, commandId });
      if (!message) throw new Failure('UNAVAILABLE', 'The message is posted, and its number is not known yet.');
      return message.seq;
    },
    async createCampaign(token, title, stock, commandId) {
      type Payload = { readonly receipt: Receipt; readonly campaign: Campaign | null };
      const { campaign } = await command<Payload>('createGifticonCampaign', CREATE_CAMPAIGN, token, {
        title,
        stock,
        commandId,
      });
      if (!campaign) throw new Failure('UNAVAILABLE', 'The campaign is there, and cannot be read yet.');
      return campaign;
    },
    campaign: async (token, id) =>
      (await http.run<{ gifticonCampaign: Campaign | null }>(token, CAMPAIGN, { id })).gifticonCampaign,
    async press(token, campaignId, commandId) {
      const data = await http.run<{ requestGifticon: { request: GifticonRequest } }>(token, PRESS, {
        input: { campaignId, commandId },
      });
      return data.requestGifticon.request;
    },
    async fetchNewest(token, roomId) {
      const { room } = await http.run<{ room: { messages: { nodes: readonly { seq: number }[] } } | null }>(
        token,
        FETCH,
        { id: roomId },
      );
      if (!room) throw new Failure('NOT_FOUND', 'The room is gone.');
      return room.messages.nodes.map(({ seq }) => seq);
    },
  };
}
