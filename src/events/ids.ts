import type { Branded } from '../engine/domain/ids.js';

/** UUID. */
export type RoomId = Branded<string, 'RoomId'>;
/**
 * `<room id>.<seq>`: a message is known by its place in its room, so that its existence can be told from the room
 * alone.
 */
export type MessageId = Branded<string, 'MessageId'>;
/** UUID. */
export type CampaignId = Branded<string, 'CampaignId'>;

export const roomId = (value: string): RoomId => value as RoomId;
export const campaignId = (value: string): CampaignId => value as CampaignId;
export const messageId = (room: RoomId, seq: number): MessageId => `${room}.${seq}` as MessageId;

/** The room and place that a message id names, or null where it is not one. */
export function parseMessageId(value: string): { readonly roomId: RoomId; readonly seq: number } | null {
  const match = /^([0-9a-f-]{36})\.([1-9]\d{0,15})$/.exec(value);
  return match ? { roomId: roomId(match[1]!), seq: Number(match[2]) } : null;
}
