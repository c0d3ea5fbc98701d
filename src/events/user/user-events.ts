import type { EventDefinitions } from '../../engine/domain/event-definition.js';
import { FIRST_VERSION } from '../../engine/domain/upcast.js';
import { ERASED_USER } from '../../engine/domain/ids.js';
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

/** The parts of the domain that this topic has: see `MadangNames` in `src/events/definitions.ts`. */
export interface UserNames {
  readonly aggregate: 'handle' | 'user';
  readonly readModel: 'users';
}

/** Erased in the user's own stream, and in the rows made from it. */
const untilDeleted = { until: 'AccountDeleted', becomes: '' } as const;
/** Erased in the handle's stream. */
const untilReleased = { until: 'HandleReleased', becomes: '' } as const;

/** Everything that the rest of the program has to know of each type. */
export const USER_EVENTS = {
  HandleClaimed: {
    schema: FIRST_VERSION,
    aggregate: 'handle',
    audience: 'nobody',
    access: 'none',
    personal: { handle: untilReleased, userId: { until: 'HandleReleased', becomes: ERASED_USER }, name: untilReleased },
    readModels: [],
  },
  HandleReleased: {
    schema: FIRST_VERSION,
    aggregate: 'handle',
    audience: 'nobody',
    access: 'none',
    personal: { handleId: 'no', freeAt: 'no' },
    readModels: [],
  },
  UserRegistered: {
    schema: FIRST_VERSION,
    aggregate: 'user',
    audience: 'nobody',
    access: 'none',
    personal: { userId: 'user', handle: untilDeleted, name: untilDeleted },
    readModels: ['users'],
  },
  AccountDeleted: {
    schema: FIRST_VERSION,
    aggregate: 'user',
    audience: 'nobody',
    access: 'none',
    erases: true,
    personal: { userId: 'user' },
    readModels: ['users'],
  },
} as const satisfies EventDefinitions<UserEvent>;
