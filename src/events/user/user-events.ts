import type { UserId } from '../../engine/domain/ids.js';

/**
 * A handle is an aggregate of its own: the first claim gets it. Once it is released, handle and name are '' and the
 * user is ERASED_USER.
 */
export interface HandleClaimed {
  readonly type: 'HandleClaimed';
  readonly data: { readonly handle: string; readonly userId: UserId; readonly name: string };
}

/**
 * `handleId`: the handle's hash, the name of its stream. `freeAt`: the time from which others may claim it, ISO 8601.
 */
export interface HandleReleased {
  readonly type: 'HandleReleased';
  readonly data: { readonly handleId: string; readonly freeAt: string };
}

/** Once the account is deleted, handle and name are ''. */
export interface UserRegistered {
  readonly type: 'UserRegistered';
  readonly data: { readonly userId: UserId; readonly handle: string; readonly name: string };
}

/** Final: every later command of the user is refused. The events that follow remove the user's traces elsewhere. */
export interface AccountDeleted {
  readonly type: 'AccountDeleted';
  readonly data: { readonly userId: UserId };
}

export type UserEvent = HandleClaimed | HandleReleased | UserRegistered | AccountDeleted;
