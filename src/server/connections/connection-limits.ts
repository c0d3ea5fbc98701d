/**
 * The limits of one process on concurrent work, and its time-outs for idle clients. Each has a setting
 * (`src/config.ts`); all count within this process alone.
 */
export interface ConnectionLimits {
  /** TCP connections of all transports. */
  readonly connections: number;
  /** TCP connections of one client address: an IPv4 address, or a /64 of IPv6. */
  readonly connectionsPerAddress: number;
  /** WebSockets and streams of one user. */
  readonly connectionsPerUser: number;
  /** Running operations on one WebSocket, including subscriptions. */
  readonly operationsPerSocket: number;
  readonly subscriptionsPerUser: number;
  /** Groups of subscribers, each with an execution per event of the room. */
  readonly groupsPerRoom: number;
  /** Groups of one user in one room. */
  readonly groupsPerUser: number;
  /** Messages and control frames on one WebSocket; the burst is five times as many. */
  readonly messagesPerSecond: number;
  /**
   * The cost (`src/server/limits/cost.ts`) of the operations of one user, or of all clients without a token at one
   * address: per second, and as a burst. 0 per second: no limit.
   */
  readonly costPerSecond: number;
  readonly costBurst: number;
  /** Lifetime of a WebSocket or a stream without a token. */
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
