import type { UserId } from '../../engine/domain/ids.js';

/**
 * A handle is an aggregate of its own: whoever claims it first has it. Once it is released, handle and name are '' and
 * the user is ERASED_USER.
 */
export interface HandleClaimed {
  readonly type: 'HandleClaimed';
  readonly data: { readonly handle: string; readonly userId: UserId; readonly name: string };
}

/** `handleId`: the handle's hash, which its stream is named by. `freeAt`: when others may claim it, ISO 8601. */
export interface HandleReleased {
  readonly type: 'HandleReleased';
  readonly data: { readonly handleId: string; readonly freeAt: string };
}

/** Once the account is deleted, handle and name are ''. */
export interface UserRegistered {
  readonly type: 'UserRegistered';
  readonly data: { readonly userId: UserId; readonly handle: string; readonly name: string };
}

/**
 * Final: the user does nothing any more. What the user left elsewhere is taken away by the events that follow from it.
 */
export interface AccountDeleted {
  readonly type: 'AccountDeleted';
  readonly data: { readonly userId: UserId };
}

export type UserEvent = HandleClaimed | HandleReleased | UserRegistered | AccountDeleted;
