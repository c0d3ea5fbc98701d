import type { UserId } from '../../engine/domain/ids.js';
import type { RequestStanding } from '../../gifticon/gifticon-requests.js';
import type { CursorSigner } from '../../engine/gateway/signed-cursor.js';
import type { CodeNumber } from '../../gifticon/codes/gifticon-codes.js';
import type { CommandReceipt } from '../command/command.type.js';
import { receiptOf } from '../command/receipt.js';
import type { GifticonRequest } from './request.type.js';

/** What the fields of a `GifticonRequest` are read from. */
export interface RequestView extends GifticonRequest {
  /**
   * Whose it is, and which code; null where none was issued. The code itself is looked up only where it is asked for.
   */
  readonly issued: (CodeNumber & { readonly userId: UserId }) | null;
}

export function requestView(standing: RequestStanding): RequestView {
  const { id, campaignId, userId, status } = standing;
  const none = { ahead: 0, etaSeconds: null, issuedAt: null, rejection: null, duplicateOf: null, issued: null };
  const view = { ...none, id, campaignId, status };
  switch (status) {
    case 'QUEUED':
      return { ...view, ahead: standing.ahead, etaSeconds: standing.etaSeconds };
    case 'ISSUED':
      return { ...view, issuedAt: standing.issuedAt, issued: { campaignId, nth: standing.nth, userId } };
    case 'SOLD_OUT':
      return view;
    case 'REJECTED':
      return { ...view, rejection: standing.rejection, duplicateOf: standing.duplicateOf };
    default:
      return status satisfies never;
  }
}

/** One that was refused at the door has no receipt in the log, and reads the same as one that was refused there. */
export function standingReceipt(seal: CursorSigner, standing: RequestStanding): CommandReceipt {
  switch (standing.status) {
    case 'QUEUED':
      return acceptedReceipt(standing);
    case 'ISSUED':
      return receiptOf(seal, standing.receipt);
    case 'SOLD_OUT':
    case 'REJECTED':
      return { commandId: standing.id, status: 'REJECTED', position: null, rejection: standing.rejection };
    default:
      return standing satisfies never;
  }
}

export const acceptedReceipt = ({ id }: Pick<RequestStanding, 'id'>): CommandReceipt => ({
  commandId: id,
  status: 'ACCEPTED',
  position: null,
  rejection: null,
});
