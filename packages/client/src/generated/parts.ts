// Written by `npm run codegen`.
import type * as Schema from './schema.js';

/** The input of each command. */
export interface Inputs {
  deleteAccount: Schema.DeleteAccountInput;
  createRoom: Schema.CreateRoomInput;
  joinRoom: Schema.JoinRoomInput;
  leaveRoom: Schema.LeaveRoomInput;
  markRead: Schema.MarkReadInput;
  sendMessage: Schema.SendMessageInput;
  addReaction: Schema.ReactionInput;
  removeReaction: Schema.ReactionInput;
  createGifticonCampaign: Schema.CreateGifticonCampaignInput;
  requestGifticon: Schema.RequestGifticonInput;
}

/** The name of each input's type. */
export const INPUT_TYPES = {
  deleteAccount: 'DeleteAccountInput',
  createRoom: 'CreateRoomInput',
  joinRoom: 'JoinRoomInput',
  leaveRoom: 'LeaveRoomInput',
  markRead: 'MarkReadInput',
  sendMessage: 'SendMessageInput',
  addReaction: 'ReactionInput',
  removeReaction: 'ReactionInput',
  createGifticonCampaign: 'CreateGifticonCampaignInput',
  requestGifticon: 'RequestGifticonInput',
} as const satisfies Readonly<Record<keyof Inputs, string>>;

/** The events of a room whose own fields are all scalars, with these fields. */
export interface PlainEvents {
  ReactionAdded: Pick<Schema.ReactionAdded, 'messageId' | 'userId' | 'emoji'>;
  ReactionRemoved: Pick<Schema.ReactionRemoved, 'messageId' | 'userId' | 'emoji'>;
  MemberLeft: Pick<Schema.MemberLeft, 'userId'>;
  MemberErased: Pick<Schema.MemberErased, 'userId'>;
  MembersChanged: Pick<Schema.MembersChanged, 'joined' | 'left' | 'memberCount'>;
}

export const PLAIN_EVENTS = `
  ... on ReactionAdded { messageId userId emoji }
  ... on ReactionRemoved { messageId userId emoji }
  ... on MemberLeft { userId }
  ... on MemberErased { userId }
  ... on MembersChanged { joined left memberCount }`;
