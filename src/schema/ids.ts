import { campaignIdText, roomIdText } from '../commands/text.js';
import type { CampaignId, RoomId } from '../events/ids.js';

/** A room's id as the log has it; null for text that cannot be a room's id, so that nothing is looked up. */
export function parseRoomId(value: string): RoomId | null {
  const parsed = roomIdText.safeParse(value);
  return parsed.success ? parsed.data : null;
}

/** The same for a gifticon campaign. */
export function parseCampaignId(value: string): CampaignId | null {
  const parsed = campaignIdText.safeParse(value);
  return parsed.success ? parsed.data : null;
}
