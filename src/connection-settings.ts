import type { z } from 'zod';
import type { ConnectionLimits } from './server/connections/connection-limits.js';
import { DEFAULT_CONNECTION_LIMITS as LIMITS } from './server/connections/connection-limits.js';
import { DEFAULT_LIMITS } from './server/limits/limits.js';
import { whole } from './setting-formats.js';

/** Limits for each client, and for all of them, as settings. */
export const connectionSettings = {
  MADANG_CONNECTIONS: whole(1, 1e6).default(LIMITS.connections),
  MADANG_CONNECTIONS_PER_ADDRESS: whole(1, 1e6).default(LIMITS.connectionsPerAddress),
  MADANG_CONNECTIONS_PER_USER: whole(1, 1e6).default(LIMITS.connectionsPerUser),
  MADANG_OPERATIONS_PER_SOCKET: whole(1, 1e6).default(LIMITS.operationsPerSocket),
  MADANG_SUBSCRIPTIONS_PER_USER: whole(1, 1e6).default(LIMITS.subscriptionsPerUser),
  MADANG_GROUPS_PER_ROOM: whole(1, 1e6).default(LIMITS.groupsPerRoom),
  MADANG_GROUPS_PER_USER: whole(1, 1e6).default(LIMITS.groupsPerUser),
  MADANG_MESSAGES_PER_SECOND: whole(1, 1e6).default(LIMITS.messagesPerSecond),
  MADANG_COST_PER_SECOND: whole(0, 1e9).default(LIMITS.costPerSecond),
  MADANG_COST_BURST: whole(DEFAULT_LIMITS.cost, 1e9).default(LIMITS.costBurst),
  MADANG_ANONYMOUS_MS: whole(1_000, 86_400_000).default(LIMITS.anonymousMs),
};

export const connectionLimitsOf = (env: z.output<z.ZodObject<typeof connectionSettings>>): ConnectionLimits => ({
  connections: env.MADANG_CONNECTIONS,
  connectionsPerAddress: env.MADANG_CONNECTIONS_PER_ADDRESS,
  connectionsPerUser: env.MADANG_CONNECTIONS_PER_USER,
  operationsPerSocket: env.MADANG_OPERATIONS_PER_SOCKET,
  subscriptionsPerUser: env.MADANG_SUBSCRIPTIONS_PER_USER,
  groupsPerRoom: env.MADANG_GROUPS_PER_ROOM,
  groupsPerUser: env.MADANG_GROUPS_PER_USER,
  messagesPerSecond: env.MADANG_MESSAGES_PER_SECOND,
  costPerSecond: env.MADANG_COST_PER_SECOND,
  costBurst: env.MADANG_COST_BURST,
  anonymousMs: env.MADANG_ANONYMOUS_MS,
});
