import type { PrismaClient } from './prisma-client.js';
import type { ReadCache } from '../engine/projector/read-cache.js';
import { ALL } from './generated/queries.js';
import { withoutDeleted } from './message/erased-messages.js';
import type { RememberedUsers } from './user/remembered-users.js';
import { rememberedUsers } from './user/remembered-users.js';
import type { ReadFresh } from './read-source.js';
import { fromPrimary } from './read-source.js';

type All = typeof ALL;

/** The queries of all read models: one object for the whole process. */
export type Queries = { readonly [N in Exclude<keyof All, 'users'>]: ReturnType<All[N]> } & {
  readonly users: RememberedUsers;
};

export function createQueries(prisma: PrismaClient, cache: ReadCache, read: ReadFresh = fromPrimary(prisma)): Queries {
  const sources = { prisma, cache, read };
  const all = Object.fromEntries(Object.entries(ALL).map(([name, queries]) => [name, queries(sources)])) as {
    readonly [N in keyof All]: ReturnType<All[N]>;
  };
  const users = rememberedUsers(all.users, { max: 50_000, ttlMs: 600_000 });
  return { ...all, users, timeline: withoutDeleted(all.timeline, users) };
}
