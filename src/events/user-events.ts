import type { UserId } from './ids.js';

/** A handle is an aggregate of its own: whoever claims it first has it. */
export interface HandleClaimed {
  readonly type: 'HandleClaimed';
  readonly data: { readonly handle: string; readonly userId: UserId; readonly name: string };
}

export interface UserRegistered {
  readonly type: 'UserRegistered';
  readonly data: { readonly userId: UserId; readonly handle: string; readonly name: string };
}

export type UserEvent = HandleClaimed | UserRegistered;
