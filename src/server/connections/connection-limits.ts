/**
 * What one process serves at the same time, and for how long it waits for those who give no sign. Each has a setting
 * (`src/config.ts`); all count in this process alone.
 */
export interface ConnectionLimits {
  /** TCP connections: HTTP, WebSocket and streams alike. */
  readonly connections: number;
  /** Of them, those of one client address: an IPv4 address, or a /64 of IPv6. */
  readonly connectionsPerAddress: number;
  /** WebSockets and streams of one user. */
  readonly connectionsPerUser: number;
  /** Operations that run on one WebSocket, subscriptions among them. */
  readonly operationsPerSocket: number;
  readonly subscriptionsPerUser: number;
  /** Groups of subscribers, each with an execution for every event of the room. */
  readonly groupsPerRoom: number;
  /** Groups of one room that one user is in. */
  readonly groupsPerUser: number;
  /** Messages and control frames on one WebSocket; five times as many at once. */
  readonly messagesPerSecond: number;
  /**
   * The cost (`src/server/limits/cost.ts`) of the operations of one user, or of all at one address who are not signed
   * in: so much a second, and so much at once. 0 a second: no limit.
   */
  readonly costPerSecond: number;
  readonly costBurst: number;
  /** How long a WebSocket or a stream without a token lives. */
  readonly anonymousMs: number;
}

export const DEFAULT_CONNECTION_LIMITS: ConnectionLimits = {
  connections: 20_000,
  connectionsPerAddress: 8_000,
  connectionsPerUser: 100,
  operationsPerSocket: 100,
  subscriptionsPerUser: 500,
  groupsPerRoom: 1_000,
  groupsPerUser: 20,
  messagesPerSecond: 100,
  costPerSecond: 20_000,
  costBurst: 40_000,
  anonymousMs: 60_000,
};
