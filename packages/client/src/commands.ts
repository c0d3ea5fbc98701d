import type * as Schema from './generated/schema.js';

/** What became of a command. */
export type Receipt = Pick<Schema.CommandReceipt, 'commandId' | 'status' | 'rejection'>;
export type Author = Pick<Schema.User, 'id' | 'handle' | 'name'>;
/** A message as it was posted, and so without reactions. */
export type PostedMessage = Pick<Schema.Message, 'id' | 'roomId' | 'seq' | 'body' | 'createdAt' | 'erased'> & {
  readonly author: Author;
};
export type GifticonRequest = Pick<
  Schema.GifticonRequest,
  'id' | 'campaignId' | 'status' | 'number' | 'ahead' | 'etaSeconds' | 'code' | 'issuedAt' | 'rejection' | 'duplicateOf'
>;
type RoomAnswer = { readonly room: Pick<Schema.Room, 'id' | 'title'> | null };

/** Every command, with its input and with what its payload has besides the receipt. */
export interface Commands {
  createRoom: { input: Schema.CreateRoomInput; payload: RoomAnswer };
  joinRoom: { input: Schema.JoinRoomInput; payload: RoomAnswer };
  leaveRoom: { input: Schema.LeaveRoomInput; payload: unknown };
  sendMessage: { input: Schema.SendMessageInput; payload: { readonly message: PostedMessage | null } };
  addReaction: { input: Schema.ReactionInput; payload: unknown };
  removeReaction: { input: Schema.ReactionInput; payload: unknown };
  markRead: { input: Schema.MarkReadInput; payload: unknown };
  requestGifticon: { input: Schema.RequestGifticonInput; payload: { readonly request: GifticonRequest } };
  createGifticonCampaign: {
    input: Schema.CreateGifticonCampaignInput;
    payload: { readonly campaign: Pick<Schema.GifticonCampaign, 'id' | 'title' | 'stock' | 'state'> | null };
  };
  deleteAccount: { input: Schema.DeleteAccountInput; payload: unknown };
}

export type CommandName = keyof Commands;
export type CommandInput<Name extends CommandName> = Commands[Name]['input'];
export type CommandPayload<Name extends CommandName> = Commands[Name]['payload'] & { readonly receipt: Receipt };

export const MESSAGE = 'id roomId seq body createdAt erased author { id handle name }';
export const REQUEST =
  'id campaignId status number ahead etaSeconds code issuedAt rejection { code message } duplicateOf';

/** The input's type where it is not named after the command, and what is selected besides the receipt. */
const SPECIAL: Partial<Record<CommandName, readonly [input: string, selection: string]>> = {
  createRoom: ['CreateRoom', 'room { id title }'],
  joinRoom: ['JoinRoom', 'room { id title }'],
  sendMessage: ['SendMessage', `message { ${MESSAGE} }`],
  addReaction: ['Reaction', ''],
  removeReaction: ['Reaction', ''],
  requestGifticon: ['RequestGifticon', `request { ${REQUEST} }`],
  createGifticonCampaign: ['CreateGifticonCampaign', 'campaign { id title stock state }'],
};

/** The text of a command's mutation. */
export function mutationOf(name: CommandName): string {
  const [input, selection] = SPECIAL[name] ?? [name[0]!.toUpperCase() + name.slice(1), ''];
  return (
    `mutation ($input: ${input}Input!, $waitFor: CommandStage) { ${name}(input: $input, waitFor: $waitFor) ` +
    `{ receipt { commandId status position rejection { code message } } ${selection} } }`
  );
}
