import type { Inputs } from './generated/parts.js';
import { INPUT_TYPES } from './generated/parts.js';
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

/** What the payload of a command has besides the receipt. Of the others it has nothing else. */
interface Payloads {
  createRoom: RoomAnswer;
  joinRoom: RoomAnswer;
  sendMessage: { readonly message: PostedMessage | null };
  requestGifticon: { readonly request: GifticonRequest };
  createGifticonCampaign: {
    readonly campaign: Pick<Schema.GifticonCampaign, 'id' | 'title' | 'stock' | 'state'> | null;
  };
}

/** Every command, with its input and with what its payload has besides the receipt. */
export type Commands = {
  [Name in keyof Inputs]: { input: Inputs[Name]; payload: Name extends keyof Payloads ? Payloads[Name] : unknown };
};

export type CommandName = keyof Commands;
export type CommandInput<Name extends CommandName> = Commands[Name]['input'];
export type CommandPayload<Name extends CommandName> = Commands[Name]['payload'] & { readonly receipt: Receipt };

export const MESSAGE = 'id roomId seq body createdAt erased author { id handle name }';
export const REQUEST =
  'id campaignId status number ahead etaSeconds code issuedAt rejection { code message } duplicateOf';

/** What is selected of a payload besides the receipt. */
const SELECTIONS: Readonly<Record<keyof Payloads, string>> = {
  createRoom: 'room { id title }',
  joinRoom: 'room { id title }',
  sendMessage: `message { ${MESSAGE} }`,
  requestGifticon: `request { ${REQUEST} }`,
  createGifticonCampaign: 'campaign { id title stock state }',
};

/** The text of a command's mutation. */
export function mutationOf(name: CommandName): string {
  const selection = (SELECTIONS as Partial<Record<CommandName, string>>)[name] ?? '';
  return (
    `mutation ($input: ${INPUT_TYPES[name]}!, $waitFor: CommandStage) { ${name}(input: $input, waitFor: $waitFor) ` +
    `{ receipt { commandId status position rejection { code message } } ${selection} } }`
  );
}
