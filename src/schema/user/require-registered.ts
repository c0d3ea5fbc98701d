import DataLoader from 'dataloader';
import { GraphQLError } from 'graphql';
import type { UserId } from '../../engine/domain/ids.js';
import type { Registration } from './registration.js';
import { inTime } from './registration.js';
import { RegistrationError } from './registration-error.js';
import { REFUSED_MS } from './shared-registrations.js';
import type { RememberedUsers } from '../../projections/user/remembered-users.js';
import type { User } from '../../projections/user/users/query.js';
import type { Admit } from '../../server/identity/identity.js';

const GATHER_MS = 5;

/**
 * Refuses the token of a deleted account. `users` remembers users and their deletions; others are looked up, a
 * burst of them in a few queries. While the database is away nobody can be looked up: then the operation goes on.
 */
export function refuseDeleted(
  users: Pick<RememberedUsers, 'byIds' | 'remembered' | 'wasAbsent'>,
  isTransient: (error: unknown) => boolean,
): Admit {
  const lookUp = new DataLoader<UserId, User | null>((ids) => users.byIds(ids), {
    cache: false,
    maxBatchSize: 1_000,
    batchScheduleFn: (dispatch) => void setTimeout(dispatch, GATHER_MS),
  });
  return async ({ userId }) => {
    const found = (): Promise<User | null> =>
      inTime(lookUp.load(userId)).catch((error: unknown) => {
        if (isTransient(error)) return null;
        throw error;
      });
    const user = users.remembered(userId) ?? (users.wasAbsent(userId) ? null : await found());
    if (user?.deleted) throw new GraphQLError('This account was deleted.', { extensions: { code: 'UNAUTHENTICATED' } });
  };
}

/**
 * Registers the user of a token at its first operation, before that is executed. While the database is away nobody can
 * be looked up: then the operation goes on, and the user is registered with a later one.
 */
export function admitRegistered(
  registration: Pick<Registration, 'ensure'>,
  isTransient: (error: unknown) => boolean,
): Admit {
  return async (identity, traceId) => {
    try {
      await registration.ensure(identity, traceId);
    } catch (error) {
      if (isTransient(error)) return;
      if (!(error instanceof RegistrationError)) throw error;
      const extensions =
        error.code === 'UNAVAILABLE' || error.code === 'FAILED'
          ? { code: 'UNAVAILABLE', retryAfterMs: error.code === 'FAILED' ? REFUSED_MS : 1_000 }
          : { code: 'FORBIDDEN' };
      throw new GraphQLError(error.message, { extensions, originalError: error });
    }
  };
}

/** Both. @param registration null where every user is registered before the token is issued */
export function admitUsers(
  users: Pick<RememberedUsers, 'byIds' | 'remembered' | 'wasAbsent'>,
  registration: Pick<Registration, 'ensure'> | null,
  isTransient: (error: unknown) => boolean,
): Admit {
  const alive = refuseDeleted(users, isTransient);
  const register = registration && admitRegistered(registration, isTransient);
  return async (identity, traceId) => {
    await alive(identity, traceId);
    await register?.(identity, traceId);
  };
}
