import { campaignIdText, roomIdText } from '../commands/text.js';
import type { CampaignId, RoomId } from '../events/ids.js';

/** A room's id as the log has it, or null where the text is no id of any room: then there is nothing to look for. */
export function parseRoomId(value: string): RoomId | null {
  const parsed = roomIdText.safeParse(value);
  return parsed.success ? parsed.data : null;
}

/** The same for a gifticon campaign. */
export function parseCampaignId(value: string): CampaignId | null {
  const parsed = campaignIdText.safeParse(value);
  return parsed.success ? parsed.data : null;
}
