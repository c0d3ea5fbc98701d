import type { Receipt } from '../../engine/domain/receipt.js';
import type { Submission } from '../../engine/gateway/command-gateway.js';
import type { CursorSigner } from '../../engine/gateway/signed-cursor.js';
import type { CommandReceipt } from './command.type.js';

export function receiptOf(
  cursorSigner: CursorSigner,
  { commandId, rejection, partition, position }: Receipt,
): CommandReceipt {
  if (rejection) return { commandId, status: 'REJECTED', position: null, rejection };
  return { commandId, status: 'SUCCEEDED', position: cursorSigner.position({ partition, position }), rejection: null };
}

export function submissionReceipt(cursorSigner: CursorSigner, submission: Submission): CommandReceipt {
  switch (submission.status) {
    case 'ACCEPTED':
      return { commandId: submission.commandId, status: 'ACCEPTED', position: null, rejection: null };
    case 'DECIDED':
      return receiptOf(cursorSigner, submission.receipt);
    default:
      return submission satisfies never;
  }
}
