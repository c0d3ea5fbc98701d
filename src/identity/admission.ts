import { GraphQLError } from 'graphql';
import type { TraceId } from '../events/ids.js';
import type { Registration } from '../gateway/registration.js';
import { RegistrationError } from '../gateway/registration.js';
import type { Identity } from './identity.js';

/** Lets a verified identity in. Called before each operation; cheap for those who were seen before. */
export type Admit = (identity: Identity, traceId: TraceId) => Promise<void>;

/**
 * Registers the user of a token that comes for the first time, before its first operation is executed. While the database is away nobody
 * can be looked up: then the operation goes on, and the user is registered with a later one.
 */
export function admitRegistered(registration: Pick<Registration, 'ensure'>, isTransient: (error: unknown) => boolean): Admit {
  return async (identity, traceId) => {
    try {
      await registration.ensure(identity, traceId);
    } catch (error) {
      if (isTransient(error)) return;
      if (!(error instanceof RegistrationError)) throw error;
      const extensions = error.code === 'HANDLE_TAKEN' ? { code: 'FORBIDDEN' } : { code: 'UNAVAILABLE', retryAfterMs: 1_000 };
      throw new GraphQLError(error.message, { extensions, originalError: error });
    }
  };
}
