import type { CommandOf, CommandType } from '../../commands/registry.js';
import { COMMANDS } from '../../commands/registry.js';
import { perUser } from '../../commands/define-command.js';

/** A sustained rate, and how many calls may come at once. 0 a second: no limit. */
export interface WriteRate {
  readonly perSecond: number;
  readonly burst: number;
}

interface WriteLimit extends WriteRate {
  /**
   * The subject that is counted: a signed-in user; before sign-in the client's address, or the handle in the request.
   */
  readonly by: 'user' | 'address' | 'handle';
  /** Counted over all servers, in Redis; or by each server for itself, without a round trip. */
  readonly over: 'servers' | 'server';
}

const ofUser = (perSecond: number, burst: number): WriteLimit => ({ ...perUser(perSecond, burst), by: 'user' });

type Sent = { [T in CommandType]: CommandOf<T>['rateLimit'] extends 'no mutation' ? never : T }[CommandType];

/** The limits of the mutations that have the name of a command: each command's definition has its own. */
const OF_COMMANDS = Object.fromEntries(
  Object.values(COMMANDS).flatMap(({ type, rateLimit }) =>
    rateLimit === 'no mutation'
      ? []
      : [[`${type[0]!.toLowerCase()}${type.slice(1)}`, { ...rateLimit, by: 'user' } satisfies WriteLimit]],
  ),
) as Readonly<Record<Uncapitalize<Sent>, WriteLimit>>;

/**
 * The default rate limit of each mutation. `MADANG_RATE_LIMITS` sets other ones. Each field of `Mutation` has one under
 * its own name, or the schema is not built.
 */
export const WRITE_LIMITS = {
  // Nobody is signed in yet. Many people may share an address: all those behind one proxy that is not named in the
  // settings, for example.
  signIn: { perSecond: 200, burst: 3_000, by: 'address', over: 'servers' },
  signInHandle: { perSecond: 2, burst: 30, by: 'handle', over: 'servers' },
  ...OF_COMMANDS,
  // For people at a console. A rebuild or a load is as much work as the deployment is large.
  adminRebuildReadModel: ofUser(1, 20),
  adminVerifyReadModel: ofUser(1, 20),
  adminRollBackReadModel: ofUser(1, 20),
  adminAbandonRebuild: ofUser(1, 20),
  adminDropKeptReadModel: ofUser(1, 20),
  adminRetryDeadLetters: ofUser(2, 20),
  adminDropDeadLetters: ofUser(2, 20),
  adminSetRoomHeat: ofUser(2, 20),
  adminClearRoomHeat: ofUser(2, 20),
  adminPauseCampaign: ofUser(2, 20),
  adminResumeCampaign: ofUser(2, 20),
  adminLoadGifticonCodes: ofUser(2, 20),
} as const satisfies Readonly<Record<string, WriteLimit>>;

export type WriteLimitName = keyof typeof WRITE_LIMITS;

export type WriteRates = Readonly<Record<WriteLimitName, WriteRate>>;

/** Mutations with settings of their own, older than the setting for all. */
const ELSEWHERE: ReadonlySet<WriteLimitName> = new Set(['sendMessage']);

export const isWriteLimit = (name: string): name is WriteLimitName => Object.hasOwn(WRITE_LIMITS, name);

const NUMBER = String.raw`\d{1,9}(?:\.\d{1,6})?`;
const ENTRY = new RegExp(`^([A-Za-z]+)=(?:(0)|(${NUMBER})/(${NUMBER}))$`);

/**
 * Reads the limits of the setting: `off`, or pairs such as `joinRoom=5/20,markRead=0` (a second/at once).
 * @throws with the mistake, for an operator
 */
export function readWriteRates(text: string): Partial<WriteRates> {
  if (text.trim() === 'off')
    return Object.fromEntries(
      Object.keys(WRITE_LIMITS)
        .filter((name) => isWriteLimit(name) && !ELSEWHERE.has(name))
        .map((name) => [name, { perSecond: 0, burst: 1 }]),
    );
  const given = text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
  return Object.fromEntries(
    given.map((part) => {
      const [, name = '', none, perSecond, burst] = ENTRY.exec(part) ?? [];
      if (name === '')
        throw new Error(
          'must be "off", or limits such as joinRoom=5/20 (a second, and at once) or joinRoom=0 (none), ' +
            `separated by commas; not "${part}"`,
        );
      if (!isWriteLimit(name))
        throw new Error(
          `has no limit named ${name}: there are ${Object.keys(WRITE_LIMITS)
            .filter((each) => isWriteLimit(each) && !ELSEWHERE.has(each))
            .join(', ')}`,
        );
      if (ELSEWHERE.has(name))
        throw new Error(`does not set ${name}: that is SEND_LIMIT_PER_SECOND and SEND_LIMIT_BURST`);
      if (none) return [name, { perSecond: 0, burst: 1 }];
      if (Number(perSecond) === 0 || Number(burst) < 1)
        throw new Error(`must allow ${name} at least once at a time, and some a second: "${part}" never would`);
      return [name, { perSecond: Number(perSecond), burst: Number(burst) }];
    }),
  );
}
