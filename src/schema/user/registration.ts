import DataLoader from 'dataloader';
import { LRUCache } from 'lru-cache';
import { derivedId, newCommandId } from '../../engine/domain/command-id.js';
import { registerUserCommandId } from '../../commands/user/register-user-command-id.js';
import type { TraceId, UserId } from '../../engine/domain/ids.js';
import { userId } from '../../engine/domain/ids.js';
import type { Identity } from '../../server/identity/identity.js';
import { settlesWithin } from '../../engine/runtime/deadline.js';
import type { UserQueries } from '../../projections/user/users/query.js';
import type { CommandGateway } from '../../engine/gateway/command-gateway.js';
import { RegistrationError } from './registration-error.js';
import { sharedRegistrations } from './shared-registrations.js';

export interface RegisteredUser {
  readonly id: UserId;
  readonly handle: string;
  readonly name: string;
}

/** Registers users: at development sign-in, and at the first request with an identity provider's token. */
export interface Registration {
  /**
   * The user with this handle, registered if there is none.
   * @throws {RegistrationError}
   */
  signIn(handle: string, traceId: TraceId): Promise<RegisteredUser>;
  /**
   * Registers the user of a verified token, once: many requests at a time send one command, and a refusal is remembered
   * for a while.
   * @throws {RegistrationError}; the database's own error, or ETIMEDOUT, where the database cannot be asked
   */
  ensure(identity: Identity, traceId: TraceId): Promise<void>;
  /** Called when the user was erased. */
  forget(userId: UserId): void;
  /** The log went back in time: users who were registered may be so no longer. */
  forked(): void;
}

const GATHER_MS = 5;
/** The longest time for looking up a user. */
const FIND_USER_TIMEOUT_MS = 1_000;

/** @throws an error like that of a connection without an answer, for a database that hangs */
export async function inTime<T>(work: Promise<T>): Promise<T> {
  if (!(await settlesWithin(work, FIND_USER_TIMEOUT_MS)))
    throw Object.assign(new Error('the database did not answer in time'), { code: 'ETIMEDOUT' });
  return work;
}

export function createRegistration(commands: CommandGateway, users: UserQueries): Registration {
  const known = new LRUCache<UserId, true>({ max: 100_000 });
  /** Counts how often the log went back: registrations from before that are not believed. */
  let branch = 0;
  // A burst of new users is looked up in a few queries.
  const lookUp = new DataLoader<UserId, RegisteredUser | null>((ids) => users.byIds(ids), {
    cache: false,
    maxBatchSize: 1_000,
    batchScheduleFn: (dispatch) => void setTimeout(dispatch, GATHER_MS),
  });

  const claim = async (user: RegisteredUser, traceId: TraceId): Promise<'registered' | 'taken'> => {
    const id = newCommandId();
    const claimed = await commands.submit({
      command: {
        commandId: id,
        type: 'ClaimHandle',
        key: user.handle,
        userId: user.id,
        traceId,
        data: { handle: user.handle, userId: user.id, name: user.name },
      },
      mayRepeat: false,
      waitFor: 'DECIDED',
    });
    if (claimed.status === 'ACCEPTED') throw late();
    const { rejection } = claimed.receipt;
    if (rejection?.code === 'HANDLE_RESERVED') throw new RegistrationError('HANDLE_RESERVED', rejection.message);
    if (rejection?.code === 'HANDLE_TAKEN') return 'taken';
    if (rejection)
      throw new RegistrationError('FAILED', `claiming the handle was refused with ${rejection.code}: try again`);
    const event = claimed.events[0];
    // The user had this handle already: the registration is under way or done.
    if (!event) return 'registered';
    const settled = await commands.settled(
      registerUserCommandId(event),
      user.id,
      AbortSignal.timeout(REGISTER_TIMEOUT_MS),
    );
    if (!settled) throw late();
    return 'registered';
  };

  const projected = async (find: () => Promise<RegisteredUser | null>): Promise<RegisteredUser> => {
    const deadline = AbortSignal.timeout(REGISTER_TIMEOUT_MS);
    for (;;) {
      const user = await find();
      if (user) return user;
      if (deadline.aborted) throw late();
      await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
    }
  };

  const registrations = sharedRegistrations(async (identity, traceId) => {
    const of = branch;
    const find = (): Promise<RegisteredUser | null> => lookUp.load(identity.userId);
    if (!(await inTime(find()))) {
      const outcome = await claim({ id: identity.userId, handle: identity.handle, name: identity.name }, traceId);
      if (outcome === 'taken')
        throw new RegistrationError(
          'HANDLE_TAKEN',
          `the handle ${identity.handle} belongs to another user: the token needs another one`,
        );
      await projected(find);
    }
    if (branch === of) known.set(identity.userId, true);
  });

  return {
    // Known users are kept by id alone.
    forget: (erased) => registrations.forget(erased),
    forked() {
      branch++;
      known.clear();
      registrations.forked();
    },
    async signIn(handle, traceId) {
      const of = branch;
      const find = (): Promise<RegisteredUser | null> => users.byHandle(handle);
      let user = await find();
      if (!user) {
        await claim({ id: userId(derivedId('user', newCommandId())), handle, name: handle }, traceId);
        user = await projected(find);
      }
      if (branch === of) known.set(user.id, true);
      return user;
    },

    async ensure(identity, traceId) {
      if (!known.has(identity.userId)) await registrations.register(identity, traceId);
    },
  };
}

const REGISTER_TIMEOUT_MS = 5_000;
const POLL_INTERVAL_MS = 5;

const late = (): RegistrationError =>
  new RegistrationError('UNAVAILABLE', 'registering takes longer than usual: try again in a moment');
