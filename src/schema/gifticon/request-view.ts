import type { UserId } from '../../engine/domain/ids.js';
import type { RequestStatus } from '../../gifticon/gifticon-requests.js';
import type { CursorSigner } from '../../engine/gateway/signed-cursor.js';
import type { CodeNumber } from '../../gifticon/codes/gifticon-codes.js';
import type { CommandReceipt } from '../command/command.type.js';
import { receiptOf } from '../command/receipt.js';
import type { GifticonRequest } from './request.type.js';

/** The source of the fields of a `GifticonRequest`. */
export interface RequestView extends GifticonRequest {
  /** As far as it is known without a wait. */
  readonly number: number | null;
  /**
   * The owner and the number of the code; null where none was issued. The code itself is read only where it is
   * selected.
   */
  readonly issued: (CodeNumber & { readonly userId: UserId }) | null;
}

/** One object without spreads: a burst of presses makes one for each. */
export function requestView(request: RequestStatus): RequestView {
  const { id, campaignId, userId, status } = request;
  return {
    id,
    campaignId,
    status,
    number: request.number ?? null,
    ahead: status === 'QUEUED' ? request.ahead : 0,
    etaSeconds: status === 'QUEUED' ? request.etaSeconds : null,
    issuedAt: status === 'ISSUED' ? request.issuedAt : null,
    rejection: status === 'REJECTED' ? request.rejection : null,
    duplicateOf: status === 'REJECTED' ? request.duplicateOf : null,
    issued: status === 'ISSUED' ? { campaignId, nth: request.nth, userId } : null,
  };
}

/**
 * A request that admission control refused has no receipt in the log; its receipt reads the same as that of a request
 * which the issuer refused.
 */
export function statusReceipt(cursorSigner: CursorSigner, request: RequestStatus): CommandReceipt {
  switch (request.status) {
    case 'QUEUED':
      return acceptedReceipt(request);
    case 'ISSUED':
      return receiptOf(cursorSigner, request.receipt);
    case 'SOLD_OUT':
    case 'REJECTED':
      return { commandId: request.id, status: 'REJECTED', position: null, rejection: request.rejection };
    default:
      return request satisfies never;
  }
}

export const acceptedReceipt = ({ id }: Pick<RequestStatus, 'id'>): CommandReceipt => ({
  commandId: id,
  status: 'ACCEPTED',
  position: null,
  rejection: null,
});
