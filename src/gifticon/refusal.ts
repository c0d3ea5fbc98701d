import type { RejectionCode } from '../commands/rejections.js';
import { rejection } from '../commands/rejections.js';
import type { CommandId } from '../engine/domain/ids.js';
import type { GifticonRequestAsked, SettledRequestStatus } from './gifticon-requests.js';

export type Asked = Pick<GifticonRequestAsked, 'campaignId' | 'commandId' | 'userId'>;

/**
 * An outcome without a receipt: the request is not in the queue, or the receipt under its id belongs to another
 * command.
 */
export function refused(
  { campaignId, commandId: id, userId }: Asked,
  code: RejectionCode,
  duplicateOf: CommandId | null = null,
): SettledRequestStatus {
  const outcome = { id, campaignId, userId, receipt: null, rejection: rejection(code) };
  return code === 'SOLD_OUT' ? { ...outcome, status: code } : { ...outcome, status: 'REJECTED', duplicateOf };
}
