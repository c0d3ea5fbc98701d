import type { Branded } from '../engine/domain/ids.js';

/** UUID. */
export type RoomId = Branded<string, 'RoomId'>;
/**
 * `<room id>.<seq>`: a message's id contains its place in its room, so that the room's state alone shows whether the
 * message exists.
 */
export type MessageId = Branded<string, 'MessageId'>;
/** UUID. */
export type CampaignId = Branded<string, 'CampaignId'>;

export const roomId = (value: string): RoomId => value as RoomId;
export const campaignId = (value: string): CampaignId => value as CampaignId;
export const messageId = (room: RoomId, seq: number): MessageId => `${room}.${seq}` as MessageId;

/** The room and number in a message id; null for text that is no message id. */
export function parseMessageId(value: string): { readonly roomId: RoomId; readonly seq: number } | null {
  const match = /^([0-9a-f-]{36})\.([1-9]\d{0,15})$/.exec(value);
  return match ? { roomId: roomId(match[1]!), seq: Number(match[2]) } : null;
}
